package protocol

import (
	"embed"
	"fmt"
)

//go:embed data/*.json
var data embed.FS

// shipped names the files in the order in which they are shown.
var shipped = []string{"rights-standards", "accompanied-operation", "local-template"}

// Shipped returns the protocols that come with the program: what international
// standards and practice guides ask of an operation, the practice of the
// accompanied operation, and a template to copy. ORIGIN.md in the folder of
// the data says where their rules come from. It returns an error when the
// vocabulary lacks a fact that they ask for.
func Shipped(vocabulary Vocabulary) ([]*Protocol, error) {
	all := make([]*Protocol, len(shipped))
	for i, name := range shipped {
		text, err := Source(name)
		if err != nil {
			return nil, err
		}
		if all[i], err = Parse(name+".json", text, vocabulary); err != nil {
			return nil, fmt.Errorf("shipped protocol: %w", err)
		}
	}
	return all, nil
}

// Source returns the file of a shipped protocol, to copy and change.
func Source(name string) ([]byte, error) {
	text, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("there is no protocol %q", name)
	}
	return text, nil
}
