package web

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"plumbline/estimate"
	"plumbline/internal/locale"
	"plumbline/internal/measure"
)

// Every warning that the engine can write has words in every language: its
// English text is the one of the catalogue, blanks and all.
func TestEveryDoubtHasWords(t *testing.T) {
	written := regexp.MustCompile(`(?s)(?:Warn|note)\("([a-z0-9_-]+)",\s*("(?:[^"\\]|\\.)*")`)
	found := map[string]bool{}
	err := filepath.WalkDir(filepath.Join("..", "..", "estimate"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range written.FindAllStringSubmatch(string(source), -1) {
			var form string
			if err := json.Unmarshal([]byte(m[2]), &form); err != nil {
				t.Errorf("%s: %s: %v", path, m[2], err)
			}
			key, ok := doubtForms()[curly(estimate.Warning{Form: form}.Blanks())]
			if !ok {
				t.Errorf("%s: the catalogue has no words for the warning %s: %s", path, m[1], form)
			}
			found[key] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range doubtKeys {
		if !found["measure.doubt."+name] {
			t.Errorf("no warning of the engine is measure.doubt.%s", name)
		}
	}
}

func TestDoubts(t *testing.T) {
	r := estimate.NewResult("x", 0.95)
	r.Warn("few-points", "Points without event %s: %d; with it: %d. A handful of points carries no trend.", "raids", 4, 30)
	r.AddWarning(estimate.NewWarning("missing-values", "Values are missing at %d of %d times. That is not zero, and the model passes over them.", 2, 48).Of("north"))
	r.Warn("new", "Something that nobody has put into %s.", "Spanish")
	sheet := measure.Sheet{}
	for _, w := range r.Warnings {
		sheet.Warnings, sheet.Doubts = append(sheet.Warnings, w.Text), append(sheet.Doubts, measure.Doubt{Form: w.Blanks(), Args: w.Args, About: w.About})
	}
	spanish, _ := locale.For("es")
	want := []doubt{
		{"Puntos sin el acontecimiento raids: 4; con él: 30. Un puñado de puntos no sostiene una tendencia.", false},
		{"north: Faltan valores en 2 de 48 momentos. Eso no es cero, y el modelo los pasa por alto.", false},
		{"Something that nobody has put into Spanish.", true},
	}
	if got := (&Page{Language: spanish}).Doubts(sheet); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	english := (&Page{Language: locale.Languages[0]}).Doubts(sheet)
	for i, w := range r.Warnings {
		if english[i].Text != w.Text {
			t.Errorf("in English %q, want %q", english[i].Text, w.Text)
		}
	}
	// A sheet of an earlier version has the texts alone.
	sheet.Doubts = nil
	if got := (&Page{Language: spanish}).Doubts(sheet); !got[0].English || got[0].Text != r.Warnings[0].Text {
		t.Errorf("without parts: %+v", got)
	}
}
