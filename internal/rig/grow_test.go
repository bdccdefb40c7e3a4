package rig

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// asWritten is the grown coalition with everything that was written late.
func asWritten(now time.Time, seed uint64) Telling {
	t := Grown(now, seed)
	for _, e := range t.Edits {
		find(t.Operations, e.Operation).Put(e.Entry)
	}
	return t
}

// Whatever is drawn, every record passes the check, and at every moment the
// head count is the sum of the states and those unaccounted for.
func TestGrownRecordsHold(t *testing.T) {
	for seed := range uint64(8) {
		for _, now := range []time.Time{aDay, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} {
			for i, told := range []Telling{Grown(now, seed), asWritten(now, seed)} {
				for _, u := range told.Units {
					if err := u.Check(); err != nil {
						t.Errorf("seed %d: %s: %v", seed, u.Unit.ID, err)
					}
				}
				for _, r := range told.Operations {
					if err := r.Check(); err != nil {
						t.Errorf("seed %d, edited %d: %s: %v", seed, i, r.Operation.ID, err)
						continue
					}
					for _, at := range append(slices.Clone(plumbline.Checkpoints), r.Now(now)) {
						if b := r.Balance(at); b.Balanced() == plumbline.No {
							t.Errorf("seed %d: %s at %s does not balance", seed, r.Operation.ID, at.Name)
						}
					}
				}
			}
		}
	}
}

func TestExplore(t *testing.T) {
	told := asWritten(aDay, 1)
	ps, _ := protocol.Shipped(store.Vocabulary())
	for _, p := range ps {
		by := map[string]map[protocol.Result]int{}
		tot := map[protocol.Result]int{}
		for _, r := range told.Operations {
			rep, err := p.Check(store.Facts(r.Facts(aDay)), aDay)
			if err != nil { t.Fatal(err) }
			for _, f := range rep.Findings {
				if by[f.Rule] == nil { by[f.Rule] = map[protocol.Result]int{} }
				by[f.Rule][f.Result]++
				tot[f.Result]++
			}
		}
		fmt.Println(p.Name, tot)
		for _, r := range p.Rules { fmt.Println("  ", r.ID, by[r.ID]) }
	}
	units := map[plumbline.ID]string{}
	for _, r := range told.Operations {
		for _, p := range ps[:1] {
			rep, _ := p.Check(store.Facts(r.Facts(aDay)), aDay)
			k, b := 0, 0
			for _, f := range rep.Findings { if f.Result == "kept" { k++ }; if f.Result == "broken" { b++ } }
			units[r.Operation.Unit] += fmt.Sprintf(" %d/%d", k, b)
		}
	}
	fmt.Println(units)
	_ = json.Marshal; _ = regexp.Compile; _ = strings.ToLower; _ = cmp.Diff
}
