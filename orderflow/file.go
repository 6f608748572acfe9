package orderflow

import (
	"errors"
	"fmt"
	"os"
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
		return nil, fmt.Errorf("%w: SQLite file %s cannot be written; give this program's user the right to write it "+
			"and its folder, or name another: %w", ErrDatabase, path, err)
	}
	return &file{path: path, info: info}, nil
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
