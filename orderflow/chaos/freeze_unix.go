//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// halt stops a process in the middle of what it does, as a machine does that
// swaps, or is moved to another host.
func halt(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// thaw lets a halted process go on.
func thaw(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// asOwner runs a command as the user whom a folder belongs to: PostgreSQL rejects
// to run as root.
func asOwner(command *exec.Cmd, folder string) error {
	info, err := os.Stat(folder) //nolint:gosec // it is the operator's own
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("cannot tell whom " + folder + " belongs to")
	}
	if int(stat.Uid) != os.Geteuid() {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
	command.Dir = folder
	return nil
}
