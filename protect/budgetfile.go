package protect

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// CreateBudget keeps a new budget in a file that is not there yet.
func CreateBudget(name string, b *Budget) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(b.Write(f), f.Sync(), f.Close())
	return errors.Join(err, syncFolder(filepath.Dir(name)))
}

// OpenBudget opens the budget in a file, alone: it waits until nobody else has it open. Whatever is spent of it is on
// the disk before [Budget.Spend] returns, so that no failure, crash or kill afterwards gives it back. Close it.
func OpenBudget(name string) (*Budget, error) {
	// Behind a link the file itself is replaced, and not the link: else there would be two budgets.
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	dir, base := filepath.Split(name)
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, "."+base+".lock")).Lock()
	if err != nil {
		return nil, err
	}
	b, err := func() (*Budget, error) {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return ReadBudget(f, name)
	}()
	if err != nil {
		unlock()
		return nil, err
	}
	b.keep, b.close = func() error { return replace(dir, base, b) }, unlock
	return b, nil
}

// Close lets others open the budget. Nothing can be spent of it afterwards.
func (b *Budget) Close() {
	if b.close != nil {
		b.close()
	}
	b.close = nil
	b.keep = func() error { return fmt.Errorf("the budget is closed: %w", fs.ErrClosed) }
}

// replace writes the file beside the old one and renames it into place.
func replace(dir, base string, b *Budget) (err error) {
	if dir == "" {
		dir = "."
	}
	var text bytes.Buffer
	if err := b.Write(&text); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".plumbline-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), filepath.Join(dir, base)); err != nil {
		return err
	}
	return syncFolder(dir)
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
