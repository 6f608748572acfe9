package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go/orderflow"
)

// The throw-away servers of script/postgres --servers.
const (
	serversEnv     = "TRADEPAY_TEST_POSTGRES_SERVERS"
	serversDataEnv = "TRADEPAY_TEST_PGDATA_SERVERS"
)

// errTooFewServers: each shard is on a server of its own.
var errTooFewServers = errors.New("-shards needs as many servers: script/postgres --servers N; " + serversEnv +
	" does not name them")

// servers are where the databases are made.
func (s *settings) servers() []string {
	if s.shards == 1 {
		return []string{s.database}
	}
	return lastOf(serversEnv, s.shards)
}

// lastOf returns the last n words of a variable, or all if there are fewer. The run kills
// these servers. Those before them belong to other tests.
func lastOf(variable string, n int) []string {
	words := strings.Fields(os.Getenv(variable))
	return words[max(0, len(words)-n):]
}

// addAfter is when the last shard is added, after the run began, and addBetween the time
// from one process to the next: meanwhile they have different shards.
const (
	addAfter   = 8 * time.Second
	addBetween = 3 * time.Second
)

// shardOf is the i-th of n shards. The last is added while orders flow.
func shardOf(i, n int, flow *orderflow.Flow) orderflow.Shard {
	s := orderflow.Shard{Name: fmt.Sprintf("shard-%d", i), Flow: flow}
	if n > 1 && i == n-1 {
		s.Generation = 1
	}
	return s
}

// shards opens the shards of a process: all but the last, which it adds in its time.
func (m *merchant) shards(ctx context.Context, open func(context.Context, string) (*orderflow.Flow, error)) (
	*orderflow.Shards, error,
) {
	var shards []orderflow.Shard
	for i, source := range m.Databases {
		s := shardOf(i, len(m.Databases), nil)
		s.Open = func(ctx context.Context) (*orderflow.Flow, error) { return open(ctx, source) }
		shards = append(shards, s)
	}
	at := m.AddAt.Add(time.Duration(m.Index) * addBetween)
	if time.Now().After(at) {
		return orderflow.NewShards(ctx, shards)
	}
	last := len(shards) - 1
	set, err := orderflow.NewShards(ctx, shards[:last])
	if err != nil {
		return nil, err
	}
	go func() {
		for pause := time.Until(at); sleep(ctx, pause); pause = time.Second {
			err := set.Add(ctx, shards[last])
			if err == nil {
				return
			}
			fmt.Fprintln(os.Stderr, "the shard is not added yet:", err)
		}
	}()
	return set, nil
}

// outage kills the server of one of so many shards, as a power cut does, and starts it again later.
func outage(ctx context.Context, number, shards int, lasts time.Duration) error {
	folders, programs := lastOf(serversDataEnv, shards), os.Getenv(programsEnv)
	if number >= len(folders) || programs == "" {
		return errTooFewServers
	}
	control := func(args ...string) error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		args = append(args, "-w", "-s", "-D", folders[number])
		program := filepath.Join(programs, "pg_ctl")
		command := exec.CommandContext(ctx, program, args...) //nolint:gosec // as the script says
		if err := asOwner(command, folders[number]); err != nil {
			return err
		}
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("pg_ctl %s: %w: %s", args[0], err, out)
		}
		return nil
	}
	if err := control("stop", "-m", "immediate"); err != nil {
		return err
	}
	sleep(ctx, lasts)
	// With the settings it had, which it has noted in its folder.
	return control("restart", "-l", filepath.Join(folders[number], "restarted.log"))
}
