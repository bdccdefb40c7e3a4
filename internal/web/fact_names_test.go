package web

import (
	"testing"

	"plumbline/internal/locale"
	"plumbline/internal/store"
	"plumbline/protocol"
)

// Whatever a rule of a shipped protocol can miss has a name in every language.
func TestFactsHaveNames(t *testing.T) {
	all, err := protocol.Shipped(store.Vocabulary())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, name := range p.Facts() {
			for _, l := range locale.Languages {
				if !l.Has("fact." + name) {
					t.Errorf("%s asks for %s, which has no name in %s", p.Name, name, l.Name)
				}
			}
		}
	}
}
