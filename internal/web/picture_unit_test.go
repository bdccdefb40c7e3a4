package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline"
)

func unitExhibits(t testing.TB, sp speaker) []exhibit {
	n := plumbline.Exactly
	u := &plumbline.UnitRecord{Unit: plumbline.Unit{Name: in(sp, "Anti-trafficking unit, Port District", "وحدة مكافحة الاتجار، منطقة الميناء")}}
	command := func(who, from, until string) {
		u.Commands = append(u.Commands, &plumbline.Command{Commander: who, From: when(t, from), Until: when(t, until)})
	}
	train := func(id, at string, officers, passed plumbline.Count) {
		training := &plumbline.Training{At: when(t, at), Officers: officers, Passed: passed}
		training.ID = plumbline.ID(id)
		u.Trainings = append(u.Trainings, training)
	}
	lose := func(at, course string, officers, trained plumbline.Count) {
		u.Transfers = append(u.Transfers, &plumbline.Transfer{At: when(t, at), Officers: officers, Trained: trained, Training: plumbline.ID(course)})
	}
	command(in(sp, "First commander", "القائد الأول"), "2019-03", "2021-06-30")
	command(in(sp, "Second commander, acting, on loan from the provincial police", "القائد الثاني بالوكالة، منتدب من شرطة الإقليم"), "2021-07-01", "2022-01-15")
	command(in(sp, "Third commander", "القائد الثالث"), "2022-01-15", "")
	train("t1", "2019-09-12", n(20), n(18))
	train("t2", "2022-05", n(12), plumbline.Count{})
	lose("2021-07-10", "t1", n(11), n(9))
	lose("2023", "", n(5), plumbline.Count{})
	var ops []unitPoint
	for i, at := range []string{"2019-05-03", "2019-11-20", "2019-11-24", "2020-02", "2021-03-14", "2021-08-01", "2021-09-09", "2022-01-15", "2022-06-02", "2023", "2024-10-11T20:00Z", "2025-02-27", "2026-01-10", ""} {
		ops = append(ops, unitPoint{when(t, at), (i * 3) % 7, (i * 5) % 4 * (i % 2), (i * 2) % 9, fmt.Sprintf("O-%d", i)})
	}
	few := &plumbline.UnitRecord{Unit: u.Unit, Trainings: []*plumbline.Training{{At: when(t, "2025-02-01"), Passed: plumbline.AtLeast(6)}}}
	few.Commands = []*plumbline.Command{{Commander: in(sp, "A commander", "قائد"), Until: when(t, "2025-12-31")}}
	return []exhibit{
		{"unit", unitPicture(sp, u, ops, pictureNow)},
		{"unit-few", unitPicture(sp, few, []unitPoint{{When: when(t, "2025-05-05"), Kept: 3}}, pictureNow)},
		{"unit-nothing", unitPicture(sp, &plumbline.UnitRecord{Unit: u.Unit}, nil, pictureNow)},
	}
}

func TestPeriods(t *testing.T) {
	u := &plumbline.UnitRecord{Commands: []*plumbline.Command{
		{Commander: "first", From: when(t, "2019"), Until: when(t, "2020")},
		{Commander: "second", From: when(t, "2021-01-01"), Until: when(t, "2021-06-30")},
		{Commander: "third", From: when(t, "2021-07-01")},
	}}
	for at, want := range map[string]string{
		"2019-05": "first", "2021-03-01": "second", "2021-06-30": "second", "2025": "third",
		"2021": "", "2018": "", "": "", "2020-12-31": "first",
	} {
		got := ""
		for _, p := range periodsOf(english(t), u, []unitPoint{{When: when(t, at)}}) {
			if p.command && len(p.ops) > 0 {
				got = strings.Trim(p.label, "\u2068\u2069")
			}
		}
		if got != want {
			t.Errorf("an operation of %q falls to %q, want %q", at, got, want)
		}
	}
}

func TestTrainedOfficers(t *testing.T) {
	n, unknown := plumbline.Exactly, plumbline.Count{}
	training := func(id, at string, officers, passed plumbline.Count) *plumbline.Training {
		tr := &plumbline.Training{At: when(t, at), Officers: officers, Passed: passed}
		tr.ID = plumbline.ID(id)
		return tr
	}
	lost := func(at, course string, officers, trained plumbline.Count) *plumbline.Transfer {
		return &plumbline.Transfer{At: when(t, at), Officers: officers, Trained: trained, Training: plumbline.ID(course)}
	}
	first := training("a", "2020-01-01", n(20), n(18))
	for _, tc := range []struct {
		name      string
		trainings []*plumbline.Training
		transfers []*plumbline.Transfer
		want      string
	}{
		{"one course", []*plumbline.Training{first}, nil, "18"},
		{"some lost", []*plumbline.Training{first}, []*plumbline.Transfer{lost("2021-01-01", "a", n(11), n(9))}, "9"},
		{"perhaps the same officers", []*plumbline.Training{first, training("b", "2021-01-01", n(10), n(10))}, nil, "18-28"},
		{"nobody says who passed", []*plumbline.Training{training("a", "2020-01-01", n(20), unknown)}, nil, "0-20"},
		{"nobody says how many were there", []*plumbline.Training{first, training("b", "2021-01-01", unknown, unknown)}, nil, "18+"},
		{"nobody says how many of those lost were trained", []*plumbline.Training{first}, []*plumbline.Transfer{lost("2021-01-01", "", n(5), unknown)}, "13-18"},
		{"nobody says how many were lost", []*plumbline.Training{first}, []*plumbline.Transfer{lost("2021-01-01", "", unknown, unknown)}, "0-18"},
		{"lost on a day nobody tells", []*plumbline.Training{first}, []*plumbline.Transfer{lost("", "a", n(5), n(5))}, "13"},
		{"lost from another course", []*plumbline.Training{first, training("b", "2021-01-01", n(4), n(4))}, []*plumbline.Transfer{lost("2022-01-01", "b", n(4), n(4))}, "18"},
	} {
		u := &plumbline.UnitRecord{Trainings: tc.trainings, Transfers: tc.transfers}
		levels := trainedOfficers(u, yearAxisOf(u, nil, pictureNow), pictureNow)
		if got := levels[len(levels)-1].count().Text(); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
	if got := trainedOfficers(&plumbline.UnitRecord{}, yearAxis{}, pictureNow); got != nil {
		t.Errorf("without a course on record: got %v, want nothing, which is not nought", got)
	}
}

func TestUnitProperties(t *testing.T) {
	en, ar := english(t), arabic(t)
	rapid.Check(t, func(t *rapid.T) {
		u := &plumbline.UnitRecord{Unit: plumbline.Unit{Name: rapid.String().Draw(t, "name")}}
		far := rapid.Custom(func(t *rapid.T) plumbline.When {
			w := anyWhen.Draw(t, "near")
			if rapid.Bool().Draw(t, "far") {
				w = plumbline.At(time.Date(rapid.IntRange(1900, 2200).Draw(t, "year"), 3, 4, 5, 6, 7, 0, time.UTC))
			}
			return w
		})
		for range rapid.IntRange(0, 6).Draw(t, "commands") {
			u.Commands = append(u.Commands, &plumbline.Command{Commander: rapid.StringN(0, 90, -1).Draw(t, "who"), From: far.Draw(t, "from"), Until: far.Draw(t, "until")})
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "trainings") {
			tr := &plumbline.Training{At: far.Draw(t, "at"), Officers: anyCount.Draw(t, "officers"), Passed: anyCount.Draw(t, "passed")}
			tr.ID = plumbline.ID(fmt.Sprint(i))
			u.Trainings = append(u.Trainings, tr)
			u.Transfers = append(u.Transfers, &plumbline.Transfer{At: far.Draw(t, "lost"), Officers: anyCount.Draw(t, "gone"), Trained: anyCount.Draw(t, "trained"), Training: tr.ID})
		}
		var ops []unitPoint
		small := rapid.IntRange(0, 500)
		for range rapid.IntRange(0, 20).Draw(t, "ops") {
			ops = append(ops, unitPoint{far.Draw(t, "when"), small.Draw(t, "k"), small.Draw(t, "b"), small.Draw(t, "u"), "x"})
		}
		for _, sp := range []*tongue{en, ar} {
			checkPicture(t, "unit", unitPicture(sp, u, ops, pictureNow))
		}
		found := 0
		for _, p := range periodsOf(en, u, ops) {
			found += len(p.ops)
		}
		if found != len(ops) {
			t.Errorf("%d operations stand in the periods, want %d", found, len(ops))
		}
	})
}
