package figure

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// tileHeight is that of C2SP tlog-tiles: 256 hashes, or entries, a file.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// A Log is a log of releases as a folder of files holds it, in the layout of C2SP tlog-tiles:
//
//	checkpoint               how long it is and what is in it, signed
//	tile/<L>/<N>[.p/<W>]     hashes
//	tile/entries/<N>[.p/<W>] the leaves, each after its length: envelopes of statements
//
// Any web host or memory stick can carry it. What is read from it is checked against the checkpoint.
type Log struct {
	ledger.Checkpoint
	Signed []byte // the checkpoint as it is signed

	files  fs.FS
	hashes *tiles
}

// ReadLog opens a log with the reader's key for it. The errors of a checkpoint are ledger's.
func ReadLog(files fs.FS, public string) (*Log, error) {
	signed, err := readSome(files, checkpointFile, ledger.MaxCheckpoint)
	if err != nil {
		return nil, err
	}
	c, err := ledger.Open(signed, public)
	if err != nil {
		return nil, err
	}
	return newLog(c, signed, files), nil
}

func newLog(c ledger.Checkpoint, signed []byte, files fs.FS) *Log {
	return &Log{c, signed, files, &tiles{files: files, Checkpoint: c}}
}

func readSome(files fs.FS, name string, most int) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s: %w: longer than %d bytes", name, ErrMalformed, most)
	}
	return data, err
}

// tilePath is where a tile lies; L is -1 for entries. tlog names the height too.
func tilePath(t tlog.Tile) string {
	p := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if rest, ok := strings.CutPrefix(p, "data/"); ok {
		p = "entries/" + rest
	}
	return "tile/" + p
}

// Serve returns a file of the log by the name that C2SP tlog-tiles gives it, and whether it stays as it is for
// ever. A part of a tile that has grown since is cut from what there is. It returns an error that wraps
// fs.ErrNotExist when the log has no such file.
func (l *Log) Serve(name string) (data []byte, forever bool, err error) {
	none := fmt.Errorf("%.100q: %w", name, fs.ErrNotExist)
	if name == checkpointFile {
		return l.Signed, false, nil
	}
	rest, ok := strings.CutPrefix(name, "tile/")
	if entries, isEntries := strings.CutPrefix(rest, "entries/"); isEntries {
		rest = "data/" + entries
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s", tileHeight, rest))
	if err != nil || !ok || tilePath(t) != name {
		return nil, false, none
	}
	w := t.W
	t.W = int(min(tileWidth, l.Size>>(tileHeight*max(t.L, 0))-t.N*tileWidth))
	if w > t.W {
		return nil, false, none
	}
	if data, err = readSome(l.files, tilePath(t), tileWidth*(2+MaxEnvelope)); err != nil {
		return nil, false, err
	}
	end := 0
	for range w {
		step := tlog.HashSize
		if t.L < 0 && len(data)-end >= 2 {
			step = 2 + int(binary.BigEndian.Uint16(data[end:]))
		}
		if end += step; end > len(data) {
			return nil, false, fmt.Errorf("%s: %w: it is cut short", tilePath(t), ErrMalformed)
		}
	}
	return data[:end], true, nil
}

// Prove returns the hashes that show leaf index to be in the log.
func (l *Log) Prove(index int64) (tlog.RecordProof, error) {
	return ledger.ProveInclusion(l.Size, index, l.hashes)
}

// CheckGrowth returns nil when the log begins with all that an older checkpoint of it stands for. It
// returns ledger.ErrProof when it does not: the log was forked, rewritten or rolled back.
func (l *Log) CheckGrowth(older ledger.Checkpoint) error {
	if older.Size > l.Size {
		return fmt.Errorf("the log has %d leaves and had %d: %w", l.Size, older.Size, ledger.ErrProof)
	}
	p, err := ledger.ProveGrowth(older.Size, l.Size, l.hashes)
	if err != nil {
		return err
	}
	return ledger.CheckGrowth(p, older, l.Checkpoint)
}

// Leaves reads the leaves from one on, each checked against the checkpoint. It ends with the first error.
func (l *Log) Leaves(from int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for n := from / tileWidth; n*tileWidth < l.Size; n++ {
			var leaves [][]byte
			hashes, err := l.hashes.leaves(n)
			if err == nil {
				leaves, _, err = l.bundle(n, hashes)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for i := max(from-n*tileWidth, 0); i < int64(len(leaves)); i++ {
				if !yield(leaves[i], nil) {
					return
				}
			}
		}
	}
}

// bundle reads the leaves that have these hashes from the beginning of a file of entries, and as they are written there.
func (l *Log) bundle(n int64, hashes []tlog.Hash) (leaves [][]byte, text []byte, err error) {
	w := len(hashes)
	name := tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: w})
	text, err = readSome(l.files, name, tileWidth*(2+MaxEnvelope))
	if errors.Is(err, fs.ErrNotExist) && w < tileWidth {
		name = tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: tileWidth})
		text, err = readSome(l.files, name, tileWidth*(2+MaxEnvelope))
	}
	if err != nil {
		return nil, nil, err
	}
	rest := text
	for i, h := range hashes {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, nil, fmt.Errorf("%s: %w: it is cut short", name, ErrMalformed)
		}
		size := 2 + int(binary.BigEndian.Uint16(rest))
		leaf := rest[2:size:size]
		if rest = rest[size:]; tlog.RecordHash(leaf) != h {
			return nil, nil, fmt.Errorf("%s: leaf %d is not the one that was logged: %w", name, n*tileWidth+int64(i), ledger.ErrProof)
		}
		leaves = append(leaves, leaf)
	}
	return leaves, text[: len(text)-len(rest) : len(text)-len(rest)], nil
}

// A File is one of a log's, by its path.
type File struct {
	Name string
	Data []byte
}

// Parts is the folder of the parts of the tile that the file is or is a part of. Those that it does not
// cover are of nobody's log, and those that it does are not needed any more.
func (f File) Parts() string {
	whole, _, _ := strings.Cut(f.Name, ".p/")
	return whole + ".p"
}
