// Package text makes the text of requests: words of one token each.
package text
