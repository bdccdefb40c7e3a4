package figure

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// A Writer holds a log open for writing, alone. Many may call Append at once; what else it has is for when nobody does.
type Writer struct {
	*Log
	private string
	files   fs.FS
	keep    func(LogChange) error
	unlock  func()
	failed  error // why a change was not kept: whether others can read it already is not known, and another in its place would be a fork

	writing sync.Mutex
	mu      sync.Mutex
	next    *batch // that is not being written yet
}

// A LogChange is what appending to a log does to its files.
type LogChange struct {
	Put        []File // each takes the place of what is kept of its [File.Parts]
	Checkpoint []byte // takes the place of the old one once the files are kept
}

// Write opens a log for writing that is kept otherwise than in a folder: files reads it, and keep is to make a
// change of it last, whole or not at all, while nobody else writes. A log that has no checkpoint is begun.
func Write(files fs.FS, keyFile string, keep func(LogChange) error) (*Writer, error) {
	private, public, err := publicOf(keyFile)
	if err != nil {
		return nil, err
	}
	w := &Writer{private: private, files: files, keep: keep, unlock: func() {}}
	if _, err := fs.Stat(files, checkpointFile); errors.Is(err, fs.ErrNotExist) {
		err = w.begin(public)
		return w, err
	}
	w.Log, err = ReadLog(files, public)
	return w, err
}

// begin signs the empty log before the first leaf is written, so that a folder with leaves and no
// checkpoint is never taken for a new log: that would fork it.
func (w *Writer) begin(public string) error {
	root, err := ledger.Root(0, nil)
	if err != nil {
		return err
	}
	return w.commit(&tiles{files: w.files, Checkpoint: ledger.Checkpoint{Origin: keyName(public), Root: root}}, nil)
}

// WriteLog opens the log in a folder for writing, and makes one where the folder is empty or absent. It
// waits for another writer to end. Close it.
func WriteLog(dir, keyFile string) (_ *Writer, err error) {
	private, public, err := publicOf(keyFile)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".lock")).Lock()
	if err != nil {
		return nil, err
	}
	folder := &folder{name: dir, kept: map[string]bool{}}
	w := &Writer{private: private, files: os.DirFS(dir), keep: folder.keep, unlock: unlock}
	defer func() {
		if err != nil {
			unlock()
		}
	}()
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
	if len(list) == 0 {
		if err := w.begin(public); err != nil {
			return nil, err
		}
	}
	if w.Log, err = ReadLog(os.DirFS(dir), public); err != nil {
		return nil, fmt.Errorf("the log in %s: %w", dir, err)
	}
	return w, nil
}

// Close lets others write.
func (w *Writer) Close() { w.unlock() }

// Append adds leaves, and returns when they last. When it is interrupted, in whatever way, the log is as it was: the
// checkpoint is replaced last, in one step, and what it does not cover nobody reads. Those who call it while another's leaves are
// being written go together: all their leaves are one change of the log, and wait for the disk once.
func (w *Writer) Append(leaves ...[]byte) error {
	for _, leaf := range leaves {
		if len(leaf) > MaxEnvelope {
			return fmt.Errorf("leaf: %w: longer than %d bytes", ErrMalformed, MaxEnvelope)
		}
	}
	w.mu.Lock()
	mine := w.next
	first := mine == nil
	if first {
		mine = &batch{done: make(chan struct{})}
		w.next = mine
	}
	mine.leaves = append(mine.leaves, leaves...)
	w.mu.Unlock()
	if !first {
		<-mine.done
		return mine.err
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	w.mu.Lock()
	w.next = nil // who comes now waits for the next
	w.mu.Unlock()
	mine.err = w.append(mine.leaves)
	close(mine.done)
	return mine.err
}

// A batch is leaves that go into the log together. The first who has some to add writes it.
type batch struct {
	leaves [][]byte
	done   chan struct{}
	err    error // once it is done
}

func (w *Writer) append(leaves [][]byte) error {
	next, files, err := w.grow(leaves)
	if err != nil {
		return err
	}
	return w.commit(next, files)
}

func (w *Writer) commit(next *tiles, files []File) error {
	signed, err := ledger.Sign(next.Checkpoint, w.private)
	if err != nil {
		return err
	}
	if w.failed != nil {
		return fmt.Errorf("the log was not written before, open it again: %w", w.failed)
	}
	if w.failed = w.keep(LogChange{files, signed}); w.failed != nil {
		return w.failed
	}
	w.Log = &Log{next.Checkpoint, signed, w.files, next}
	return nil
}

// Recheckpoint puts the log's own checkpoint back with cosignatures under it.
func (w *Writer) Recheckpoint(signed []byte) error {
	c, err := ledger.Open(signed, w.public())
	if err != nil {
		return err
	}
	if c != w.Checkpoint {
		return errors.New("this is not the checkpoint that the log has now")
	}
	if err := w.keep(LogChange{nil, signed}); err != nil {
		return err
	}
	w.Signed = signed
	return nil
}

// public returns the key of the log. Its private one was read when the log was opened.
func (w *Writer) public() string {
	_, public, _ := publicOf(string(LogKey) + " " + w.private)
	return public
}

// A folder is one with a log in it.
type folder struct {
	name string
	kept map[string]bool // folders in it that are known to be in theirs on the disk
}

func (d *folder) path(name string) string { return filepath.Join(d.name, filepath.FromSlash(name)) }

// keep makes a change last: its files first, and the checkpoint in one step. Files go to the disk side by side, since it can
// take them together.
func (d *folder) keep(c LogChange) error {
	changed := map[string]bool{}
	for _, f := range c.Put {
		in := path.Dir(f.Name)
		if err := os.MkdirAll(d.path(in), 0o755); err != nil {
			return err
		}
		changed[in] = true
		for ; in != "." && !d.kept[in]; in = path.Dir(in) {
			changed[path.Dir(in)] = true
		}
	}
	if err := atOnce(c.Put, d.put); err != nil {
		return err
	}
	if err := atOnce(slices.Collect(maps.Keys(changed)), d.sync); err != nil {
		return err
	}
	maps.Copy(d.kept, changed)
	if err := d.put(File{".new", c.Checkpoint}); err != nil {
		return err
	}
	if err := os.Rename(d.path(".new"), d.path(checkpointFile)); err != nil {
		return err
	}
	if err := d.sync("."); err != nil {
		return err
	}
	for _, f := range c.Put {
		parts := f.Parts()
		old, _ := os.ReadDir(d.path(parts))
		for _, e := range old {
			if name := path.Join(parts, e.Name()); name != f.Name {
				os.Remove(d.path(name))
			}
		}
		if os.Remove(d.path(parts)) == nil { // where nothing is left in it
			delete(d.kept, parts)
		}
	}
	return nil
}

// put writes a file of the log to the disk. Nobody reads it before a checkpoint covers it, and none is written again after.
func (d *folder) put(f File) error {
	out, err := os.Create(d.path(f.Name))
	if err != nil {
		return err
	}
	_, err = out.Write(f.Data)
	return errors.Join(err, out.Sync(), out.Close())
}

func (d *folder) sync(name string) error {
	f, err := os.Open(d.path(name))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// atOnce does the same to all of a list, side by side.
func atOnce[T any](list []T, do func(T) error) error {
	errs := make([]error, len(list))
	var all sync.WaitGroup
	for i, x := range list {
		all.Go(func() { errs[i] = do(x) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// A proof says where in the log a release stands, and shows it for the checkpoint beside it.
type proof struct {
	Format string      `json:"format"`
	Index  int64       `json:"index"`
	Hashes []tlog.Hash `json:"hashes"`
}

const proofFormat = "plumbline.proof/1"

func parseProof(data []byte) (*proof, error) {
	var p proof
	if err := parseStrict(data, &p, spaced); err != nil {
		return nil, fmt.Errorf("%s: %w", proofFile, err)
	}
	if p.Format != proofFormat || p.Index < 0 || p.Hashes == nil || len(p.Hashes) > 64 {
		return nil, fmt.Errorf("%s: %w: it is no %s", proofFile, ErrMalformed, proofFormat)
	}
	return &p, nil
}

// Publish puts a release into the log, once, and returns it with its proof and the checkpoint. A
// release that is in the log already only gets a new proof, so that an interrupted Publish can be repeated.
//
// It refuses a release that two approvers have not signed, an id or a statement that the log has, one that was not
// protected against an earlier release of its series, and one that supersedes or
// withdraws what is not in the log or was withdrawn before.
func Publish(f Files, w *Writer) (Files, error) {
	e, s, _, err := f.open()
	if err != nil {
		return nil, err
	}
	if len(e.Signatures) < Threshold {
		return nil, fmt.Errorf("%d of %d approvals: plumbline figure approve adds one", len(e.Signatures), Threshold)
	}
	leaf := f[statementFile]
	index, err := w.admit(leaf, s)
	if err != nil {
		return nil, err
	}
	if index == w.Size {
		if err := w.Append(leaf); err != nil {
			return nil, err
		}
	}
	return f.prove(w.Log, index)
}

// prove returns the release with the log's checkpoint of today, and the proof that it is in there at an index.
func (f Files) prove(l *Log, index int64) (Files, error) {
	hashes, err := l.Prove(index)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(f)
	if hashes == nil {
		hashes = tlog.RecordProof{}
	}
	if out[proofFile], err = spaced(proof{proofFormat, index, hashes}); err != nil {
		return nil, err
	}
	out[checkpointFile] = l.Signed
	return out, nil
}

// Reprove returns a published release with the log's checkpoint of today in place of an older one, as when witnesses
// have cosigned it.
func (f Files) Reprove(l *Log) (Files, error) {
	p, err := parseProof(f[proofFile])
	if err != nil {
		return nil, err
	}
	return f.prove(l, p.Index)
}

// admit returns where in the log the leaf is, or is to be.
func (w *Writer) admit(leaf []byte, s *Statement) (int64, error) {
	r := &s.Predicate
	target := r.Withdraws
	if target == nil {
		target = r.Supersedes
	}
	found, index := false, int64(0)
	for old, err := range w.Leaves(0) {
		if err != nil {
			return 0, err
		}
		envelope, was, err := ParseEnvelope(old)
		if err != nil {
			return 0, fmt.Errorf("leaf %d of the log: %w", index, err)
		}
		if string(old) == string(leaf) {
			return index, nil
		}
		ref := Reference{was.Predicate.ID, digestOf(envelope.Payload)}
		switch {
		case ref.ID == r.ID:
			return 0, fmt.Errorf("the log has another release called %s; give this one an id of its own", r.ID)
		case r.Figures != nil && was.Predicate.Figures != nil && was.Predicate.Figures.Series == r.Figures.Series && !slices.Contains(r.Figures.Earlier, ref):
			return 0, fmt.Errorf("readers have %s of the same series %s, and this release was not protected against it: make it again with --earlier", ref.ID, r.Figures.Series)
		case target != nil && sameReference(target, was.Predicate.Withdraws) || target != nil && sameReference(target, was.Predicate.Supersedes):
			return 0, fmt.Errorf("%s was withdrawn or superseded before, by %s", target.ID, ref.ID)
		}
		found = found || target != nil && *target == ref
		index++
	}
	if target != nil && !found {
		return 0, fmt.Errorf("%s is not in the log, so it cannot be withdrawn or superseded there", target.ID)
	}
	return index, nil
}

func sameReference(a, b *Reference) bool { return b != nil && *a == *b }
