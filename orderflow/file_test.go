package orderflow_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tradepay/tradepay-go/orderflow"
)

// TestFilesAreTheOwners: the files hold payers' data.
func TestFilesAreTheOwners(t *testing.T) {
	t.Parallel()
	s := newShop(t, filepath.Join(t.TempDir(), "orders.db"))
	s.pending("order-1")
	files, err := filepath.Glob(s.source + "*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}

// TestFileThatCannotBeWritten is named, with what to do, and nothing is left beside it.
func TestFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "orders.db")
	require.NoError(t, os.Mkdir(path, 0o700)) // root may write any file, but no folder
	_, err := orderflow.Open(t.Context(), path)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "right to write")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// TestReadOnlyFile is rejected whoever asks, root as well.
func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	path := sqliteSource(t)
	require.NoError(t, os.Chmod(path, 0o400))
	_, err := orderflow.Open(t.Context(), path)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, path)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// TestHealthOfALostFile: what goes to a file that nobody will find again is no health.
func TestHealthOfALostFile(t *testing.T) {
	t.Parallel()
	s := newShop(t, sqliteSource(t))
	require.True(t, s.flow.Health(t.Context()).OK)
	require.NoError(t, os.Rename(s.source, s.source+".moved"))
	h := s.flow.Health(t.Context())
	require.False(t, h.OK)
	require.Contains(t, h.Reason, "put the file back")
}

// TestHealthOfAFullDatabase: reading still works, and no order can be placed.
func TestHealthOfAFullDatabase(t *testing.T) {
	t.Parallel()
	s := newShop(t, sqliteSource(t))
	_, err := s.db.SQL().
		ExecContext(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON orderflow_reports
			BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
	require.NoError(t, err)
	h := s.flow.Health(t.Context())
	require.False(t, h.OK)
	require.False(t, h.Database)
	require.Contains(t, h.Reason, "disk full")
}

// TestLossyPostgresIsRefused: with synchronous_commit off a crash loses what was committed.
func TestLossyPostgresIsRefused(t *testing.T) {
	t.Parallel()
	source := postgresSource(t)
	require.NoError(t, onServer(`ALTER DATABASE `+databaseName(source)+` SET synchronous_commit = off`))
	_, err := orderflow.Open(t.Context(), source)
	require.ErrorIs(t, err, orderflow.ErrDatabase)
	require.ErrorContains(t, err, "synchronous_commit")
}

// openEnv names the file that TestOpenHere opens, in a process of another user.
const openEnv = "ORDERFLOW_TEST_OPEN"

// TestOpenHere is no test but that other process.
func TestOpenHere(t *testing.T) {
	t.Parallel()
	path := os.Getenv(openEnv)
	if path == "" {
		return
	}
	db, err := orderflow.Open(t.Context(), path)
	if err == nil {
		err = db.Close()
	}
	fmt.Println("opened:", err, errors.Is(err, orderflow.ErrDatabase))
}

// TestFileOfAnotherUser: SQLite opens what it may only read without a word, and
// the first order would fail. Internet findings, row 8.
func TestFileOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("only root can be another user, and only Linux runs this program again by /proc/self/exe")
	}
	const nobody = 65534
	for name, prepare := range map[string]func(folder, path string) error{
		"the file": func(folder, _ string) error { return os.Chown(folder, nobody, nobody) },
		"the folder": func(_, path string) error {
			return errors.Join(os.Chown(path, nobody, nobody), os.Chmod(path, 0o600))
		},
		"both":               func(string, string) error { return nil },
		"a file that is new": func(_, path string) error { return os.Remove(path) },
		"an empty one":       func(_, path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, err := os.MkdirTemp("", "orderflow") //nolint:usetesting // t.TempDir is in a folder of root's
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
			path := filepath.Join(folder, "orders.db")
			text, err := sqliteTemplate()
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, text, 0o600))
			require.NoError(t, errors.Join(os.Chmod(path, 0o644), os.Chmod(folder, 0o755), prepare(folder, path)))
			cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestOpenHere$")
			cmd.Env = append(os.Environ(), openEnv+"="+path)
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "SQLite file "+path+" cannot be written; give this program's "+
				"user the right")
			require.Contains(t, string(out), "true\n")
		})
	}
}
