package exchange

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// An encoder writes the canonical form: fields in the order of their types,
// two spaces a level, nothing that is empty, and what fits on a line (counts,
// moments, lists of words) on one.
type encoder struct {
	bytes.Buffer
	depth int
}

func (e *encoder) value(v reflect.Value) {
	switch {
	case v.Type() == typeWhen || v.Type() == typeCount:
		e.leaf(v.Interface())
	case v.Kind() == reflect.Pointer:
		e.object(v.Elem())
	case v.Kind() == reflect.Struct:
		e.object(v)
	case v.Kind() == reflect.Slice:
		e.list(v)
	case v.Kind() == reflect.String:
		e.leaf(v.String())
	case v.Kind() == reflect.Bool:
		e.leaf(v.Bool())
	case v.Kind() == reflect.Int:
		e.WriteString(strconv.FormatInt(v.Int(), 10))
	default:
		panic("exchange: a field of kind " + v.Kind().String() + " has no form in files")
	}
}

// leaf writes a value by its own rules, without the escapes that encoding/json
// makes for web pages.
func (e *encoder) leaf(v any) {
	if text, ok := v.(string); ok && plain(text) {
		e.WriteByte('"')
		e.WriteString(text)
		e.WriteByte('"')
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("exchange: a checked value did not encode: " + err.Error())
	}
	e.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// plain reports whether a text is written as it is: most are, and the encoder
// takes longer than the rest of a file.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (e *encoder) object(v reflect.Value) {
	e.WriteByte('{')
	e.depth++
	first := true
	for _, f := range fieldsOf(v) {
		if empty(f.value) {
			continue
		}
		if !first {
			e.WriteByte(',')
		}
		first = false
		e.line()
		e.leaf(f.name)
		e.WriteString(": ")
		e.value(f.value)
	}
	e.depth--
	if !first {
		e.line()
	}
	e.WriteByte('}')
}

func (e *encoder) list(v reflect.Value) {
	words := v.Type().Elem().Kind() == reflect.String
	e.WriteByte('[')
	e.depth++
	for i := range v.Len() {
		switch {
		case words && i > 0:
			e.WriteString(", ")
		case i > 0:
			e.WriteByte(',')
		}
		if !words {
			e.line()
		}
		e.value(v.Index(i))
	}
	e.depth--
	if !words {
		e.line()
	}
	e.WriteByte(']')
}

func (e *encoder) line() {
	e.WriteByte('\n')
	e.WriteString(strings.Repeat("  ", e.depth))
}

// empty reports whether a field says nothing: no text, no entries, not known.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		if v.Type() == typeWhen || v.Type() == typeCount {
			return v.IsZero()
		}
		for _, f := range fieldsOf(v) {
			if !empty(f.value) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
