package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// The throw-away server of script/postgres.
const (
	dataEnv     = "TRADEPAY_TEST_PGDATA"
	programsEnv = "TRADEPAY_TEST_PGBIN"
)

// errNoServer: a server that others may use is not crashed.
var errNoServer = errors.New(
	"-crashes needs the throw-away server of script/postgres --durable: " + dataEnv + " or " +
		programsEnv + " is not set",
)

// crashPostgres ends the throw-away server without a checkpoint, as a crash of
// the machine does, and starts it again with the same settings.
func crashPostgres(ctx context.Context) error {
	data, programs := os.Getenv(dataEnv), os.Getenv(programsEnv)
	if data == "" || programs == "" {
		return errNoServer
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	restart := []string{"restart", "-m", "immediate", "-w", "-s", "-D", data,
		"-l", filepath.Join(data, "restarted.log")}
	control := filepath.Join(programs, "pg_ctl")
	command := exec.CommandContext(ctx, control, restart...) //nolint:gosec // as the script says
	if err := asOwner(command, data); err != nil {
		return err
	}
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("pg_ctl restart: %w: %s", err, out)
	}
	return nil
}

// durable reports an error if a crash of the server may lose what it has
// committed: it would be blamed on the merchants.
func durable(ctx context.Context, source string) error {
	conn, err := pgx.Connect(ctx, source)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var mode string
	if err := conn.QueryRow(ctx, "SHOW fsync").Scan(&mode); err != nil {
		return err
	}
	if mode == "off" {
		return errors.New("-crashes needs a server that keeps what it has committed: script/postgres --durable")
	}
	return nil
}
