package orderflow

import (
	"context"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// file is the SQLite file as it was opened.
type file struct {
	path string
	info os.FileInfo
}

// openFile makes the SQLite file if it is missing, for its owner alone, since
// it holds payers' data; SQLite gives the files beside it the same mode. A file
// that cannot be written is found out here, before SQLite leaves any. One that
// exists is not opened: closing it again would drop SQLite's locks on it.
func openFile(path string) (*file, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		info, err = createFile(path)
	}
	if err == nil && (info.IsDir() || info.Mode().Perm()&0o222 == 0) {
		err = os.ErrPermission
	}
	if err != nil {
		return nil, fmt.Errorf(cannotWrite, ErrDatabase, path, err)
	}
	return &file{path: path, info: info}, nil
}

const cannotWrite = "%w: SQLite file %s cannot be written; give this program's user the right to write it " +
	"and its folder, put it where the file system is not mounted read-only, or name another: %w"

// fault names the file, with what to do, in what SQLite says of it.
func (f *file) fault(err error) error {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return err
	}
	remedy := ""
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf(cannotWrite, ErrDatabase, f.path, err)
	case sqlite3.SQLITE_NOTADB:
		remedy = "cannot be opened; is it a database? Name another"
	case sqlite3.SQLITE_CORRUPT:
		remedy = "is damaged; put a backup in its place"
	case sqlite3.SQLITE_FULL:
		remedy = "cannot grow; make room on its disk"
	case sqlite3.SQLITE_IOERR:
		remedy = "cannot be read or written; is its disk a network drive, or broken?"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		remedy = "is held by another program; end that, such as a tool that has it open"
	default:
		return err
	}
	return fmt.Errorf("%w: SQLite file %s %s: %w", ErrDatabase, f.path, remedy, err)
}

// checkWritable writes, and undoes it. SQLite opens a file that it may only read
// without a word, and begins to write there. That another process writes just
// now is as good.
func (db *DB) checkWritable(ctx context.Context) error {
	tx, err := db.write.BeginTx(ctx, nil)
	var lite *sqlite.Error
	if errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY {
		return nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `CREATE TABLE orderflow_writable (it INTEGER)`)
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return nil
}

func createFile(path string) (os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path is the program's own
	if errors.Is(err, os.ErrExist) {                                    // another process was faster
		return os.Stat(path)
	}
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return os.Stat(path)
}

// gone reports whether the file was removed or replaced since it was opened:
// what is written goes to one that nobody will find again.
func (f *file) gone() bool {
	if f == nil {
		return false
	}
	info, err := os.Stat(f.path)
	return err != nil || !os.SameFile(f.info, info)
}
