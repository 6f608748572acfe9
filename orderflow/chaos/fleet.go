package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// fleet is the merchant's processes, and the load balancer before them.
type fleet struct {
	exe    string
	dir    string // for what the processes log
	config merchantConfig
	proxy  *httputil.ReverseProxy
	ended  sync.WaitGroup
	lives  sync.RWMutex // whoever has it alone keeps all processes from living

	mu        sync.Mutex
	processes []*process
	next      int // whose turn it is
	stopping  bool
	halted    bool     // no process may live
	exits     []string // that nobody asked for
	crashes   int      // of them, of processes that had lived for a while
	refused   int      // requests for which no process was living, or whose process was killed
}

// process is one merchant, through all its lives.
type process struct {
	index int
	busy  atomic.Int64 // requests under way

	// Guarded by the fleet's mu.
	command *exec.Cmd // nil while there is none
	stdin   io.Closer
	target  *url.URL // nil while it does not live
	killed  bool
	frozen  bool
	pause   time.Duration // after this life
	starts  int
}

// settled is how long a process that became ready lives until its end by itself
// is a crash: one that cannot start, because its connection was terminated, may
// give up.
const settled = 5 * time.Second

// quickExits is how often processes may end by themselves before the run is
// given up: one that cannot start at all is no chaos.
const quickExits = 200

func newFleet(exe, dir string, n int) *fleet {
	f := &fleet{exe: exe, dir: dir}
	for i := range n {
		f.processes = append(f.processes, &process{index: i})
	}
	f.proxy = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(r.In.Context().Value(targetKey{}).(*url.URL)) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 128, IdleConnTimeout: time.Minute},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			f.refuse(w)
		},
	}
	return f
}

type targetKey struct{}

// ServeHTTP hands a request to a living process, as a load balancer does:
// once, with its path and body untouched.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, target := f.choose()
	if p == nil {
		f.refuse(w)
		return
	}
	p.busy.Add(1)
	defer p.busy.Add(-1)
	f.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), targetKey{}, target)))
}

func (f *fleet) refuse(w http.ResponseWriter) {
	f.mu.Lock()
	f.refused++
	f.mu.Unlock()
	http.Error(w, "no merchant", http.StatusBadGateway)
}

// choose takes the living processes in turn.
func (f *fleet) choose() (*process, *url.URL) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.processes {
		f.next++
		if p := f.processes[f.next%len(f.processes)]; p.target != nil {
			return p, p.target
		}
	}
	return nil, nil
}

// start starts the processes and keeps them living until stop.
func (f *fleet) start(ctx context.Context, config merchantConfig) {
	f.config = config
	for _, p := range f.processes {
		f.ended.Go(func() {
			for f.live(ctx, p) {
				if !sleep(ctx, p.pause) {
					return
				}
			}
		})
	}
}

// live is one life of a process. It reports whether there is to be another.
func (f *fleet) live(ctx context.Context, p *process) bool {
	f.lives.RLock()
	defer f.lives.RUnlock()
	born := time.Now()
	exit := f.exec(ctx, p)
	f.mu.Lock()
	defer f.mu.Unlock()
	wasReady := p.target != nil
	p.target, p.command = nil, nil
	if f.stopping {
		if exit != nil && !p.killed {
			f.crashes++
			f.exits = append(f.exits, fmt.Sprintf("process %d, when it was to stop: %v", p.index, exit))
		}
		return false
	}
	if !p.killed {
		p.pause = 200 * time.Millisecond
		if wasReady && time.Since(born) > settled {
			f.crashes++
		}
		f.exits = append(f.exits, fmt.Sprintf("process %d: %v: %s", p.index, exit, f.lastWords(p)))
	}
	p.killed = false
	return len(f.exits) < quickExits && ctx.Err() == nil
}

// exec runs a process until it ends.
func (f *fleet) exec(ctx context.Context, p *process) error {
	command := exec.CommandContext(ctx, f.exe) //nolint:gosec // this program itself
	command.Env = append(os.Environ(), merchantEnv+"=1")
	log, err := os.OpenFile(f.logOf(p), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	command.Stderr = log
	stdin, err := command.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	f.mu.Lock()
	p.command, p.stdin = command, stdin
	p.starts++
	stopping := f.stopping
	config := f.config
	if f.halted {
		p.kill(0)
	}
	f.mu.Unlock()
	config.Index = p.index
	_ = json.NewEncoder(stdin).Encode(config) // a process that does not read it will not be ready
	if stopping {
		_ = stdin.Close()
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			f.mu.Lock()
			p.target = &url.URL{Scheme: "http", Host: address}
			f.mu.Unlock()
		}
	}
	return command.Wait()
}

func (f *fleet) logOf(p *process) string {
	return filepath.Join(f.dir, fmt.Sprintf("merchant-%d.log", p.index))
}

// lastWords is the end of what a process has logged.
func (f *fleet) lastWords(p *process) string {
	data, err := os.ReadFile(f.logOf(p))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data[max(0, len(data)-300):]))
}

// kill kills the process that choose picks of the living ones with SIGKILL,
// to be started again after a pause. It reports false if there is none.
func (f *fleet) kill(pause time.Duration, choose func(living []*process) *process) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	living := slices.DeleteFunc(slices.Clone(f.processes), func(p *process) bool { return p.target == nil })
	if len(living) == 0 {
		return false
	}
	p := choose(living)
	return p != nil && p.kill(pause)
}

// kill kills a process, to be started again after a pause. It reports false if
// it had ended by itself.
func (p *process) kill(pause time.Duration) bool {
	if p.command.Process.Kill() != nil {
		return false
	}
	p.killed, p.target, p.pause = true, nil, pause
	return true
}

// down kills all processes at once, as a disaster does, and lets them live again
// when fn has returned, with what it has changed of their configuration.
func (f *fleet) down(fn func(*merchantConfig) error) error {
	f.mu.Lock()
	f.halted = true
	for _, p := range f.processes {
		if p.command != nil {
			p.kill(0)
		}
	}
	f.mu.Unlock()
	f.lives.Lock()
	defer f.lives.Unlock()
	f.mu.Lock()
	f.halted = false
	config := f.config
	f.mu.Unlock()
	err := fn(&config)
	f.mu.Lock()
	f.config = config
	f.mu.Unlock()
	return err
}

// freeze halts a living process for d: longer than its leases last. It goes on
// as if nothing had been, and is the last to learn of it. It reports false if
// there is none; thawed is called in the end.
func (f *fleet) freeze(
	ctx context.Context, d time.Duration, choose func(living []*process) *process, thawed func(),
) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	living := slices.DeleteFunc(slices.Clone(f.processes), func(p *process) bool { return p.target == nil || p.frozen })
	if len(living) == 0 {
		return false
	}
	p := choose(living)
	frozen := p.command.Process
	if halt(frozen) != nil { // it had ended by itself
		return false
	}
	p.frozen = true
	go func() {
		defer thawed()
		sleep(ctx, d)
		f.mu.Lock()
		defer f.mu.Unlock()
		_ = thaw(frozen) // or it was killed meanwhile
		p.frozen = false
	}()
	return true
}

// ready waits until a process lives.
func (f *fleet) ready(ctx context.Context) error {
	for ctx.Err() == nil {
		if p, _ := f.choose(); p != nil {
			return nil
		}
		f.mu.Lock()
		exits := slices.Clone(f.exits)
		f.mu.Unlock()
		if len(exits) > 10 {
			return errors.New("no merchant process starts: " + exits[len(exits)-1])
		}
		sleep(ctx, 10*time.Millisecond)
	}
	return ctx.Err()
}

// stop ends the processes as a deployment does, and waits for them.
func (f *fleet) stop() {
	f.mu.Lock()
	f.stopping = true
	for _, p := range f.processes {
		if p.stdin != nil {
			_ = p.stdin.Close()
		}
	}
	f.mu.Unlock()
	f.ended.Wait()
}

// lives is what became of the processes.
type lives struct {
	Starts  int      `json:"starts"`
	Refused int      `json:"requests_refused"` // that found no process, or whose process was killed
	Exits   []string `json:"exits,omitempty"`  // processes that ended by themselves
	Crashes int      `json:"crashes"`          // of them, not while they were starting
}

func (f *fleet) books() lives {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := lives{Refused: f.refused, Exits: slices.Clone(f.exits), Crashes: f.crashes}
	for _, p := range f.processes {
		l.Starts += p.starts
	}
	return l
}

// sleep reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
