package orderflow_test

import (
	"os"
	"path/filepath"
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
