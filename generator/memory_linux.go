package generator

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mmjsonl/internal/files"
)

// mostMemory returns the bytes of memory that this process may have: those of the machine, or what a container or another group of
// processes is limited to.
func mostMemory() (most int64, ok bool) {
	var machine unix.Sysinfo_t
	if unix.Sysinfo(&machine) != nil {
		return 0, false
	}
	most = int64(machine.Totalram) * int64(machine.Unit)
	for _, resource := range []int{unix.RLIMIT_AS, unix.RLIMIT_DATA} {
		var limit unix.Rlimit
		if unix.Getrlimit(resource, &limit) == nil && limit.Cur < uint64(most) {
			most = int64(limit.Cur)
		}
	}
	groups, _ := os.ReadFile("/proc/self/cgroup") // without it the machine's memory is the limit
	return min(most, groupMemory("/sys/fs/cgroup", string(groups), most)), true
}

// groupMemory returns the least limit of the groups that a process is in, or most if they have none. They lie below root, and groups
// has a line ID:CONTROLLERS:PATH of each; version 2, which has one group for everything, leaves the controllers out.
func groupMemory(root, groups string, most int64) int64 {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		top, file := root, "memory.max"
		switch {
		case strings.Contains(","+fields[1]+",", ",memory,"):
			top, file = filepath.Join(root, "memory"), "memory.limit_in_bytes"
		case fields[1] != "":
			continue
		}
		// A container may see its own group as the topmost, and its path as it is outside: folders that are not there have no limit.
		for folder := filepath.Join(top, filepath.Clean("/"+fields[2])); files.IsWithin(folder, top); folder = filepath.Dir(folder) {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				continue
			}
			if limit, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil { // "max" is none
				most = min(most, limit)
			}
		}
	}
	return most
}
