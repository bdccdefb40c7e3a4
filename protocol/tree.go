package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// A value is one JSON value with the line it stands in. It is read here, and
// not into structs, because encoding/json takes the last of two fields with
// one name and takes "ID" for "id": in a standard of care a second "require"
// that wins unseen is a changed rule.
type value struct {
	line    int
	kind    byte   // { [ " 0 t f n
	text    string // of " and 0
	members []member
	items   []*value
}

type member struct {
	name  string
	value *value
}

// maxDepth is how deep a file may nest (ours needs five), maxMembers how many
// fields one object may have.
const (
	maxDepth   = 8
	maxMembers = 200
)

// readTree reads one JSON value and nothing after it. Its errors are *Error
// with the line.
func readTree(data []byte) (*value, error) {
	if len(data) > MaxFile {
		return nil, &Error{Line: 1, Problem: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxFile)}
	}
	if i := invalidUTF8(data); i >= 0 {
		return nil, &Error{Line: 1 + bytes.Count(data[:i], []byte("\n")), Problem: "this is not UTF-8 text; save the file as UTF-8"}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	t := &treeReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	t.dec.UseNumber()
	root, err := t.read(0)
	if err != nil {
		return nil, err
	}
	if _, err := t.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Line: t.line(), Problem: "something follows the end of the protocol"}
	}
	return root, nil
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

type treeReader struct {
	data    []byte
	dec     *json.Decoder
	counted int // bytes whose lines are counted
	lines   int
}

// line returns the line in which the last token ended.
func (t *treeReader) line() int {
	offset := min(int(t.dec.InputOffset()), len(t.data))
	t.lines += bytes.Count(t.data[t.counted:offset], []byte("\n"))
	t.counted = offset
	return t.lines + 1
}

func (t *treeReader) token() (json.Token, error) {
	token, err := t.dec.Token()
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Error{Line: 1 + bytes.Count(t.data, []byte("\n")), Problem: "the file ends in the middle; it was cut short, or a } or ] is missing"}
	case errors.As(err, &syntax):
		at := max(0, min(int(syntax.Offset), len(t.data)))
		return nil, &Error{Line: 1 + bytes.Count(t.data[:at], []byte("\n")), Problem: "this is not JSON: " + syntax.Error()}
	}
	return nil, &Error{Line: t.line(), Problem: "this is not JSON: " + err.Error()}
}

func (t *treeReader) read(depth int) (*value, error) {
	token, err := t.token()
	if err != nil {
		return nil, err
	}
	n := &value{line: t.line()}
	if depth > maxDepth {
		return nil, &Error{Line: n.line, Problem: "this is nested too deep for a protocol"}
	}
	switch v := token.(type) {
	case json.Delim:
		n.kind = byte(v)
		if v == '{' {
			return n, t.object(n, depth)
		}
		return n, t.array(n, depth)
	case string:
		n.kind, n.text = '"', v
	case json.Number:
		n.kind, n.text = '0', v.String()
	case bool:
		n.kind = map[bool]byte{true: 't', false: 'f'}[v]
	default:
		n.kind = 'n'
	}
	return n, nil
}

func (t *treeReader) object(n *value, depth int) error {
	for t.dec.More() {
		name, err := t.token()
		if err != nil {
			return err
		}
		key, _ := name.(string)
		if len(n.members) == maxMembers {
			return &Error{Line: t.line(), Problem: fmt.Sprintf("one object has more than %d fields", maxMembers)}
		}
		if n.get(key) != nil {
			return &Error{Line: t.line(), Field: key, Problem: "this field stands twice in one object"}
		}
		value, err := t.read(depth + 1)
		if err != nil {
			return err
		}
		n.members = append(n.members, member{key, value})
	}
	_, err := t.token()
	return err
}

func (t *treeReader) array(n *value, depth int) error {
	for t.dec.More() {
		item, err := t.read(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := t.token()
	return err
}

// get returns the value of a field, or nil.
func (n *value) get(name string) *value {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// whole returns the value as a whole number.
func (n *value) whole() (int, bool) {
	if n.kind != '0' {
		return 0, false
	}
	v, err := strconv.Atoi(n.text)
	return v, err == nil
}
