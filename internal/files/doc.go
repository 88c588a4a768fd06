// Package files puts files where others find them: places under the names that this process and the next reader know them by, owners,
// temporary names, several files that appear together, locks, room on a disk, and faults of a file system with what to do about them.
package files
