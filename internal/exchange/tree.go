package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"plumbline"
)

// A node is one value of a JSON document. Reading into a tree first, and into
// types second, lets every message name the full path of what is wrong.
type node struct {
	kind    byte // '{', '[', '"', '0', 't' for true and false, 'n' for null
	raw     []byte
	text    string
	members []member
	items   []*node
}

type member struct {
	name  string
	value *node
}

func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// readAll reads at most limit bytes, drops a byte-order mark, and refuses
// what is not text.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, plumbline.Invalid("", "problem.too_large", "Want", size(limit))
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		line, column := position(data, badByte(data))
		return nil, plumbline.Invalid("", "problem.not_utf8", "Line", line, "Column", column)
	}
	return data, nil
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d B", n)
}

func badByte(data []byte) int {
	at := 0
	for at < len(data) {
		r, width := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && width == 1 {
			return at
		}
		at += width
	}
	return at
}

// position returns the line and the column, in characters, of a byte; both
// begin at 1.
func position(data []byte, at int) (line, column int) {
	before := data[:min(at, len(data))]
	line = 1 + bytes.Count(before, []byte{'\n'})
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// parse returns the document as a tree, or a Problem: an empty file, one that
// was cut short, or the place where it is not JSON.
func parse(data []byte) (*node, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, plumbline.Invalid("", "problem.empty_file")
	}
	var whole json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&whole); err != nil {
		return nil, syntaxProblem(data, err)
	}
	if rest := bytes.TrimLeft(data[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		line, column := position(data, len(data)-len(rest))
		return nil, plumbline.Invalid("", "problem.after_end", "Line", line, "Column", column)
	}
	p := &treeParser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	return p.value()
}

func syntaxProblem(data []byte, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return plumbline.Invalid("", "problem.truncated")
	}
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		line, column := position(data, int(at.Offset)-1)
		return plumbline.Invalid("", "problem.not_json", "Line", line, "Column", column, "What", at.Error())
	}
	return fmt.Errorf("parse operations: %w", err)
}

// maxNodes bounds the values of one document: thirty megabytes of "[],[]," would
// otherwise take a gigabyte as a tree. Records as they are written have less
// than one value in twenty bytes.
const maxNodes = 2_000_000

// A treeParser builds the tree of a document that is known to be sound JSON.
type treeParser struct {
	data  []byte
	dec   *json.Decoder
	nodes int
}

func (p *treeParser) value() (*node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, plumbline.Invalid("", "problem.too_many", "Want", maxNodes)
	}
	start := p.dec.InputOffset()
	tok, err := p.dec.Token()
	if err != nil {
		return nil, syntaxProblem(p.data, err)
	}
	n := &node{}
	switch t := tok.(type) {
	case json.Delim:
		n.kind = byte(t)
		err = p.inside(n)
	case string:
		n.kind, n.text = '"', t
	case json.Number:
		n.kind = '0'
	case bool:
		n.kind = 't'
	case nil:
		n.kind = 'n'
	}
	n.raw = bytes.TrimLeft(p.data[start:p.dec.InputOffset()], " \t\r\n:,")
	return n, err
}

func (p *treeParser) inside(n *node) error {
	for p.dec.More() {
		var name string
		if n.kind == '{' {
			tok, err := p.dec.Token()
			if err != nil {
				return syntaxProblem(p.data, err)
			}
			name = tok.(string)
		}
		v, err := p.value()
		if err != nil {
			return err
		}
		if n.kind == '{' {
			n.members = append(n.members, member{name, v})
		} else {
			n.items = append(n.items, v)
		}
	}
	_, err := p.dec.Token()
	return err
}
