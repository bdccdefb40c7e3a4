package exchange

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plumbline"
)

// A filler gives every field of every type a value, by reflection, so that a
// field added tomorrow is in the round trip without anybody thinking of it.
type filler struct {
	t   *testing.T
	n   int
	ids map[string]plumbline.ID // by kind, for references
}

var (
	fillWhens  = []string{"2003", "2003~", "2003/2004", "2003-05/..", "2003-05-23T21:30+07:00"}
	fillCounts = []string{"7", "7+", "~12", "7-12", "<=9"}
)

func (f *filler) fill(v reflect.Value, tag reflect.StructTag) {
	f.n++
	if words, ok := v.Interface().(interface{ Values() []string }); ok {
		list := words.Values()
		v.SetString(list[len(list)-1])
		return
	}
	switch {
	case v.Type() == typeWhen:
		w, err := plumbline.ParseWhen(fillWhens[f.n%len(fillWhens)])
		if err != nil {
			f.t.Fatal(err)
		}
		v.Set(reflect.ValueOf(w))
	case v.Type() == typeCount:
		c, err := plumbline.ParseCount(fillCounts[f.n%len(fillCounts)])
		if err != nil {
			f.t.Fatal(err)
		}
		v.Set(reflect.ValueOf(c))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), "")
	case v.Kind() == reflect.Struct:
		for _, fl := range fieldsOf(v) {
			f.fill(fl.value, fl.tag)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0), "")
		f.fill(v.Index(1), "")
	case v.Type() == reflect.TypeFor[plumbline.ID]():
		id := plumbline.ID(fmt.Sprintf("id-%d", f.n))
		if kind := tag.Get("ref"); kind != "" {
			id = f.ids[kind]
		}
		v.SetString(string(id))
	case v.Type() == reflect.TypeFor[plumbline.Amount]():
		v.SetString("1250000+")
	case v.Type() == reflect.TypeFor[plumbline.Currency]():
		v.SetString("XTS")
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("words “%d” <b> & \u2028 ☂", f.n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.Int:
		v.SetInt(int64(f.n))
	default:
		f.t.Fatalf("a field of kind %s", v.Kind())
	}
}

// full returns a file in which every field of every type says something.
func full(t *testing.T) *File {
	f := &filler{t: t, ids: map[string]plumbline.ID{"organisation": "org", "unit": "unit", "operation": "op", "presence": "p", "account": "acc", "training": "tr", "programme": "prog", "target": "target", "objection": "objection"}}
	file := new(File)
	f.fill(reflect.ValueOf(file).Elem(), "")
	file.Format = Format
	file.Organisations[0].ID = "org"
	file.Units = file.Units[:1]
	file.Units[0].Unit.ID = "unit"
	file.Units[0].Trainings[0].ID = "tr"
	file.Programmes = file.Programmes[:1]
	p := file.Programmes[0]
	p.Programme.ID, p.Targets[0].ID, p.Objections[0].ID = "prog", "target", "objection"
	file.Operations = file.Operations[:1]
	r := file.Operations[0]
	r.Operation.ID = "op"
	r.Operation.HeadCount = plumbline.AtLeast(3)
	for i := range r.Operation.SameEpisode {
		r.Operation.SameEpisode[i].Operation = "op"
	}
	r.Accounts[0].ID = "acc"
	whole, one := r.Presences[0], r.Presences[1]
	whole.ID, whole.PartOf, whole.Individual, whole.Count = "p", "", false, plumbline.AtLeast(3)
	one.Individual, one.Count = true, plumbline.Exactly(1)
	whole.Age, one.Age = "15-17", "20"
	return file
}

func TestNothingIsLost(t *testing.T) {
	file := full(t)
	written := canonical(t, file)
	got, err := Read(bytes.NewReader(written), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(file, got); diff != "" {
		t.Errorf("a round trip changed the file (-before +after):\n%s", diff)
	}
	if again := canonical(t, got); !bytes.Equal(written, again) {
		t.Error("two forms of one file")
	}
	if refs := file.Dangling(); len(refs) > 0 {
		t.Errorf("dangling: got %v, want none", refs)
	}
	everyField(t, reflect.ValueOf(file).Elem(), "")
}

// everyField checks that the filler left no field out.
func everyField(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch {
	case v.Type() == typeWhen || v.Type() == typeCount:
	case v.Kind() == reflect.Pointer:
		everyField(t, v.Elem(), path)
		return
	case v.Kind() == reflect.Struct:
		for _, f := range fieldsOf(v) {
			everyField(t, f.value, join(path, f.name))
		}
		return
	case v.Kind() == reflect.Slice && v.Len() > 0:
		everyField(t, v.Index(v.Len()-1), path+"[]")
		return
	}
	if v.IsZero() {
		t.Errorf("%s is empty; the round trip says nothing of it", path)
	}
}

// A mention of what the file does not hold is told with its path, wherever it
// stands.
func TestDangling(t *testing.T) {
	file := full(t)
	file.Organisations, file.Units, file.Programmes = nil, nil, nil
	file.Operations[0].Operation.SameEpisode[1].Operation = "elsewhere"
	want := map[string]bool{
		"operations[0].operation.unit":                      true,
		"operations[0].operation.same_episode[1].operation": true,
		"operations[0].agencies[0].organisation":            true,
		"operations[0].agencies[0].unit":                    true,
		"operations[0].attendance[0].organisation":          true,
		"operations[0].movements[1].by_unit":                true,
		"operations[0].accounts[1].organisation":            true,
		"operations[0].fundings[0].programme":               true,
	}
	for _, ref := range file.Dangling() {
		delete(want, ref.Path)
		if text := ref.Problem().Error(); text == ref.Path+": "+ref.Problem().Key {
			t.Errorf("%s has no words", ref.Problem().Key)
		}
	}
	for path := range want {
		t.Errorf("%s was not told", path)
	}
}

// What says nothing takes no room, and a file of nothing is a file.
func TestEmptyIsOmitted(t *testing.T) {
	file := &File{Format: Format, Operations: []*plumbline.Record{{Operation: plumbline.Operation{
		Head: plumbline.Head{ID: "op", Sources: []string{}}, Title: "x", Origin: "site"}}}}
	want := `{
  "format": "plumbline.operations/1",
  "operations": [
    {
      "operation": {
        "id": "op",
        "title": "x",
        "origin": "site"
      }
    }
  ]
}
`
	if got := string(canonical(t, file)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	back, err := Read(bytes.NewReader(canonical(t, file)), MaxFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(file, back, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if got, want := string(canonical(t, &File{})), "{\n  \"format\": \"plumbline.operations/1\"\n}\n"; got != want {
		t.Errorf("an empty file: got %s", got)
	}
}
