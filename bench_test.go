package plumbline

import (
	"fmt"
	"testing"
	"time"
)

// largeRecord is an operation of the size of the largest on file: sixty
// presences, a third of them split off another, and two hundred movements.
func largeRecord() *Record {
	began := time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)
	r := &Record{Operation: Operation{Head: Head{ID: "large"}, Title: "Large", Origin: "fictional", Began: At(began), HeadCount: Exactly(400)}}
	for i := range 60 {
		p := &Presence{Head: Head{ID: ID(fmt.Sprintf("large-g-%02d", i))}, Code: fmt.Sprintf("G-%02d", i), Count: Exactly(9), Description: "People of one room"}
		if i >= 40 {
			p.PartOf, p.SplitAt, p.Count = r.Presences[i-40].ID, At(began.Add(time.Duration(i)*time.Hour)), Exactly(2)
		}
		r.Presences = append(r.Presences, p)
		r.Decisions = append(r.Decisions, &Decision{Head: Head{ID: p.ID + "-class"}, Presence: p.ID, Class: "adult_not_determined", DecidedBy: "Unit", Definition: "None", At: At(began.Add(time.Hour))})
	}
	states := []State{"questioned", "escorted", "held", "placed", "helped", "released"}
	for i := range 200 {
		p := r.Presences[i%60]
		r.Movements = append(r.Movements, &Movement{
			Head: Head{ID: ID(fmt.Sprintf("large-movement-%03d", i))}, Presence: p.ID, State: states[i/60+i%3], From: At(began.Add(time.Duration(i*7) * time.Hour)),
			PlaceKind: "police_station", By: "Dock order squad", Power: "police_power", Giver: fmt.Sprint("Giver ", i), Taker: fmt.Sprint("Giver ", i+60), ToldBy: "Unit",
		})
	}
	return r
}

func BenchmarkBalance(b *testing.B) {
	r := largeRecord()
	b.ReportAllocs()
	for b.Loop() {
		r.Balance(Checkpoint{"30d", 30 * day})
	}
}

func BenchmarkCheck(b *testing.B) {
	r := largeRecord()
	if err := r.Check(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTally(b *testing.B) {
	r := largeRecord()
	b.ReportAllocs()
	for b.Loop() {
		r.Tally()
	}
}

func BenchmarkPut(b *testing.B) {
	r := largeRecord()
	b.ReportAllocs()
	for b.Loop() {
		r.Put(r.Movements[150])
	}
}
