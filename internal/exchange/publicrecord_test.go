package exchange

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The committed file is in canonical form, so that what is exported can be
// compared with it byte by byte.
func TestPublicRecordIsCanonical(t *testing.T) {
	f, err := Read(bytes.NewReader(publicRecord), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	got := canonical(t, f)
	if *update {
		if err := os.WriteFile("publicrecord/operations.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, publicRecord) {
		t.Error("publicrecord/operations.json is not canonical; run go test ./internal/exchange -run Canonical -update")
	}
}

func TestPublicRecordNamesNothingUnknown(t *testing.T) {
	for _, ref := range PublicRecord().Dangling() {
		t.Error(ref.Problem())
	}
}

// Two callers do not share a record.
func TestPublicRecordIsACopy(t *testing.T) {
	PublicRecord().Operations[0].Operation.Title = "changed"
	if PublicRecord().Operations[0].Operation.Title == "changed" {
		t.Error("a change to one copy is in the next")
	}
}

// passage is a place in a document where no claim holds the words.
var passage = regexp.MustCompile(`^[NBGFD]:[A-Za-z0-9.]+$`)

// Every entry, tie and point rests on claims that exist, or names a passage.
func TestPublicRecordSources(t *testing.T) {
	claims := Claims()
	check := func(path string, sources []string) {
		if len(sources) == 0 {
			t.Errorf("%s: no source", path)
		}
		for _, s := range sources {
			if claims.Claim(s) == nil && !passage.MatchString(s) {
				t.Errorf("%s: %q is neither a claim nor a passage", path, s)
			}
		}
	}
	f := PublicRecord()
	for _, o := range f.Organisations {
		check(string(o.ID), o.Sources)
		for i, tie := range o.Ties {
			check(fmt.Sprintf("%s.ties[%d]", o.ID, i), tie.Sources)
		}
	}
	for _, u := range f.Units {
		for _, e := range u.Entries() {
			check(string(plumbline.HeadOf(e).ID), plumbline.HeadOf(e).Sources)
		}
	}
	for _, r := range f.Operations {
		for _, e := range r.Entries() {
			check(string(plumbline.HeadOf(e).ID), plumbline.HeadOf(e).Sources)
		}
		for _, a := range r.Accounts {
			for i, p := range a.Points {
				path := fmt.Sprintf("%s.points[%d]", a.ID, i)
				check(path, p.Sources)
				if p.Says == "" {
					t.Errorf("%s: says nothing in short, so it cannot stand beside another", path)
				}
				for _, s := range p.Sources {
					if !slices.Contains(a.Sources, s) {
						t.Errorf("%s: %s is not among the sources of the account", path, s)
					}
				}
			}
		}
		for _, s := range r.Operation.SameEpisode {
			if s.Claim != "" && claims.Claim(s.Claim) == nil {
				t.Errorf("%s: same episode as claim %s, which does not exist", r.Operation.ID, s.Claim)
			}
			if s.Why == "" {
				t.Errorf("%s: a link to the same episode without certainty or reason: %+v", r.Operation.ID, s)
			}
		}
		contradictions := Contradictions()
		for _, x := range r.Operation.Contradicts {
			if !slices.ContainsFunc(contradictions, func(c Contradiction) bool { return c.ID == x }) {
				t.Errorf("%s: contradiction %s does not exist", r.Operation.ID, x)
			}
		}
	}
}

// The record looks like what it is: neutral titles, coarse places, at least
// one account each, what is not told said openly, readable ids, and no total
// that nobody counted.
func TestPublicRecordIsPlain(t *testing.T) {
	loaded := regexp.MustCompile(`(?i)\b(raid|rescue|victim|brothel|slave|pimp)`)
	for _, r := range PublicRecord().Operations {
		o := r.Operation
		if loaded.MatchString(o.Title) {
			t.Errorf("%s: the title %q takes a side", o.ID, o.Title)
		}
		if o.Origin != "public_record" || len(r.Accounts) == 0 || len(o.NotTold) == 0 || o.Summary == "" {
			t.Errorf("%s: origin %q, %d accounts, %d things not told, summary %q", o.ID, o.Origin, len(r.Accounts), len(o.NotTold), o.Summary)
		}
		if o.HeadCount.Known() {
			t.Errorf("%s: a head count of %v; no document tells one", o.ID, o.HeadCount)
		}
		for _, e := range r.Entries() {
			if id := plumbline.HeadOf(e).ID; id != o.ID && !strings.HasPrefix(string(id), string(o.ID)+"-") {
				t.Errorf("%s: the id %s does not say where it belongs", o.ID, id)
			}
		}
		for _, m := range r.Movements {
			if m.ToldBy == "" {
				t.Errorf("%s: nobody tells it", m.ID)
			}
		}
		for _, d := range r.Decisions {
			if d.Definition == "" {
				t.Errorf("%s: no definition, and not said that it is not stated", d.ID)
			}
		}
	}
}

// leftOut holds every claim that is not in the record of operations, by the
// reason.
var leftOut = map[string]string{
	"a quarrel about what was asked, reported or said; nothing was done to anybody": `N01 N02 N03 N05 N30 N31 N32 N38 N43 G28 G29 G35 G38 G43 G44`,
	"another subject, a biography, or a part of the page":                           `N44 N45 N46 B34 G51 F19 D02 D26 D27 G54`,
	"a view of what works, is needed, or causes what; no event":                     `N04 N07 N29 N39 N40 B01 B02 B07 B08 B17 B28 B32 B39 B66 B68 B74 B75 B76 B77 B78 B79 B88 B89 F18 D08 D21 D22 D25 G02 G30 G32 G41 G42 G45 G52 G26 G27 G36 G40`,
	"a figure, a study or a survey, or a word on their worth":                       `N12 B42 B43 F10 F11 G03 G04 G10 G11 G12 G13 G14 G20 G21 G22 G25 G37`,
	"law, money, definitions, services":                                             `D23 D24 D28 G05 G06 G07 G08 G09 G15 G16 G17 G18 G19 G23 G24 G31 G46 G47 G48 G49 G50 G53 B67`,
	"one life before or outside any operation":                                      `N34 N35 G39`,
	"the state of a place, without an act towards anybody":                          `B09 B10 B14 B15`,
	"trial, conviction, pardon: after operations that are not told":                 `B16 B18 B19 B21`,
	"advice given before the work; its citation does not support it":                `B36`,
	"says of reports only that there are many; the case of 1994 itself is not told": `B35`,
}

// Every claim is either in the record or left out for a reason.
func TestEveryClaimIsUsedOrLeftOut(t *testing.T) {
	used := map[string]bool{}
	mention := regexp.MustCompile(`C-[NBGFD]\d\d`)
	for _, id := range mention.FindAllString(string(publicRecord), -1) {
		used[id] = true
	}
	claims, out := Claims(), map[string]bool{}
	for reason, list := range leftOut {
		for id := range strings.FieldsSeq(list) {
			id = "C-" + id
			switch {
			case claims.Claim(id) == nil:
				t.Errorf("%s is left out and does not exist", id)
			case used[id]:
				t.Errorf("%s is in the record, and left out: %s", id, reason)
			case out[id]:
				t.Errorf("%s is left out twice", id)
			}
			out[id] = true
		}
	}
	for _, c := range claims.Claims {
		if !used[c.ID] && !out[c.ID] {
			t.Errorf("%s is neither in the record nor left out: %s", c.ID, c.Text)
		}
	}
}

// These claims tell of what was done to people in operations. None may slip
// out of the record unnoticed.
func TestClaimsOfEventsAreUsed(t *testing.T) {
	used := map[string]bool{}
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				visit(v.Elem())
			}
		case reflect.Struct:
			if v.Type() != typeWhen && v.Type() != typeCount {
				for _, f := range fieldsOf(v) {
					if f.name == "sources" {
						for i := range f.value.Len() {
							used[f.value.Index(i).String()] = true
						}
						continue
					}
					visit(f.value)
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				visit(v.Index(i))
			}
		}
	}
	for _, r := range PublicRecord().Operations {
		visit(reflect.ValueOf(r))
	}
	for id := range strings.FieldsSeq(`N13 N14 N15 N16 N17 N18 N19 N20 N21 N22 N23 N24 N25 N26 N27 N28 N36 N37 N42 N47
		B03 B04 B05 B11 B12 B13 B22 B23 B24 B25 B26 B29 B30 B37 B38 B45 B46 B47 B48 B49 B50 B54 B55 B56 B58 B60 B61 B62 B63 B64 B69 B72 B81 B82 B86 B87
		G01 G33 G34 F05 F06 F07 F08 F09 F12 F13 F14 F15 F16 F17 F20 D04 D05 D06 D07 D10 D11 D12 D15 D16 D19 D20`) {
		if !used["C-"+id] {
			t.Errorf("C-%s tells of an event and is in no operation", id)
		}
	}
}

// Worked out by hand: who is where at each checkpoint, with bounds as they
// are typed, "?" for a telling that no date places, and what is certainly
// unaccounted for behind the slash. A removal ("escorted") holds a day, an
// arrest three, a placement thirty; nothing after that without a new word.
func TestPublicRecordBalances(t *testing.T) {
	checkpoints := append(slices.Clone(plumbline.Checkpoints), plumbline.Checkpoint{Name: "now"})
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	want := map[plumbline.ID]struct {
		met      string
		balances [7]string // 0h, 24h, 72h, 30d, 90d, 1y, now
	}{
		"phnom-penh-2002": {"2+", [7]string{
			"at_scene 2+ / ",
			"arrested?, returned_to_venue? 2+ / ",
			"arrested?, returned_to_venue? 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"svay-pak-2003": {"2+", [7]string{
			"at_scene 2+ / ",
			"escorted? 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"chiang-mai-2003": {"9+", [7]string{
			"at_scene 9+ / ",
			"escorted? 7, removed_from_country? 2+ / ",
			"removed_from_country? 2+ / 7+",
			"removed_from_country? 2+ / 7+",
			"removed_from_country? 2+ / 7+",
			"removed_from_country 2+ / 7+",
			"removed_from_country 2+ / 7+",
		}},
		"siem-reap-2009": {"14+", [7]string{
			"at_scene 14 / ",
			"arrested 1, arrested? 1, placed? 12 / ",
			"arrested 2, placed? 12 / ",
			"placed 12 / 2+",
			" / 14+",
			" / 14+",
			" / 14+",
		}},
		"cambodia-sweeps-2010": {"2+", [7]string{
			"at_scene 2+ / ",
			"released? 2+ / ",
			"released? 2+ / ",
			"released? 2+ / ",
			"released? 2+ / ",
			"released 2+ / ",
			"released 2+ / ",
		}},
		"cambodia-unit-2010": {"38+", [7]string{
			"at_scene 38 / ",
			"escorted? 21, arrested? 17 / ",
			"arrested? 17 / 21+",
			" / 38+",
			" / 38+",
			" / 38+",
			" / 38+",
		}},
		"cambodia-unit-2003-2012": {"6+", [7]string{
			"at_scene 6+ / ",
			"escorted? 2+, arrested? 2+ / 2+",
			"arrested? 2+ / 4+",
			" / 6+",
			" / 6+",
			" / 6+",
			" / 6+",
		}},
		"cebu-2007-2010": {"312+", [7]string{
			"at_scene 312 / ",
			"escorted? 0-223, arrested? 87, helped? 2-225 / ",
			"arrested? 87, helped? 2-225 / ",
			"helped? 2-225 / 87+",
			" / 312+",
			" / 312+",
			" / 312+",
		}},
		"cebu-shakedowns-2007-2010": {"2+", [7]string{
			"at_scene 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"philippines-2006": {"1+", [7]string{
			"at_scene 1 / ",
			"placed? 1 / ",
			"placed? 1 / ",
			"placed? 1 / ",
			" / 1+",
			" / 1+",
			" / 1+",
		}},
		"southern-africa-to-2009": {"2+", [7]string{
			"at_scene 2+ / ",
			"arrested? 2+ / ",
			"arrested? 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"united-states-raids-to-2012": {"2+", [7]string{
			"at_scene 2+ / ",
			"questioned?, arrested? 2+ / ",
			"arrested? 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"united-states-vice-raids-2012": {"2+", [7]string{
			"at_scene 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"united-states-interviewed-women": {"15+", [7]string{
			"at_scene 15 / ",
			"arrested? 2-15 / ",
			"arrested? 2-15 / ",
			" / 15+",
			" / 15+",
			" / 15+",
			" / 15+",
		}},
		"nevada-to-2007": {"2+", [7]string{
			"at_scene 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"united-states-korean-workers-to-2007": {"2+", [7]string{
			"at_scene 2+ / ",
			"arrested?, removed_from_country? 2+ / ",
			"arrested?, removed_from_country? 2+ / ",
			"removed_from_country? 2+ / ",
			"removed_from_country? 2+ / ",
			"removed_from_country? 2+ / ",
			"removed_from_country? 2+ / ",
		}},
		"south-korea-mass-arrests-to-2007": {"2+", [7]string{
			"at_scene 2+ / ",
			"arrested? 2+ / ",
			"arrested? 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"private-raids-to-2012": {"", [7]string{
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
		}},
		"kolkata-blocked-removals-to-2012": {"2+", [7]string{
			"at_scene 2+ / ",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
			" / 2+",
		}},
		"asia-casework-to-2009": {"1502+", [7]string{
			"at_scene 1502+ / ",
			"arrested? 501+, placed? 1001+ / ",
			"arrested? 501+, placed? 1001+ / ",
			"placed? 1001+ / 501+",
			" / 1502+",
			" / 1502+",
			" / 1502+",
		}},
		"worldwide-casework-to-2016": {"5881+", [7]string{
			"at_scene 5881+ / ",
			" / 5881+",
			" / 5881+",
			" / 5881+",
			" / 5881+",
			" / 5881+",
			" / 5881+",
		}},
		"raids-without-place-removals": {"6+", [7]string{
			"at_scene 6+ / ",
			"placed? 2+, removed_from_country? 2+, left_by_choice? 2+ / ",
			"placed? 2+, removed_from_country? 2+, left_by_choice? 2+ / ",
			"placed? 2+, removed_from_country? 2+, left_by_choice? 2+ / ",
			"removed_from_country? 2+, left_by_choice? 2+ / 2+",
			"removed_from_country? 2+, left_by_choice? 2+ / 2+",
			"removed_from_country? 2+, left_by_choice? 2+ / 2+",
		}},
		"raids-without-place-health": {"", [7]string{
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
			" / ",
		}},
	}
	for _, r := range PublicRecord().Operations {
		id := r.Operation.ID
		w, ok := want[id]
		if !ok {
			t.Errorf("%s: not worked out by hand", id)
		}
		if got := r.Met().Text(); got != w.met {
			t.Errorf("%s: met %q, want %q", id, got, w.met)
		}
		for i, at := range checkpoints {
			if at.Name == "now" {
				at = r.Now(now)
			}
			b := r.Balance(at)
			var states []string
			for _, s := range b.States {
				text := string(s.State) + " " + s.Count.Text()
				if s.Undated {
					text = string(s.State) + "? " + s.Count.Text()
				}
				states = append(states, strings.TrimSpace(text))
			}
			got := strings.Join(states, ", ") + " / " + b.Unaccounted.Text()
			if got != w.balances[i] {
				t.Errorf("%s after %s: got %q, want %q", id, at.Name, got, w.balances[i])
			}
			if b.Balanced() == plumbline.No {
				t.Errorf("%s after %s: more people have states than were met", id, at.Name)
			}
		}
		delete(want, id)
	}
	for id := range want {
		t.Errorf("%s is worked out and is not in the record", id)
	}
}

// The kind is computed from what is told; for most operations it cannot be.
func TestPublicRecordKinds(t *testing.T) {
	want := map[plumbline.ID]plumbline.OperationKind{
		"chiang-mai-2003":               plumbline.TargetedRemoval, // the venue was named, seven children were taken out
		"siem-reap-2009":                plumbline.TargetedRemoval,
		"cambodia-sweeps-2010":          plumbline.Shakedown, // people were held until somebody paid
		"united-states-raids-to-2012":   plumbline.Raid,      // everyone present is taken in
		"united-states-vice-raids-2012": plumbline.ViceRaid,
	}
	for _, r := range PublicRecord().Operations {
		id := r.Operation.ID
		expect, told := want[id]
		if !told {
			expect = plumbline.Undetermined
		}
		if k := r.Kind(); k.Kind != expect {
			t.Errorf("%s: kind %s, because %v, missing %v; want %s", id, k.Kind, k.Because, k.Missing, expect)
		}
		warrant := plumbline.Unknown
		if id == "siem-reap-2009" {
			warrant = plumbline.Yes
		}
		if k := r.Kind(); k.Warrant != warrant {
			t.Errorf("%s: warrant %q, want %q", id, k.Warrant, warrant)
		}
		if a := r.Accompanied(); a != plumbline.Unknown {
			t.Errorf("%s: accompanied %q; no document tells it", id, a)
		}
	}
}

// No child of the public record can be followed from hand to hand to the end.
func TestPublicRecordCustodyIsBroken(t *testing.T) {
	chains := 0
	for _, r := range PublicRecord().Operations {
		for _, p := range r.Children() {
			chains++
			if c := r.Custody(p, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)); !c.Broken() {
				t.Errorf("%s: the chain of %s is whole; who told that?", r.Operation.ID, p.ID)
			}
		}
	}
	if chains < 7 {
		t.Errorf("children: %d groups, want at least 7", chains)
	}
}

// Accounts that differ on a topic must be seen to differ, and those that
// agree to agree.
func TestPublicRecordAccountsDiffer(t *testing.T) {
	for _, tc := range []struct {
		operation plumbline.ID
		topic     plumbline.Topic
		says      int // how many different things are said
	}{
		{"phnom-penh-2002", "arrests", 1}, // one report, repeated without dispute
		{"phnom-penh-2002", "treatment", 1},
		{"cambodia-sweeps-2010", "treatment", 1},
		{"cebu-2007-2010", "treatment", 1},
		{"cebu-2007-2010", "result", 1},
		{"svay-pak-2003", "health_access", 2},
		{"svay-pak-2003", "aftermath", 2},
		{"chiang-mai-2003", "who_acted", 2},
		{"siem-reap-2009", "who_began", 2},
		{"siem-reap-2009", "who_acted", 2},
		{"cambodia-unit-2003-2012", "treatment", 2},
		{"cebu-shakedowns-2007-2010", "treatment", 2},
		{"philippines-2006", "who_acted", 2},
		{"kolkata-blocked-removals-to-2012", "children", 2},
		{"raids-without-place-removals", "placement", 3},
		{"raids-without-place-health", "health_access", 2},
		{"worldwide-casework-to-2016", "who_acted", 2},
	} {
		said := map[string]bool{}
		for _, r := range PublicRecord().Operations {
			if r.Operation.ID != tc.operation {
				continue
			}
			for _, a := range r.Accounts {
				for _, p := range a.Points {
					if p.Topic == tc.topic {
						said[p.Says] = true
					}
				}
			}
		}
		if len(said) != tc.says {
			t.Errorf("%s: on %s %d different things are said, want %d: %v", tc.operation, tc.topic, len(said), tc.says, said)
		}
	}
}
