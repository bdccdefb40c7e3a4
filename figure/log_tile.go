package figure

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// A tile is up to 256 hashes of a log and those above them: tile[0] are its own, and tile[h] those over each 2^h of
// them that are complete. What was pushed to a copy of a tile is not in the tile.
type tile [tileHeight + 1][]tlog.Hash

func (t *tile) push(h tlog.Hash) {
	for up := range t {
		if t[up] == nil {
			t[up] = make([]tlog.Hash, 0, tileWidth>>up)
		}
		t[up] = append(t[up], h)
		n := len(t[up])
		if n%2 != 0 {
			return
		}
		h = tlog.NodeHash(t[up][n-2], h)
	}
}

func (t *tile) bytes() []byte {
	out := make([]byte, 0, len(t[0])*tlog.HashSize)
	for _, h := range t[0] {
		out = append(out, h[:]...)
	}
	return out
}

// An edge is where a log grows: of each level the tile that is not full yet, and the file of leaves that is not.
type edge struct {
	tiles  []tile
	leaves []byte // each after its length; nil until it is needed
}

// root is the hash of the whole log.
func (e *edge) root() tlog.Hash {
	var root *tlog.Hash
	for i := range e.tiles {
		t := &e.tiles[i]
		for up := range tileHeight {
			if n := len(t[up]); n%2 != 0 {
				h := t[up][n-1]
				if root != nil {
					h = tlog.NodeHash(h, *root)
				}
				root = &h
			}
		}
	}
	if root == nil {
		h, _ := ledger.Root(0, nil)
		return h
	}
	return *root
}

// add returns the edge with leaves added to a log of size, and the files that are new in it. The edge stays as it was, but for
// memory beyond what it has: of two that are made from one, the second counts.
func (e edge) add(size int64, leaves [][]byte) (edge, []File, error) {
	e.tiles = append([]tile(nil), e.tiles...)
	var files []File
	grown := []bool{} // of each level, whether its last tile is to be written
	put := func(level int, n int64) {
		t := &e.tiles[level]
		files = append(files, File{tilePath(tlog.Tile{H: tileHeight, L: level, N: n, W: len(t[0])}), t.bytes()})
	}
	putLeaves := func(n int64, w int) {
		files = append(files, File{tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: w}), e.leaves})
	}
	for _, leaf := range leaves {
		if len(leaf) > MaxEnvelope {
			return e, nil, fmt.Errorf("leaf: %w: longer than %d bytes", ErrMalformed, MaxEnvelope)
		}
		e.leaves = append(binary.BigEndian.AppendUint16(e.leaves, uint16(len(leaf))), leaf...)
		size++
		if size%tileWidth == 0 {
			putLeaves(size/tileWidth-1, tileWidth)
			e.leaves = make([]byte, 0, len(e.leaves)) // the next ones are likely to be as long
		}
		h := tlog.RecordHash(leaf)
		for level, n := 0, size; ; level, n = level+1, n/tileWidth {
			if level == len(e.tiles) {
				e.tiles = append(e.tiles, tile{})
			}
			if level == len(grown) {
				grown = append(grown, false)
			}
			e.tiles[level].push(h)
			if grown[level] = n%tileWidth != 0; grown[level] {
				break
			}
			put(level, n/tileWidth-1)
			h = e.tiles[level][tileHeight][0]
			e.tiles[level] = tile{}
		}
	}
	for level, is := range grown {
		if is {
			put(level, size>>(tileHeight*(level+1)))
		}
	}
	if w := int(size % tileWidth); w > 0 && len(leaves) > 0 {
		putLeaves(size/tileWidth, w)
	}
	return e, files, nil
}

// tiles reads the hashes of a log from its files, each tile once, and checks them: those at the edge against the root, every other
// against the hash above it.
type tiles struct {
	files fs.FS
	ledger.Checkpoint

	mu   sync.Mutex
	edge *edge               // nil until it was read
	full map[tlog.Tile]*tile // some of those that were read
}

// mostTiles bounds what is kept of a log in memory, to 16 MB.
const mostTiles = 1024

// ReadHashes is what tlog makes its proofs from.
func (r *tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		level, n := tlog.SplitStoredHashIndex(at)
		up := level % tileHeight
		t, err := r.tile(level/tileHeight, n>>(tileHeight-up))
		if err != nil {
			return nil, err
		}
		n &= 1<<(tileHeight-up) - 1
		if n >= int64(len(t[up])) {
			return nil, fmt.Errorf("hash %d is beyond the log: %w", at, ErrMalformed)
		}
		out[i] = t[up][n]
	}
	return out, nil
}

// leaves returns the hashes of the leaves in file n of entries.
func (r *tiles) leaves(n int64) ([]tlog.Hash, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.tile(0, n)
	if err != nil {
		return nil, err
	}
	return t[0], nil
}

// tile returns tile n of a level.
func (r *tiles) tile(level int, n int64) (*tile, error) {
	if err := r.readEdge(); err != nil {
		return nil, err
	}
	switch whole := r.Size >> (tileHeight * (level + 1)); {
	case n > whole || level >= len(r.edge.tiles):
		return &tile{}, nil
	case n == whole:
		return &r.edge.tiles[level], nil
	}
	at := tlog.Tile{H: tileHeight, L: level, N: n, W: tileWidth}
	if t := r.full[at]; t != nil {
		return t, nil
	}
	above, err := r.tile(level+1, n/tileWidth)
	if err != nil {
		return nil, err
	}
	t, err := r.read(at)
	if err != nil {
		return nil, err
	}
	if t[tileHeight][0] != above[0][n%tileWidth] {
		return nil, fmt.Errorf("%s is not the one that was logged: %w", tilePath(at), ledger.ErrProof)
	}
	if r.full == nil || len(r.full) >= mostTiles {
		r.full = map[tlog.Tile]*tile{}
	}
	r.full[at] = t
	return t, nil
}

func (r *tiles) readEdge() error {
	if r.edge != nil {
		return nil
	}
	e := &edge{}
	for level := 0; r.Size>>(tileHeight*level) > 0; level++ {
		n := r.Size >> (tileHeight * level)
		t := &tile{}
		if w := int(n % tileWidth); w > 0 {
			var err error
			if t, err = r.read(tlog.Tile{H: tileHeight, L: level, N: n / tileWidth, W: w}); err != nil {
				return err
			}
		}
		e.tiles = append(e.tiles, *t)
	}
	if e.root() != r.Root {
		return fmt.Errorf("its hashes are not those of its checkpoint: %w", ledger.ErrProof)
	}
	r.edge = e
	return nil
}

// read reads a tile. The part of one may no longer be kept once the tile is full.
func (r *tiles) read(at tlog.Tile) (*tile, error) {
	data, err := readSome(r.files, tilePath(at), tileWidth*tlog.HashSize)
	if want := at.W * tlog.HashSize; errors.Is(err, fs.ErrNotExist) && at.W < tileWidth {
		at.W = tileWidth
		if data, err = readSome(r.files, tilePath(at), tileWidth*tlog.HashSize); err == nil && len(data) == at.W*tlog.HashSize {
			data, at.W = data[:want], want/tlog.HashSize
		}
	}
	if err != nil {
		return nil, err
	}
	if len(data) != at.W*tlog.HashSize {
		return nil, fmt.Errorf("%s: %w: it has %d bytes", tilePath(at), ErrMalformed, len(data))
	}
	t := &tile{}
	for ; len(data) > 0; data = data[tlog.HashSize:] {
		t.push(tlog.Hash(data[:tlog.HashSize]))
	}
	return t, nil
}

// grow returns the log's hashes with leaves added, and the files that are new in it; nothing is written.
func (l *Log) grow(leaves [][]byte) (*tiles, []File, error) {
	r := l.hashes
	if r.Size+int64(len(leaves)) > ledger.MaxSize {
		return nil, nil, fmt.Errorf("the log is full: %w", ledger.ErrMalformed)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.readEdge(); err != nil {
		return nil, nil, err
	}
	if r.edge.leaves == nil {
		r.edge.leaves = []byte{}
		if r.Size%tileWidth > 0 {
			var err error
			if _, r.edge.leaves, err = l.bundle(r.Size/tileWidth, r.edge.tiles[0][0]); err != nil {
				return nil, nil, err
			}
		}
	}
	e, files, err := r.edge.add(r.Size, leaves)
	if err != nil {
		return nil, nil, err
	}
	next := &tiles{files: r.files, Checkpoint: r.Checkpoint, edge: &e, full: r.full}
	next.Size += int64(len(leaves))
	next.Root = e.root()
	r.full = nil // it is the next one's
	return next, files, nil
}
