//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the user id of the owner of a file, and whether the system tells it.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
