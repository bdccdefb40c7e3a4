package estimate

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Title is what stands over a picture of the result: what was measured and
// among whom in the words of whoever asked, or what otherwise.
func (r Result) Title(otherwise string) string {
	title := cmp.Or(r.Definition, otherwise)
	if r.Definition != "" {
		first, size := utf8.DecodeRuneInString(title)
		title = string(unicode.ToUpper(first)) + title[size:]
	}
	if r.Population != "" {
		title += ", " + r.Population
	}
	return title
}

// Caption is what stands under a picture: the sentence and the first doubts,
// since a picture travels without the text.
func (r Result) Caption() string {
	const most = 3
	var said []string
	if r.Sentence != "" {
		said = append(said, r.Sentence)
	}
	for i, d := range r.Warnings {
		if i == most {
			said = append(said, fmt.Sprintf("Not all is said here: the result has %d warnings.", len(r.Warnings)))
			break
		}
		said = append(said, d.Text)
	}
	return strings.Join(said, " ")
}
