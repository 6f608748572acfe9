package main

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// killer kills merchant processes and ends database backends at random points
// of the run: points of progress, not of time, so that however fast the
// machine is, it strikes while orders flow.
type killer struct {
	fleet     *fleet
	warehouse *warehouse
	source    string    // of the database
	database  *pgx.Conn // nil until a backend is to be terminated, and after a crash
	freezeFor time.Duration
	outageFor time.Duration
	shards    int
	lock      sync.Mutex      // held while a server is down
	outageErr atomic.Value    // why a server was not killed, or not started again
	life      context.Context // of the run: a freeze lasts its time though the killer has ended
	frozen    sync.WaitGroup
	progress  func() (float64, int) // share of the orders that were begun, and how many buyers are at it
	vault     *vault
	struck    struck
	dice      *rand.Rand
}

// struck is what the killer did.
type struck struct {
	Kills           int    `json:"kills"`
	KillsInFlight   int    `json:"kills_in_flight"`  // while buyers were at it
	KillsServing    int    `json:"kills_serving"`    // of a process that was serving requests
	KillsFulfilling int    `json:"kills_fulfilling"` // of a process that was in the middle of Fulfil
	Terminations    int    `json:"terminations"`
	TermsInFlight   int    `json:"terminations_in_flight"`
	TermsInTx       int    `json:"terminations_in_transaction"`
	TermsBusy       int    `json:"terminations_while_busy"` // of a backend that was executing a statement
	Freezes         int    `json:"freezes"`
	FreezesInFlight int    `json:"freezes_in_flight"`
	Crashes         int    `json:"crashes"` // of the database's server
	CrashesInFlight int    `json:"crashes_in_flight"`
	CrashError      string `json:"crash_error,omitempty"`
	Outages         int    `json:"outages"` // of a server, killed and later started again
	OutagesInFlight int    `json:"outages_in_flight"`
	OutageError     string `json:"outage_error,omitempty"`

	Restores         int    `json:"restores"` // of an older copy of the database
	RestoresInFlight int    `json:"restores_in_flight"`
	RestoreError     string `json:"restore_error,omitempty"`
}

// weapon is what the killer strikes with.
type weapon string

const (
	weaponKill      weapon = "kill"
	weaponTerminate weapon = "terminate"
	weaponFreeze    weapon = "freeze"
	weaponCrash     weapon = "crash"
	weaponOutage    weapon = "outage"
	weaponBackup    weapon = "backup" // harmless but for what it takes to make it
	weaponRestore   weapon = "restore"
)

// note counts the strikes that fell while buyers were at it.
func (s *struck) note(with weapon, open int) {
	if open == 0 {
		return
	}
	switch with {
	case weaponKill:
		s.KillsInFlight++
	case weaponTerminate:
		s.TermsInFlight++
	case weaponFreeze:
		s.FreezesInFlight++
	case weaponCrash:
		s.CrashesInFlight++
	case weaponOutage:
		s.OutagesInFlight++
	case weaponRestore:
		s.RestoresInFlight++
	}
}

// points are n random shares of the run, in order.
func points(dice *rand.Rand, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		// One in each n-th part, so that no two are far from each other's time.
		list[i] = (float64(i) + dice.Float64()) / float64(n)
	}
	return list
}

// run strikes until all points are passed or ctx ends.
func (k *killer) run(ctx context.Context, s settings) {
	type strike struct {
		at   float64
		with weapon
	}
	var strikes []strike
	for _, w := range []struct {
		weapon weapon
		times  int
	}{{weaponKill, s.kills}, {weaponTerminate, s.terminations}, {weaponFreeze, s.freezes}, {weaponCrash, s.crashes},
		{weaponOutage, s.outages}} {
		for _, at := range points(k.dice, w.times) {
			strikes = append(strikes, strike{at, w.weapon})
		}
	}
	for i := range s.restores { // each in the second half of its part of the run
		at := float64(i) + 0.5 + k.dice.Float64()/2
		strikes = append(strikes, strike{(at - backupAge) / float64(s.restores), weaponBackup},
			strike{at / float64(s.restores), weaponRestore})
	}
	slices.SortFunc(strikes, func(a, b strike) int { return cmp.Compare(a.at, b.at) })
	defer k.frozen.Wait()
	for i, s := range strikes {
		for due := (time.Time{}); ; {
			begun, open := k.progress()
			if begun >= s.at {
				if due.IsZero() {
					due = time.Now()
				}
				victims := anyProcess
				// Nobody lies in wait while a backup is due: its restore would come before
				// anything has happened since.
				late := slices.ContainsFunc(strikes[i:], func(s strike) bool {
					return s.with == weaponBackup && begun >= s.at
				})
				if i%2 == 0 && !late && time.Since(due) < huntFor {
					victims = fulfillingOnes
				}
				if k.strike(ctx, s.with, victims) {
					k.struck.note(s.with, open)
					break
				}
			}
			if !sleep(ctx, time.Millisecond) {
				return
			}
		}
	}
}

// prey says which processes are killed.
type prey int

const (
	anyProcess     prey = iota
	fulfillingOnes      // in the middle of Fulfil, where there is most to lose
)

// strike reports whether something was struck.
func (k *killer) strike(ctx context.Context, with weapon, victims prey) bool {
	switch with {
	case weaponKill:
		return k.kill(victims)
	case weaponTerminate:
		return k.terminate(ctx)
	case weaponFreeze:
		return k.freeze()
	case weaponOutage:
		return k.outage() //nolint:contextcheck // the server starts again even as the run ends
	case weaponBackup:
		return k.disaster(ctx, func(ctx context.Context, _ *merchantConfig) error { return k.vault.backup(ctx) })
	case weaponRestore:
		return k.disaster(ctx, k.restore)
	}
	return k.crash(ctx)
}

// backupAge is how old a backup is when it is restored, as a share of the run,
// or of a restore's part of it.
const backupAge = 0.3

// disaster does something with the database while no process lives. It strikes
// once even where it fails, which the report tells.
func (k *killer) disaster(ctx context.Context, do func(context.Context, *merchantConfig) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	err := k.fleet.down(func(config *merchantConfig) error { return do(ctx, config) })
	if err != nil {
		k.struck.RestoreError = err.Error()
	}
	return true
}

// restore puts the last backup in the place of the database.
func (k *killer) restore(ctx context.Context, config *merchantConfig) error {
	if err := k.vault.restore(ctx); err != nil {
		return err
	}
	sleep(ctx, restoreTakes)
	k.struck.Restores++
	config.Restored = time.Now()
	return nil
}

// restoreTakes is longer than a request of a process that is gone, and the cancel
// that it asked for, may be under way at the wallet: the database has forgotten it.
const restoreTakes = 2*attemptTimeout + 4*time.Second

// freeze halts a process for longer than its leases.
func (k *killer) freeze() bool {
	k.frozen.Add(1)
	choose := func(living []*process) *process { return living[k.dice.IntN(len(living))] }
	if !k.fleet.freeze(k.life, k.freezeFor, choose, k.frozen.Done) {
		k.frozen.Done()
		return false
	}
	k.struck.Freezes++
	return true
}

// crash crashes the database's server. It strikes once even where it fails,
// which the report tells.
func (k *killer) crash(ctx context.Context) bool {
	if err := crashPostgres(context.WithoutCancel(ctx)); err != nil {
		k.struck.CrashError = err.Error()
		return true
	}
	k.struck.Crashes++
	return true
}

// outage kills a server for a while, and lets the killer go on meanwhile. It waits until
// the one before is over.
func (k *killer) outage() bool {
	if !k.lock.TryLock() {
		return false
	}
	number := k.dice.IntN(k.shards)
	k.frozen.Add(1)
	k.struck.Outages++
	go func() {
		defer k.frozen.Done()
		defer k.lock.Unlock()
		// To its end also where the run ends before.
		if err := outage(context.WithoutCancel(k.life), number, k.shards, k.outageFor); err != nil {
			k.outageErr.Store(err.Error())
		}
	}()
	return true
}

// huntFor is how long the killer lies in wait.
const huntFor = 3 * time.Second

// kill kills a process with SIGKILL. It reports whether there was one.
func (k *killer) kill(victims prey) bool {
	var serving, fulfilling bool
	pause := time.Duration(50+k.dice.IntN(1000)) * time.Millisecond
	killed := k.fleet.kill(pause, func(living []*process) *process {
		if victims == fulfillingOnes {
			living = slices.DeleteFunc(living, func(p *process) bool { return k.warehouse.busyWith(p.index) == 0 })
			if len(living) == 0 {
				return nil
			}
		}
		p := living[k.dice.IntN(len(living))]
		serving, fulfilling = p.busy.Load() > 0, k.warehouse.busyWith(p.index) > 0
		return p
	})
	if !killed {
		return false
	}
	k.struck.Kills++
	if serving {
		k.struck.KillsServing++
	}
	if fulfilling {
		k.struck.KillsFulfilling++
	}
	return true
}

// merchantName is what merchants call themselves at PostgreSQL.
const merchantName = "tradepay-chaos-merchant"

// connected reports whether the killer has a connection of its own, which a
// crash of the server cuts as well.
func (k *killer) connected(ctx context.Context) bool {
	if k.database != nil && !k.database.IsClosed() {
		return true
	}
	var err error
	k.database, err = pgx.Connect(ctx, k.source)
	return err == nil
}

// terminate ends a merchant's backend. It prefers one in a transaction, which
// has something to lose. It reports whether there was one.
func (k *killer) terminate(ctx context.Context) bool {
	type backend struct {
		pid        int
		inTx, busy bool
	}
	if !k.connected(ctx) {
		return false
	}
	rows, err := k.database.Query(ctx, `SELECT pid, xact_start IS NOT NULL, state = 'active' FROM pg_stat_activity
		WHERE application_name = $1 AND datname = current_database() AND state IS NOT NULL ORDER BY pid`, merchantName)
	if err != nil {
		return false
	}
	var all, inTx []backend
	for rows.Next() {
		var b backend
		if rows.Scan(&b.pid, &b.inTx, &b.busy) == nil {
			all = append(all, b)
			if b.inTx {
				inTx = append(inTx, b)
			}
		}
	}
	if rows.Err() != nil || len(all) == 0 {
		return false
	}
	b := all[k.dice.IntN(len(all))]
	if len(inTx) > 0 && k.dice.IntN(4) > 0 {
		b = inTx[k.dice.IntN(len(inTx))]
	}
	var done bool
	if err := k.database.QueryRow(ctx, `SELECT pg_terminate_backend($1)`, b.pid).Scan(&done); err != nil || !done {
		return false
	}
	k.struck.Terminations++
	if b.inTx {
		k.struck.TermsInTx++
	}
	if b.busy {
		k.struck.TermsBusy++
	}
	return true
}
