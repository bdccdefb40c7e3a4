package figure

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"plumbline/protect"
)

// The files of a release, beside its tables. The last two are there once it is published.
const (
	packageFile    = "datapackage.json"
	riskFile       = "risk.json"
	statementFile  = "statement.json"
	proofFile      = "proof.json"
	checkpointFile = "checkpoint"
)

// maxRelease bounds the bytes of a release, and maxFiles its files.
const (
	maxRelease = 64 << 20
	maxFiles   = 20
)

var tableName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,60}\.csv$`)

func isSubject(name string) bool {
	return name == packageFile || name == riskFile || name == countsFile || tableName.MatchString(name)
}

// Files are the files of a release by name.
type Files map[string][]byte

// ReadFiles reads a release: a folder, or the one file that [Files.Zip] makes of it. What a release
// cannot hold (a folder in it, a link, a name of another kind, too much) is refused.
func ReadFiles(name string) (Files, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if info.Size() > maxRelease {
			return nil, fmt.Errorf("%s: %w: larger than %d bytes", name, ErrMalformed, maxRelease)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := ParseZip(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return f, nil
	}
	list, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	f, left := Files{}, int64(maxRelease)
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if left -= info.Size(); !info.Mode().IsRegular() || !isFile(e.Name()) || len(f) == maxFiles || left < 0 {
			return nil, fmt.Errorf("%s: %w: %.100q does not belong in a release, or is too large", name, ErrMalformed, e.Name())
		}
		if f[e.Name()], err = os.ReadFile(filepath.Join(name, e.Name())); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func isFile(name string) bool {
	return isSubject(name) || name == statementFile || name == proofFile || name == checkpointFile
}

// ParseZip reads what [Files.Zip] writes, and nothing else: what it would write again must be the
// same bytes. Paths, links, comments, a second directory and compressed bombs all fall to that.
func ParseZip(data []byte) (Files, error) {
	if len(data) > maxRelease {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, maxRelease)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not a release in one file", ErrMalformed)
	}
	f, left := Files{}, int64(len(data))
	for _, file := range r.File {
		// Stored files are together no larger than the zip, so nothing can burst from it.
		left -= int64(min(file.UncompressedSize64, maxRelease+1))
		if !isFile(file.Name) || file.Method != zip.Store || len(f) == maxFiles || f[file.Name] != nil || left < 0 {
			return nil, fmt.Errorf("%w: %.100q does not belong in a release, is there twice or is compressed", ErrMalformed, file.Name)
		}
		in, err := file.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %s", ErrMalformed, file.Name)
		}
		text, err := io.ReadAll(io.LimitReader(in, int64(len(data))+1))
		if in.Close(); err != nil {
			return nil, fmt.Errorf("%w: %s is damaged", ErrMalformed, file.Name)
		}
		f[file.Name] = text
	}
	again, err := f.Zip()
	if err != nil || !bytes.Equal(again, data) {
		return nil, fmt.Errorf("%w: the zip holds something beside its files, or in another order", ErrMalformed)
	}
	return f, nil
}

// Zip returns the release as one file: stored, in the order of the names, with one date
// for all, so that the same release is always the same bytes.
func (f Files) Zip() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		size := uint64(len(f[name]))
		h := &zip.FileHeader{Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(f[name]), CompressedSize64: size, UncompressedSize64: size}
		//lint:ignore SA1019 a raw header takes its date from here
		h.ModifiedDate = 1<<5 | 1 // 1980-01-01, the first day that a zip can name
		out, err := w.CreateRaw(h)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write(f[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// Write writes the release as one file when the name ends in .zip, and as a folder otherwise. A
// file is whole or as it was.
func (f Files) Write(name string) error {
	if strings.HasSuffix(name, ".zip") {
		data, err := f.Zip()
		if err != nil {
			return err
		}
		return writeFile(filepath.Dir(name), filepath.Base(name), data)
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(f)) {
		if old, err := os.ReadFile(filepath.Join(name, n)); err == nil && bytes.Equal(old, f[n]) {
			continue
		}
		if err := writeFile(name, n, f[n]); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes dir/name by renaming a file that is on the disk already.
func writeFile(dir, name string, data []byte) (err error) {
	f, err := os.CreateTemp(dir, ".plumbline-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, name))
}

// checkNames returns an error unless the files are those that the statement asks for.
func (f Files) checkNames(s *Statement) error {
	want := map[string]bool{statementFile: true}
	if s.Predicate.Figures != nil {
		for _, sub := range s.Subject {
			want[sub.Name] = true
		}
	}
	if f[proofFile] != nil || f[checkpointFile] != nil {
		want[proofFile], want[checkpointFile] = true, true
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if f[name] == nil {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !want[name] {
			return fmt.Errorf("%.100q is there, and the statement does not name it", name)
		}
	}
	return nil
}

// open reads a release that is to be worked on: all that its statement says of its files must be so.
func (f Files) open() (*Envelope, *Statement, *contents, error) {
	if f[statementFile] == nil {
		return nil, nil, nil, fmt.Errorf("%w: there is no %s", ErrMalformed, statementFile)
	}
	e, s, err := ParseEnvelope(f[statementFile])
	if err == nil {
		err = f.checkNames(s)
	}
	if err != nil || s.Predicate.Withdraws != nil {
		return e, s, nil, err
	}
	for _, sub := range s.Subject {
		if digestOf(f[sub.Name]) != sub.Digest {
			return nil, nil, nil, fmt.Errorf("%s is not the file that the statement is about", sub.Name)
		}
	}
	c, err := f.parsePackage(s)
	return e, s, c, err
}

// Read returns what a release says, and its tables of counts; a withdrawal and made-up rows have none. It returns an error unless the
// files are those that the statement is about.
func (f Files) Read() (*Statement, []protect.Frequency, error) {
	_, s, c, err := f.open()
	if c == nil {
		return s, nil, err
	}
	return s, c.tables, err
}

// Contents are what a release publishes, whichever of them its path has: tables of counts; made-up rows, and the counts of their
// combinations; or estimates.
type Contents struct {
	Tables    []protect.Frequency
	Counts    *protect.Aggregates
	Estimates *Estimates
}

// Contents returns what a release says and publishes; nothing of a withdrawal. It returns an error unless the files are those that the
// statement is about.
func (f Files) Contents() (*Statement, Contents, error) {
	_, s, c, err := f.open()
	if c == nil {
		return s, Contents{}, err
	}
	return s, Contents{c.tables, c.counts, c.estimates}, err
}

// Leaf returns where in the log a published release stands.
func (f Files) Leaf() (int64, error) {
	p, err := parseProof(f[proofFile])
	if err != nil {
		return 0, err
	}
	return p.Index, nil
}

// Reference returns what another statement calls this release.
func (f Files) Reference() (Reference, error) {
	e, s, _, err := f.open()
	if err != nil {
		return Reference{}, err
	}
	return Reference{s.Predicate.ID, digestOf(e.Payload)}, nil
}

// Series returns the series of a release, empty for a withdrawal.
func (f Files) Series() string {
	if _, s, err := ParseEnvelope(f[statementFile]); err == nil && s.Predicate.Figures != nil {
		return s.Predicate.Figures.Series
	}
	return ""
}
