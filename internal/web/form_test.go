//go:build unix

package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/locale"
	"plumbline/internal/rig"
)

// formOf renders the form of an entry and returns what a browser would send.
func formOf(t testing.TB, s *Server, l *locale.Language, e plumbline.Entry, refs []plumbline.Ref) url.Values {
	t.Helper()
	kind := plumbline.KindOf(e)
	p := s.page(nil, l, plumbline.Actor{}, "form.add", "What", string(kind))
	options := func(kind plumbline.Kind) []option {
		list := []option{{}}
		for _, r := range refs {
			list = append(list, option{Value: string(r.ID), Label: "that"})
		}
		return list
	}
	m := &formMaker{p: p, kind: string(kind), refs: options, spare: 1}
	f := &form{Page: p, Kind: string(kind), Controls: m.controls(reflect.ValueOf(e).Elem(), "")}
	var b bytes.Buffer
	if err := s.templates.ExecuteTemplate(&b, "form.html", f); err != nil {
		t.Fatal(err)
	}
	values := (&answer{t: t, page: parsePage(t, b.String())}).form()
	for _, list := range values {
		for i, v := range list { // as browsers end lines
			list[i] = strings.ReplaceAll(v, "\n", "\r\n")
		}
	}
	return values
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Whatever the record can hold, its form can hold: opening a form and sending
// it as it is changes nothing.
func TestFormsLoseNothing(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	entries := map[plumbline.Kind][]plumbline.Entry{}
	take := func(list ...plumbline.Entry) {
		for _, e := range list {
			entries[plumbline.KindOf(e)] = append(entries[plumbline.KindOf(e)], e)
		}
	}
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	orgs, units, ops := rig.Coalition(now, 1)
	public := exchange.PublicRecord()
	for _, o := range append(orgs, public.Organisations...) {
		take(o)
	}
	for _, u := range append(units, public.Units...) {
		take(u.Entries()...)
	}
	for _, r := range append(ops, public.Operations...) {
		take(r.Entries()...)
	}
	for _, kind := range allKinds() {
		full := plumbline.NewEntry(kind)
		fillEntry(t, reflect.ValueOf(full).Elem(), "")
		take(full)
	}
	for kind, list := range entries {
		t.Run(string(kind), func(t *testing.T) {
			for i, e := range list {
				l := locale.Languages[i%len(locale.Languages)]
				got := plumbline.NewEntry(kind)
				if err := copyEntry(got, e); err != nil {
					t.Fatal(err)
				}
				if ps := readForm(formOf(t, s, l, e, plumbline.Refs(e)), reflect.ValueOf(got).Elem(), ""); len(ps) > 0 {
					t.Errorf("%s: %v", plumbline.HeadOf(e).ID, ps)
				}
				if got, want := asJSON(t, got), asJSON(t, e); got != want {
					t.Errorf("%s: %s", plumbline.HeadOf(e).ID, firstDifference(want, got))
				}
			}
		})
	}
}

func allKinds() (kinds []plumbline.Kind) {
	for _, subject := range plumbline.Subjects() {
		kinds = append(kinds, plumbline.Kinds(subject)...)
	}
	// The data and the runs of a study have pages of their own.
	return slices.DeleteFunc(kinds, func(k plumbline.Kind) bool { return k == plumbline.KindStudyData || k == plumbline.KindStudyRun })
}

// fillEntry gives every field of an entry a value that is hard to keep.
func fillEntry(t testing.TB, v reflect.Value, name string) {
	t.Helper()
	switch {
	case v.Type() == typeWhen:
		v.Set(reflect.ValueOf(when(t, []string{"2026-03-04T05:06+07:00~", "2026-02/2026-03", "1999~", "2026-12-31"}[len(name)%4])))
	case v.Type() == typeCount:
		v.Set(reflect.ValueOf([]plumbline.Count{plumbline.Exactly(0), plumbline.AtLeast(7), plumbline.About(12), plumbline.Between(3, 9)}[len(name)%4]))
	case isWord(v):
		words := v.Interface().(interface{ Values() []string }).Values()
		v.SetString(words[len(words)-1])
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := plumbline.FieldName(v.Type().Field(i)); f != "id" {
				fillEntry(t, v.Field(i), f)
			}
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fillEntry(t, v.Index(i), strings.Repeat("x", i+len(name)))
		}
		if v.Len() == 2 && isWord(v.Index(0)) {
			words := v.Index(0).Interface().(interface{ Values() []string }).Values()
			v.Index(0).SetString(words[0])
		}
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Int:
		v.SetInt(int64(10 + len(name)))
	case v.Type() == typeText:
		v.SetString("Two lines,\nthe second with “quotes”, <b>&amp; a tab\tand عربي.")
	default:
		v.SetString("One line <i>&amp;</i> \"with\" 'quotes' + 50% of ñandú, عربي " + name)
	}
}

// A row that was left empty above one that was filled costs neither its text
// nor the place of its message.
func TestRowsKeepTheirPlace(t *testing.T) {
	typed := url.Values{
		"points[0].topic": {""}, "points[0].text": {"  "},
		"points[1].topic": {""}, "points[1].text": {""},
		"points[2].topic": {"warning"}, "points[2].text": {"Kept"}, "points[2].sources": {"A\r\nB"},
	}
	a := new(plumbline.Account)
	if ps := readForm(typed, reflect.ValueOf(a).Elem(), ""); len(ps) > 0 {
		t.Fatal(ps)
	}
	if len(a.Points) != 1 || a.Points[0].Text != "Kept" || len(a.Points[0].Sources) != 2 {
		t.Errorf("got %+v", a.Points)
	}
	if got := typed.Get("points[0].text"); got != "Kept" {
		t.Errorf("the form would show %q in the first row", got)
	}
	if typed.Has("points[2].text") || typed.Has("points[1].text") {
		t.Errorf("rows stay behind: %v", typed)
	}

	d := new(plumbline.Debrief)
	typed = url.Values{"actions[0].what": {""}, "actions[1].what": {"Buy a kit"}, "actions[1].due.year": {"soon"}}
	ps := readForm(typed, reflect.ValueOf(d).Elem(), "")
	if len(ps) != 1 || ps[0].Field != "actions[0].due" {
		t.Errorf("got %v, want one problem of actions[0].due", ps)
	}
}

func TestReadFormKeepsHiddenFields(t *testing.T) {
	op := &plumbline.Operation{Head: plumbline.Head{ID: "op"}, Origin: "fictional", SameEpisode: []plumbline.SameAs{{Operation: "other", Certainty: "same"}}}
	readForm(url.Values{"id": {"stolen"}, "origin": {"public_record"}, "title": {"New"}, "same_episode[0].operation": {"x"}}, reflect.ValueOf(op).Elem(), "")
	if op.ID != "op" || op.Origin != "fictional" || len(op.SameEpisode) != 1 || op.SameEpisode[0].Operation != "other" || op.Title != "New" {
		t.Errorf("got %+v", op)
	}
}

func TestWhenRoundTrip(t *testing.T) {
	for _, text := range []string{"", "2003", "2003~", "2003-05", "2003-05-23", "2003-05-23~", "2003-05-23T21:30Z", "2003-05-23T21:30+07:00", "2003-05-23T21:30-03:30~", "2003/2004-05", "../2003", "2003-05-23/.."} {
		w, err := plumbline.ParseWhen(text)
		if err != nil {
			continue // not a form that the record takes
		}
		p := splitWhen(w)
		typed := url.Values{"at.day": {p.Day}, "at.month": {p.Month}, "at.year": {p.Year}, "at.time": {p.Time}, "at.zone": {p.Zone}, "at.raw": {p.Raw}}
		if p.About {
			typed.Set("at.about", "1")
		}
		if got, err := joinWhen(typed, "at"); err != nil || got.String() != w.String() {
			t.Errorf("%q came back as %q, %v", w, got, err)
		}
	}
	for _, bad := range []url.Values{
		{"at.day": {"3"}, "at.year": {"2003"}}, {"at.month": {"05"}}, {"at.time": {"21:30"}, "at.year": {"2003"}, "at.month": {"05"}},
		{"at.year": {"2003"}, "at.month": {"02"}, "at.day": {"30"}}, {"at.year": {"99999"}}, {"at.raw": {"whenever"}}, {"at.year": {"2003"}, "at.month": {"13"}},
	} {
		if w, err := joinWhen(bad, "at"); err == nil {
			t.Errorf("%v was read as %q", bad, w)
		}
	}
	arabic := url.Values{"at.day": {"٣"}, "at.month": {"05"}, "at.year": {"٢٠٠٣"}, "at.time": {"٢١:٣٠"}}
	if w, err := joinWhen(arabic, "at"); err != nil || w.String() != "2003-05-03T21:30Z" {
		t.Errorf("Arabic digits: %q, %v", w, err)
	}
}

// Nothing that can be sent makes reading a form fail, and what was read once
// is read again from its own form.
func FuzzReadForm(f *testing.F) {
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	kinds := allKinds()
	for i, kind := range kinds {
		e := plumbline.NewEntry(kind)
		fillEntry(f, reflect.ValueOf(e).Elem(), "")
		f.Add(uint8(i), formOf(f, s, locale.Languages[0], e, plumbline.Refs(e)).Encode())
	}
	f.Add(uint8(0), "points[0].text=a&points[2].text=b&from.year=%00&count=%FF&points[0].sources[0].x=1")
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		typed, err := url.ParseQuery(body)
		if err != nil || len(body) > 1<<16 {
			return
		}
		kind := kinds[int(n)%len(kinds)]
		once := plumbline.NewEntry(kind)
		if ps := readForm(typed, reflect.ValueOf(once).Elem(), ""); len(ps) > 0 {
			return
		}
		if !sane(reflect.ValueOf(once).Elem()) {
			return // the record would refuse it
		}
		again := plumbline.NewEntry(kind)
		if ps := readForm(formOf(t, s, locale.Languages[0], once, plumbline.Refs(once)), reflect.ValueOf(again).Elem(), ""); len(ps) > 0 {
			t.Fatalf("its own form cannot be read: %v", ps)
		}
		if got, want := asJSON(t, again), asJSON(t, once); got != want {
			t.Fatal(firstDifference(want, got))
		}
	})
}

// sane reports whether words are from their lists and texts are printable.
func sane(v reflect.Value) bool {
	switch {
	case v.Type() == typeWhen || v.Type() == typeCount:
	case isWord(v):
		return v.String() == "" || slices.Contains(v.Interface().(interface{ Values() []string }).Values(), v.String())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !sane(v.Field(i)) {
				return false
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if !sane(v.Index(i)) {
				return false
			}
		}
	case v.Kind() == reflect.String:
		return utf8.ValidString(v.String()) && !strings.ContainsFunc(v.String(), func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' })
	}
	return true
}
