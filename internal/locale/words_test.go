package locale

import (
	"os"
	"strings"
	"testing"
)

// The words of doc/words.md are those that the texts use.
func TestWords(t *testing.T) {
	list, err := os.ReadFile("../../doc/words.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	every(t, func(l *Language, key, form, text string) { texts[l.Tag] += strings.ToLower(text) + "\n" })
	found := 0
	for line := range strings.Lines(string(list)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.Contains(line, "---") || strings.TrimSpace(cells[1]) == "English" {
			continue
		}
		found++
		for tag, cell := range map[string]string{"es": cells[2], "ar": cells[3]} {
			if word := strings.ToLower(strings.TrimSpace(cell)); word == "" || !strings.Contains(texts[tag], word) {
				t.Errorf("no text in %s has %q, the word for %s", tag, word, strings.TrimSpace(cells[1]))
			}
		}
	}
	if found < 30 {
		t.Errorf("found only %d words", found)
	}
}
