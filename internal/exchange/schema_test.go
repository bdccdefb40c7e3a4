package exchange

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"plumbline"
)

const schemaFile = "../../doc/operations.schema.json"

// The published schema is made from the types and their comments; -update
// writes it anew.
func TestSchemaIsUpToDate(t *testing.T) {
	got := operationsSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("doc/operations.schema.json is not what the types say; run go test ./internal/exchange -run Schema -update and read the difference")
	}
}

func TestSchemaAccepts(t *testing.T) {
	schema := compile(t)
	files := map[string][]byte{"the public record": publicRecord, "a file with every field": canonical(t, full(t))}
	names, err := filepath.Glob("../../doc/examples/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("examples: %d, %v", len(names), err)
	}
	for _, name := range names {
		if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	files["counts as people type them"] = []byte(`{"format":"plumbline.operations/1","operations":[{"operation":{"id":"o","title":"x","origin":"site",
		"covers":"12+","head_count":">3","began":null,"ended":"?"}}]}`)
	for name, data := range files {
		if err := schema.Validate(instance(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Read(bytes.NewReader(data), MaxFile); err != nil {
			t.Errorf("%s does not read: %v", name, err)
		}
	}
}

// What is wrong in one place by itself the schema refuses too; what is wrong
// only beside something else is for the reader.
func TestSchemaRefuses(t *testing.T) {
	schema := compile(t)
	for _, name := range []string{"other-version", "no-format", "unknown-field", "wrong-type", "unknown-word", "negative-count", "bad-date", "bad-id", "list"} {
		data, err := os.ReadFile("testdata/bad/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance(t, data)); err == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("operations.schema.json", instance(t, data)); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("operations.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func instance(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// An object is JSON with its members in order.
type object []entry

type entry struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, v := range []any{e.name, e.value} {
			if j > 0 {
				b.WriteByte(':')
			}
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v); err != nil {
				return nil, err
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

type schemaMaker struct {
	comments map[string]string // "Operation" and "Operation.Title"
	defs     object
	done     map[reflect.Type]bool
}

func operationsSchema(t *testing.T) []byte {
	m := &schemaMaker{comments: comments(t, "../../", "."), done: map[reflect.Type]bool{}}
	root := m.structSchema(reflect.TypeFor[File](), []string{"format"})
	for i, e := range root {
		if e.name == "properties" {
			properties := e.value.(object)
			properties[0].value = object{{"const", Format}}
			root[i].value = properties
		}
	}
	slices.SortFunc(m.defs, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	schema := append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:plumbline:operations:1"},
		{"title", Format},
	}, root...)
	schema = append(schema, entry{"$defs", m.defs})
	compact, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.NewBufferString(unescape(string(compact))).Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// unescape takes back what json.Marshal does to the output of a MarshalJSON.
func unescape(s string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(s)
}

func (m *schemaMaker) structSchema(typ reflect.Type, required []string) object {
	var properties object
	m.properties(typ, &properties, &required)
	o := object{}
	if text := m.comments[typ.Name()]; text != "" {
		o = append(o, entry{"description", text})
	}
	o = append(o, entry{"type", "object"}, entry{"properties", properties})
	if len(required) > 0 {
		o = append(o, entry{"required", required})
	}
	return append(o, entry{"additionalProperties", false})
}

func (m *schemaMaker) properties(typ reflect.Type, properties *object, required *[]string) {
	for i := range typ.NumField() {
		sf := typ.Field(i)
		if sf.Anonymous {
			m.properties(sf.Type, properties, required)
			continue
		}
		name := plumbline.FieldName(sf)
		if name == "id" || sf.Tag.Get("need") == "yes" || sf.Type == reflect.TypeFor[plumbline.Operation]() || sf.Type == reflect.TypeFor[plumbline.Unit]() || sf.Type == reflect.TypeFor[plumbline.Programme]() {
			*required = append(*required, name)
		}
		schema := m.schema(sf.Type)
		text := m.comments[typ.Name()+"."+sf.Name]
		if ref := sf.Tag.Get("ref"); ref != "" {
			text = strings.TrimPrefix(text+"; ", "; ") + "the id of an entry of kind " + ref
		}
		if text != "" {
			schema = append(object{{"description", text}}, schema...)
		}
		*properties = append(*properties, entry{name, schema})
	}
}

func (m *schemaMaker) schema(typ reflect.Type) object {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if words, ok := reflect.New(typ).Elem().Interface().(interface{ Values() []string }); ok {
		return m.define(typ, func() object {
			return append(m.described(typ), entry{"enum", words.Values()})
		})
	}
	switch {
	case typ == typeWhen:
		return m.define(typ, func() object { return append(m.described(typ), whenSchema...) })
	case typ == typeCount:
		return m.define(typ, func() object { return append(m.described(typ), countSchema...) })
	case typ == reflect.TypeFor[plumbline.ID]():
		return m.define(typ, func() object {
			return append(m.described(typ), object{{"type", "string"}, {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}}...)
		})
	case typ == reflect.TypeFor[plumbline.Text]():
		return object{{"type", "string"}, {"maxLength", plumbline.MaxText}}
	}
	switch typ.Kind() {
	case reflect.Struct:
		return m.define(typ, func() object { return m.structSchema(typ, nil) })
	case reflect.Slice:
		o := object{{"type", "array"}, {"items", m.schema(typ.Elem())}}
		if typ.Elem().Kind() != reflect.Pointer {
			o = append(o, entry{"maxItems", plumbline.MaxList})
		}
		return o
	case reflect.String:
		return object{{"type", "string"}, {"maxLength", plumbline.MaxLine}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Int:
		return object{{"type", "integer"}, {"minimum", 0}}
	}
	panic("no schema for " + typ.String())
}

func (m *schemaMaker) described(typ reflect.Type) object {
	if text := m.comments[typ.Name()]; text != "" {
		return object{{"description", text}}
	}
	return nil
}

func (m *schemaMaker) define(typ reflect.Type, make func() object) object {
	if !m.done[typ] {
		m.done[typ] = true
		m.defs = append(m.defs, entry{typ.Name(), make()})
	}
	return object{{"$ref", "#/$defs/" + typ.Name()}}
}

const momentPattern = `\d{4}(-\d\d(-\d\d(T\d\d:\d\d((:\d\d)?(Z|[+-]\d\d:\d\d))?)?)?)?~?`

var whenSchema = object{
	{"type", []string{"string", "null"}},
	{"pattern", `^(\??|` + momentPattern + `|(` + momentPattern + `|\.\.)/(` + momentPattern + `|\.\.))$`},
}

var countSchema = object{{"anyOf", []object{
	{{"type", "null"}},
	{{"description", "exactly this many"}, {"type", "integer"}, {"minimum", 0}, {"maximum", 10_000_000}},
	{{"description", "12, 12+, >=12, >12, <=9, 7-9, ~12, or ? for not known"}, {"type", "string"}, {"pattern", `^(\??|(>=?|<=|~)?\d+|\d+\+|\d+-\d+|(\d+\+?|\d+-\d+) ~\d+)$`}},
	{
		{"description", "value is null when the bound is unknown; an upper bound stands in at_most, a guess in about"},
		{"type", "object"},
		{"properties", object{
			{"value", object{{"type", []string{"integer", "null"}}, {"minimum", 0}, {"maximum", 10_000_000}}},
			{"bound", object{{"enum", []string{"exact", "at_least", "unknown"}}}},
			{"at_most", object{{"type", "integer"}, {"minimum", 0}, {"maximum", 10_000_000}}},
			{"about", object{{"type", "integer"}, {"minimum", 0}, {"maximum", 10_000_000}}},
		}},
		{"required", []string{"bound"}},
		{"additionalProperties", false},
	},
}}}

// comments reads the comments of types and fields from the source files.
func comments(t *testing.T, dirs ...string) map[string]string {
	all := map[string]string{}
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range file.Decls {
				gen, ok := decl.(*ast.GenDecl)
				if !ok || gen.Tok != token.TYPE {
					continue
				}
				for _, spec := range gen.Specs {
					ts := spec.(*ast.TypeSpec)
					all[ts.Name.Name] = firstParagraph(gen.Doc, ts.Doc)
					if st, ok := ts.Type.(*ast.StructType); ok {
						for _, f := range st.Fields.List {
							for _, id := range f.Names {
								all[ts.Name.Name+"."+id.Name] = firstParagraph(f.Doc, f.Comment)
							}
						}
					}
				}
			}
		}
	}
	return all
}

func firstParagraph(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.TrimSpace(g.Text()); text != "" {
			first, _, _ := strings.Cut(text, "\n\n")
			return strings.Join(strings.Fields(first), " ")
		}
	}
	return ""
}
