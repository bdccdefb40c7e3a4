package store

import (
	"reflect"
	"testing"

	"plumbline"
)

// Every field of a tally is kept, also one that is added later.
func TestTallyIsKeptWhole(t *testing.T) {
	for i := range reflect.TypeFor[plumbline.Tally]().NumField() {
		var want, got plumbline.Tally
		f := reflect.ValueOf(&want).Elem().Field(i)
		switch f.Interface().(type) {
		case plumbline.Count:
			f.Set(reflect.ValueOf(plumbline.Between(3, 7)))
		case int:
			f.SetInt(12)
		case plumbline.Answer:
			f.SetString("yes")
		default:
			t.Fatalf("a field of type %v", f.Type())
		}
		if err := parseTally(tallyText(want), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", reflect.TypeFor[plumbline.Tally]().Field(i).Name, got, err, want)
		}
	}
	for _, text := range []string{"", "|", "x||||||||||0|0|", "||||||||||x|0|", "||||||||||0|0||"} {
		if err := parseTally(text, new(plumbline.Tally)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
