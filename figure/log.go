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
	hashes tlog.HashReader
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
	return &Log{c, signed, files, tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tileReader{files})}
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

type tileReader struct{ files fs.FS }

func (tileReader) Height() int                     { return tileHeight }
func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := readSome(r.files, tilePath(t), tileWidth*tlog.HashSize)
		if errors.Is(err, fs.ErrNotExist) && t.W < tileWidth {
			// The part is no longer kept once the tile is full.
			t.W = tileWidth
			if data, err = readSome(r.files, tilePath(t), tileWidth*tlog.HashSize); err == nil && len(data) == tileWidth*tlog.HashSize {
				data = data[:tiles[i].W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		if len(data) != tiles[i].W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %w: it has %d bytes", tilePath(tiles[i]), ErrMalformed, len(data))
		}
		out[i] = data
	}
	return out, nil
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
			first := n * tileWidth
			leaves, err := l.bundle(n, int(min(tileWidth, l.Size-first)))
			if err != nil {
				yield(nil, err)
				return
			}
			for i := max(from-first, 0); i < int64(len(leaves)); i++ {
				if !yield(leaves[i], nil) {
					return
				}
			}
		}
	}
}

// bundle reads the first w leaves of a file of entries.
func (l *Log) bundle(n int64, w int) ([][]byte, error) {
	name := tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: w})
	data, err := readSome(l.files, name, tileWidth*(2+MaxEnvelope))
	if errors.Is(err, fs.ErrNotExist) && w < tileWidth {
		name = tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: tileWidth})
		data, err = readSome(l.files, name, tileWidth*(2+MaxEnvelope))
	}
	if err != nil {
		return nil, err
	}
	indexes := make([]int64, w)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, n*tileWidth+int64(i))
	}
	hashes, err := l.hashes.ReadHashes(indexes)
	if err != nil {
		return nil, err
	}
	leaves := make([][]byte, w)
	for i := range leaves {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: %w: it is cut short", name, ErrMalformed)
		}
		size := 2 + int(binary.BigEndian.Uint16(data))
		leaves[i], data = data[2:size], data[size:]
		if tlog.RecordHash(leaves[i]) != hashes[i] {
			return nil, fmt.Errorf("%s: leaf %d is not the one that was logged: %w", name, n*tileWidth+int64(i), ledger.ErrProof)
		}
	}
	return leaves, nil
}

// grown reads stored hashes of a log with leaves added: those that are new from memory.
type grown struct {
	old   tlog.HashReader
	first int64 // the index of the first new one
	fresh []tlog.Hash
}

func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var ask []int64
	for i, at := range indexes {
		if at >= g.first {
			out[i] = g.fresh[at-g.first]
		} else {
			ask = append(ask, at)
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	got, err := g.old.ReadHashes(ask)
	if err != nil {
		return nil, err
	}
	for i, at := range indexes {
		if at < g.first {
			out[i], got = got[0], got[1:]
		}
	}
	return out, nil
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

// grow returns the log with leaves added, and the files that are new in it; nothing is written.
func (l *Log) grow(leaves [][]byte) (ledger.Checkpoint, []File, error) {
	next := l.Checkpoint
	next.Size += int64(len(leaves))
	if next.Size > ledger.MaxSize {
		return next, nil, fmt.Errorf("the log is full: %w", ledger.ErrMalformed)
	}
	g := &grown{old: l.hashes, first: tlog.StoredHashIndex(0, l.Size)}
	for i, leaf := range leaves {
		h, err := tlog.StoredHashes(l.Size+int64(i), leaf, g)
		if err != nil {
			return next, nil, err
		}
		g.fresh = append(g.fresh, h...)
	}
	var err error
	if next.Root, err = ledger.Root(next.Size, g); err != nil {
		return next, nil, err
	}
	var files []File
	for _, t := range tlog.NewTiles(tileHeight, l.Size, next.Size) {
		data, err := tlog.ReadTileData(t, g)
		if err != nil {
			return next, nil, err
		}
		files = append(files, File{tilePath(t), data})
	}
	for n := l.Size / tileWidth; n*tileWidth < next.Size; n++ {
		first := n * tileWidth
		w := min(tileWidth, next.Size-first)
		var have [][]byte
		if first < l.Size {
			if have, err = l.bundle(n, int(l.Size-first)); err != nil {
				return next, nil, err
			}
		}
		from := first + int64(len(have)) - l.Size
		have = append(have, leaves[from:first+w-l.Size]...)
		var data []byte
		for _, leaf := range have {
			if len(leaf) > MaxEnvelope {
				return next, nil, fmt.Errorf("leaf: %w: longer than %d bytes", ErrMalformed, MaxEnvelope)
			}
			data = append(binary.BigEndian.AppendUint16(data, uint16(len(leaf))), leaf...)
		}
		files = append(files, File{tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: int(w)}), data})
	}
	return next, files, nil
}
