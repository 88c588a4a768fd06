package serve

import "golang.org/x/sys/unix"

// newMemory returns memory for so many bytes. The system gives it when it is used.
func newMemory(bytes int64) *memory {
	if bytes == 0 {
		return &memory{file: -1}
	}
	if file, err := unix.MemfdCreate("images", unix.MFD_CLOEXEC); err == nil {
		if unix.Ftruncate(file, bytes) == nil {
			if mapped, err := unix.Mmap(file, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
				return &memory{bytes: mapped, file: file}
			}
		}
		unix.Close(file)
	}
	return &memory{bytes: make([]byte, bytes), file: -1}
}
