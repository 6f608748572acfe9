//go:build !unix

package main

import (
	"errors"
	"os"
	"os/exec"
)

func halt(*os.Process) error          { return errors.ErrUnsupported }
func thaw(*os.Process) error          { return errors.ErrUnsupported }
func asOwner(*exec.Cmd, string) error { return errors.ErrUnsupported }
