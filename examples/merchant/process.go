package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"time"
)

// merchantProcess is the shop as a child process of this program, of the same
// binary. It can be killed, as in life, and started again where it was.
type merchantProcess struct {
	ctx  context.Context // when it ends, the shop is stopped
	args []string        // without -addr
	env  []string
	logs io.Writer

	mu    sync.Mutex
	url   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd is gone
	err   error         // how it ended; read after ended
}

const (
	startTime = 2 * time.Minute  // with the migrations of a new database
	stopTime  = 25 * time.Second // more than the shop's own limits
)

// URL returns scheme, host and port of the shop; they stay the same.
func (p *merchantProcess) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// Running reports whether the process lives.
func (p *merchantProcess) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running()
}

func (p *merchantProcess) running() bool {
	if p.ended == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Start starts the shop, on the same port as before, and returns when it
// answers. It does nothing while the shop runs.
func (p *merchantProcess) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	addr := "127.0.0.1:0"
	if u, err := url.Parse(p.url); err == nil && u.Host != "" {
		addr = u.Host
	}
	args := append([]string{"-addr", addr, "-until-eof"}, p.args...)
	cmd := exec.CommandContext(p.ctx, program, args...) //nolint:gosec // this program itself
	cmd.Env, cmd.Stderr = append(os.Environ(), p.env...), p.logs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	// At the end of its input the shop stops by itself, on every system, even
	// when this program was killed. If it does not, it is killed.
	cmd.Cancel, cmd.WaitDelay = stdin.Close, stopTime
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the shop does not start: %w", err)
	}
	ready, ended := make(chan string, 1), make(chan struct{})
	p.cmd, p.ended = cmd, ended
	go func() {
		lines := bufio.NewScanner(stdout)
		if lines.Scan() {
			ready <- lines.Text()
		}
		_, _ = io.Copy(io.Discard, stdout)
		p.err = cmd.Wait()
		close(ended)
	}()
	late := time.NewTimer(startTime)
	defer late.Stop()
	select {
	case base := <-ready:
		p.url = base
		return nil
	case <-ended:
		return errors.Join(errors.New("the shop does not start; its log says why"), p.err)
	case <-late.C:
		return errors.Join(fmt.Errorf("the shop has not started in %s", startTime), p.kill())
	}
}

// Kill ends the process at once, with SIGKILL: what it had in memory is gone.
func (p *merchantProcess) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kill()
}

func (p *merchantProcess) kill() error {
	if !p.running() {
		return nil
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// Restart is Kill, then Start.
func (p *merchantProcess) Restart() error {
	if err := p.Kill(); err != nil {
		return err
	}
	return p.Start()
}

// Wait waits for the end of the process, which the end of its context brings.
func (p *merchantProcess) Wait() {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	if ended != nil {
		<-ended
	}
}
