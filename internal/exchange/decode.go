package exchange

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"plumbline"
)

// maxProblems is how many problems are told at once; a file with more is
// wrong in a way that the first ones show.
const maxProblems = 50

var (
	typeWhen  = reflect.TypeFor[plumbline.When]()
	typeCount = reflect.TypeFor[plumbline.Count]()
)

// A decoder fills types from a tree and collects what is wrong.
type decoder struct{ problems plumbline.Problems }

func (d *decoder) refuse(path, key string, args ...any) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, plumbline.Invalid(path, key, args...))
	}
}

func (d *decoder) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	return d.problems
}

// fill reads a value into v, which is settable.
func (d *decoder) fill(n *node, v reflect.Value, path string) {
	switch {
	case v.Type() == typeWhen || v.Type() == typeCount:
		d.fillLeaf(n, v, path)
	case v.Kind() == reflect.Pointer:
		if n.kind != '{' {
			d.refuse(path, "problem.want_object")
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.fillStruct(n, v.Elem(), path)
	case v.Kind() == reflect.Struct:
		if n.kind != '{' {
			d.refuse(path, "problem.want_object")
			return
		}
		d.fillStruct(n, v, path)
	case v.Kind() == reflect.Slice:
		d.fillList(n, v, path)
	default:
		d.fillScalar(n, v, path)
	}
}

// fillLeaf reads a count or a moment by its own rules.
func (d *decoder) fillLeaf(n *node, v reflect.Value, path string) {
	d.refuseDoubles(n, path)
	err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(n.raw)
	for _, p := range plumbline.ProblemsOf(err) {
		d.refuse(path, p.Key, pairs(p.Args)...)
	}
}

func pairs(args map[string]any) (list []any) {
	for k, v := range args {
		list = append(list, k, v)
	}
	return list
}

func (d *decoder) fillStruct(n *node, v reflect.Value, path string) {
	d.refuseDoubles(n, path)
	fields := fieldsOf(v)
	for _, m := range n.members {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == m.name })
		if i < 0 {
			d.unknown(m.name, fields, path)
			continue
		}
		d.fill(m.value, fields[i].value, join(path, m.name))
	}
}

func (d *decoder) refuseDoubles(n *node, path string) {
	seen := map[string]bool{}
	for _, m := range n.members {
		if seen[m.name] {
			d.refuse(join(path, short(m.name)), "problem.same_field")
		}
		seen[m.name] = true
	}
}

func (d *decoder) unknown(name string, fields []field, path string) {
	if near, ok := nearest(name, fields); ok {
		d.refuse(path, "problem.unknown_field_near", "Got", short(name), "Want", near)
		return
	}
	d.refuse(path, "problem.unknown_field", "Got", short(name))
}

func (d *decoder) fillList(n *node, v reflect.Value, path string) {
	if n.kind != '[' {
		d.refuse(path, "problem.want_list")
		return
	}
	if len(n.items) == 0 {
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.fill(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
}

func (d *decoder) fillScalar(n *node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		if n.kind != '"' {
			d.refuse(path, "problem.want_text")
			return
		}
		v.SetString(n.text)
	case reflect.Bool:
		if n.kind != 't' {
			d.refuse(path, "problem.want_bool")
			return
		}
		v.SetBool(n.raw[0] == 't')
	case reflect.Int:
		number, err := strconv.ParseInt(string(n.raw), 10, 32)
		if n.kind != '0' || err != nil || number < 0 {
			d.refuse(path, "problem.want_number")
			return
		}
		v.SetInt(number)
	default:
		panic("exchange: a field of kind " + v.Kind().String() + " has no form in files")
	}
}

// A field is one field of a struct, embedded ones included.
type field struct {
	name  string
	value reflect.Value
	tag   reflect.StructTag
}

func fieldsOf(v reflect.Value) (fields []field) {
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		if sf.Anonymous {
			fields = append(fields, fieldsOf(v.Field(i))...)
			continue
		}
		if name := plumbline.FieldName(sf); name != "-" { // of the site, not of the file
			fields = append(fields, field{name, v.Field(i), sf.Tag})
		}
	}
	return fields
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// short cuts a name for a message.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// nearest returns the field whose name is closest to what was written, when
// it is close enough for a slip of the pen.
func nearest(name string, fields []field) (string, bool) {
	name = short(strings.ToLower(name))
	best, distance := "", 1+max(1, len(name)/3)
	for _, f := range fields {
		if n := edits(name, f.name); n < distance {
			best, distance = f.name, n
		}
	}
	return best, best != ""
}

// edits counts the letters to add, drop or change between two words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
