package protect

import (
	"context"
	"math/bits"
)

// fromRecords makes a synthesiser whose targets are the rounded counts of t, and whose rows
// at least k records share.
func fromRecords(ctx context.Context, t *Table, spec SynthesisSpec) (*synthesiser, error) {
	s := newSynthesiser(t, spec.K, spec.Length, spec.Seed)
	r := &recordSupport{s: s, rare: map[uint64]bool{}, tried: make([]int32, len(s.colOf)), posting: make([][]int32, len(s.colOf))}
	s.support = r
	k := int32(spec.K)
	err := eachCount(ctx, t, spec.Length, func(pick []int, codes []uint32, n int32) {
		if n < k {
			return
		}
		if len(pick) == 1 {
			r.posting[s.number(pick[0], codes[0])] = make([]int32, 0, n)
		}
		s.aimAt(pick, codes, n, n/k*k)
	})
	if err != nil {
		return nil, err
	}
	s.ready()
	words := make([]uint64, t.rows)
	for j := range t.columns {
		for i, code := range t.columns[j].codes {
			if code == 0 {
				continue
			}
			v := s.number(j, code)
			words[i] ^= s.word[v]
			if r.posting[v] != nil {
				r.posting[v] = append(r.posting[v], int32(i))
			}
		}
	}
	r.bits = make([][]uint64, len(s.colOf))
	for v, records := range r.posting {
		if len(records) > t.rows/dense {
			r.bits[v] = make([]uint64, (t.rows+63)/64)
			for _, i := range records {
				r.bits[v][i/64] |= 1 << (i % 64)
			}
		}
	}
	same := make(map[uint64]int32, t.rows)
	for _, w := range words {
		same[w]++
	}
	for w, n := range same {
		if n < k {
			r.rare[w] = true
		}
	}
	return s, nil
}

// recordSupport lets a row grow while at least k records share it.
type recordSupport struct {
	s       *synthesiser
	posting [][]int32       // records that hold each frequent value
	rare    map[uint64]bool // records, blanks included, that fewer than k equal
	match   []int32         // records that hold the row
	taken   [maxColumns / 64]uint64
	tried   []int32 // scratch: count of each value among the matching records

	// bits holds the records of a value that many have, a bit a record: to find the records of a row is then to combine words.
	bits  [][]uint64
	words []uint64 // scratch
}

// dense is how many records there are, at most, for each that holds a value which is given bits.
const dense = 64

func (r *recordSupport) begin(row []int32) {
	clear(r.taken[:])
	least := row[0]
	for _, v := range row {
		r.take(v)
		if len(r.posting[v]) < len(r.posting[least]) {
			least = v
		}
	}
	r.match = r.match[:0]
	if r.bits[least] != nil { // then the others have bits as well
		words := append(r.words[:0], r.bits[least]...)
		for _, v := range row {
			if v != least {
				for i, w := range r.bits[v] {
					words[i] &= w
				}
			}
		}
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				r.match = append(r.match, int32(64*i+bits.TrailingZeros64(w)))
			}
		}
		r.words = words
		return
	}
next:
	for _, i := range r.posting[least] {
		for _, v := range row {
			if v != least && r.s.value(i, int(r.s.colOf[v])) != v {
				continue next
			}
		}
		r.match = append(r.match, i)
	}
}

func (r *recordSupport) take(v int32) {
	j := r.s.colOf[v]
	r.taken[j/64] |= 1 << (j % 64)
}

func (r *recordSupport) open(into []int32) []int32 {
	start := len(into)
	for j := range r.s.t.columns {
		if r.taken[j/64]&(1<<(j%64)) != 0 {
			continue
		}
		codes, base := r.s.t.columns[j].codes, r.s.base[j]-1
		for _, i := range r.match {
			code := codes[i]
			if code == 0 {
				continue
			}
			v := base + int32(code)
			if r.tried[v] == 0 {
				into = append(into, v)
			}
			r.tried[v]++
		}
	}
	kept := into[:start]
	for _, v := range into[start:] {
		if r.tried[v] >= int32(r.s.k) {
			kept = append(kept, v)
		}
		r.tried[v] = 0
	}
	return kept
}

func (r *recordSupport) add(v int32) {
	r.take(v)
	kept := r.match[:0]
	for _, i := range r.match {
		if r.s.value(i, int(r.s.colOf[v])) == v {
			kept = append(kept, i)
		}
	}
	r.match = kept
}

func (r *recordSupport) refuses(row []int32) bool { return r.rare[r.s.wordOf(row)] }
