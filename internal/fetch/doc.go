// Package fetch downloads a file that cannot lead the program astray: within bounds of bytes and time, again where a fault may pass, over
// connections whose every address can be refused, and with errors that show no secret of a URL.
package fetch
