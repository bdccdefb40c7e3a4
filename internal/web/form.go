package web

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
)

// A control is one question of a form.
type control struct {
	Kind    string // line, text, choice, select, count, when, many, check, number, lines, group, list
	Name    string // "criteria.aim"
	Label   string
	Hint    string
	Value   string
	Needed  bool
	Error   string
	Options []option
	When    whenParts
	Parts   []control   // of a group
	Rows    [][]control // of a list
}

type option struct {
	Value, Label string
	On           bool
}

// whenParts are the fields of a moment. Raw holds what the other fields
// cannot show, such as a range.
type whenParts struct {
	Day, Month, Year, Time, Zone, Raw string
	About                             bool
	Months                            []option
}

// A formMaker builds the controls of an entry from its type: a line for a
// string, radio buttons for a word, three fields for a date. What a field is
// called is in the catalogue.
type formMaker struct {
	p      *Page
	kind   string
	errors map[string]string // by field
	typed  url.Values        // what was sent, shown again as it was typed; nil for a new form
	refs   func(kind plumbline.Kind) []option
	spare  int             // empty rows at the end of a list
	asked  map[string]bool // the fields that stand in the form; nil when nobody wants to know
}

var (
	typeWhen  = reflect.TypeFor[plumbline.When]()
	typeCount = reflect.TypeFor[plumbline.Count]()
	typeID    = reflect.TypeFor[plumbline.ID]()
	typeText  = reflect.TypeFor[plumbline.Text]()
	typeHead  = reflect.TypeFor[plumbline.Head]()
)

// hidden are fields that a form does not ask for.
var hidden = map[string]bool{"id": true, "origin": true, "same_episode": true, "kept_by": true, "by_organisation": true, "speaker": true, "convener": true}

// notAsked reports whether a field is one that a form does not ask for. Whose
// an entry is that is its writer's own, the actor tells.
func notAsked(sf reflect.StructField) bool {
	return hidden[plumbline.FieldName(sf)] || sf.Tag.Get("own") == "yes"
}

// sign puts a new entry that is its writer's own under an organisation.
func sign(e plumbline.Entry, organisation plumbline.ID) {
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("own") == "yes" && v.Field(i).IsZero() {
			v.Field(i).SetString(string(organisation))
		}
	}
}

func (f *formMaker) controls(v reflect.Value, where string) (list []control) {
	for i := range v.NumField() {
		sf, field := v.Type().Field(i), v.Field(i)
		switch {
		case sf.Type == typeHead: // comes last
		case sf.Anonymous:
			list = append(list, f.controls(field, where)...)
		default:
			if c, ok := f.control(sf, field, where); ok {
				list = append(list, c)
			}
		}
	}
	if head := v.FieldByName("Head"); head.IsValid() && head.Type() == typeHead {
		list = append(list, f.controls(head, where)...)
	}
	return list
}

func (f *formMaker) control(sf reflect.StructField, v reflect.Value, where string) (c control, ok bool) {
	name := plumbline.FieldName(sf)
	if notAsked(sf) {
		return c, false
	}
	path := name
	if where != "" {
		path = where + "." + name
	}
	if f.asked != nil {
		f.asked[path] = true
	}
	c = control{Name: path, Label: f.p.Field(f.kind, path), Hint: f.p.Hint(f.kind, path), Needed: sf.Tag.Get("need") == "yes", Error: f.errors[path]}
	switch {
	case v.Type() == typeWhen:
		c.Kind, c.When = "when", f.whenParts(v.Interface().(plumbline.When), path)
	case v.Type() == typeCount:
		c.Kind, c.Value = "count", v.Interface().(plumbline.Count).Text()
	case sf.Tag.Get("ref") != "":
		c.Kind, c.Options = "select", mark(f.refs(plumbline.Kind(sf.Tag.Get("ref"))), f.given(path, v.String()))
	case v.Kind() == reflect.Struct:
		c.Kind, c.Parts = "group", f.controls(v, path)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		c.Kind, c.Rows = "list", f.rows(v, path)
	case v.Kind() == reflect.Slice:
		c.Kind, c.Value, c.Options = f.strings(v)
	case isWord(v):
		c.Kind, c.Options = "choice", f.words(v, path)
		if len(c.Options) > 7 {
			c.Kind = "select"
		}
	case v.Kind() == reflect.Bool:
		c.Kind, c.Value = "check", map[bool]string{true: "yes"}[v.Bool()]
	case v.Kind() == reflect.Int:
		c.Kind = "number"
		if v.Int() != 0 {
			c.Value = strconv.FormatInt(v.Int(), 10)
		}
	case v.Type() == typeText:
		c.Kind, c.Value = "text", v.String()
	default:
		c.Kind, c.Value = "line", v.String()
	}
	c.Value = f.given(path, c.Value)
	return c, true
}

// given returns what was typed into a field, or its stored value.
func (f *formMaker) given(path, stored string) string {
	if f.typed == nil {
		return stored
	}
	return f.typed.Get(path)
}

func isWord(v reflect.Value) bool {
	_, ok := v.Interface().(interface{ Values() []string })
	return ok
}

func (f *formMaker) words(v reflect.Value, path string) (options []option) {
	values := v.Interface().(interface{ Values() []string }).Values()
	if !slices.Contains(values, "") {
		values = append([]string{""}, values...)
	}
	now := f.given(path, v.String())
	for _, value := range values {
		label := f.p.T("word.not_known")
		if value != "" {
			label = f.p.T(wordKey(v.Type(), value))
		}
		options = append(options, option{value, label, value == now})
	}
	return options
}

func (f *formMaker) strings(v reflect.Value) (kind, value string, options []option) {
	if elem := reflect.New(v.Type().Elem()).Elem(); isWord(elem) {
		for _, word := range elem.Interface().(interface{ Values() []string }).Values() {
			on := false
			for i := range v.Len() {
				on = on || v.Index(i).String() == word
			}
			options = append(options, option{word, f.p.T(wordKey(elem.Type(), word)), on})
		}
		return "many", "", options
	}
	lines := make([]string, v.Len())
	for i := range lines {
		lines[i] = v.Index(i).String()
	}
	return "lines", strings.Join(lines, "\n"), nil
}

func (f *formMaker) rows(v reflect.Value, path string) (rows [][]control) {
	n := v.Len() + f.spare
	for i := range n {
		row := reflect.New(v.Type().Elem()).Elem()
		if i < v.Len() {
			row = v.Index(i)
		}
		rows = append(rows, f.controls(row, fmt.Sprintf("%s[%d]", path, i)))
	}
	return rows
}

func (f *formMaker) whenParts(w plumbline.When, path string) whenParts {
	parts := splitWhen(w)
	if f.typed != nil {
		parts = whenParts{Day: f.typed.Get(path + ".day"), Month: f.typed.Get(path + ".month"), Year: f.typed.Get(path + ".year"),
			Time: f.typed.Get(path + ".time"), Zone: f.typed.Get(path + ".zone"), Raw: f.typed.Get(path + ".raw"), About: f.typed.Get(path+".about") != ""}
	}
	parts.Months = append(parts.Months, option{"", "–", parts.Month == ""})
	for m := time.January; m <= time.December; m++ {
		value := fmt.Sprintf("%02d", m)
		parts.Months = append(parts.Months, option{value, f.p.MonthName(m), parts.Month == value})
	}
	return parts
}

// splitWhen takes a moment apart for the fields of a form.
func splitWhen(w plumbline.When) (p whenParts) {
	text, about := strings.CutSuffix(w.String(), "~")
	if strings.Contains(text, "/") {
		return whenParts{Raw: w.String()}
	}
	p.About = about
	date, clock, _ := strings.Cut(text, "T")
	parts := strings.SplitN(date, "-", 3)
	for i, into := range []*string{&p.Year, &p.Month, &p.Day} {
		if i < len(parts) {
			*into = parts[i]
		}
	}
	if len(clock) >= 5 {
		p.Time, p.Zone = clock[:5], strings.TrimLeft(clock[5:], ":0123456789")
		if i := strings.IndexAny(clock[5:], "Z+-"); i >= 0 {
			p.Zone = clock[5+i:]
		}
	}
	return p
}

// joinWhen puts the fields of a form together again.
func joinWhen(typed url.Values, path string) (plumbline.When, error) {
	get := func(part string) string { return strings.TrimSpace(digits.Replace(typed.Get(path + "." + part))) }
	if raw := get("raw"); raw != "" {
		return plumbline.ParseWhen(raw)
	}
	text := get("year")
	month, day, clock := get("month"), get("day"), get("time")
	if text == "" && (month != "" || day != "" || clock != "") || month == "" && day != "" || day == "" && clock != "" {
		return plumbline.When{}, plumbline.Invalid("", "problem.date_part")
	}
	if month != "" {
		text += "-" + month
	}
	if day != "" {
		if len(day) == 1 {
			day = "0" + day
		}
		text += "-" + day
	}
	if clock != "" {
		zone := get("zone")
		if zone == "" {
			zone = "Z"
		}
		text += "T" + clock + zone
	}
	if text != "" && get("about") != "" {
		text += "~"
	}
	return plumbline.ParseWhen(text)
}

var digits = strings.NewReplacer("٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9")

func mark(options []option, value string) []option {
	marked := make([]option, len(options))
	for i, o := range options {
		o.On = o.Value == value
		marked[i] = o
	}
	return marked
}

// readForm fills an entry from what was typed. It returns Problems with the
// path of each field that cannot be read. Fields that the form does not ask
// for stay as they are.
func readForm(typed url.Values, v reflect.Value, where string) (ps plumbline.Problems) {
	for i := range v.NumField() {
		sf, field := v.Type().Field(i), v.Field(i)
		if sf.Anonymous {
			ps = append(ps, readForm(typed, field, where)...)
			continue
		}
		name := plumbline.FieldName(sf)
		if notAsked(sf) {
			continue
		}
		path := name
		if where != "" {
			path = where + "." + name
		}
		ps = append(ps, readField(typed, field, path)...)
	}
	return ps
}

func readField(typed url.Values, v reflect.Value, path string) plumbline.Problems {
	value := strings.TrimSpace(strings.ReplaceAll(typed.Get(path), "\r\n", "\n"))
	switch {
	case v.Type() == typeWhen:
		w, err := joinWhen(typed, path)
		if err != nil {
			return fieldProblems(path, err)
		}
		v.Set(reflect.ValueOf(w))
	case v.Type() == typeCount:
		c, err := plumbline.ParseCount(value)
		if err != nil {
			return fieldProblems(path, err)
		}
		v.Set(reflect.ValueOf(c))
	case v.Kind() == reflect.Struct:
		return readForm(typed, v, path)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		return readRows(typed, v, path)
	case v.Kind() == reflect.Slice:
		readStrings(typed[path], v)
	case v.Kind() == reflect.Bool:
		v.SetBool(value != "")
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(digits.Replace(value))
		if value != "" && (err != nil || n < 0 || n > 100_000) {
			return plumbline.Problems{plumbline.Invalid(path, "problem.bad_count", "Got", value)}
		}
		v.SetInt(int64(n))
	default:
		v.SetString(value)
	}
	return nil
}

// readRows reads the rows of a list. Rows in which nothing was typed are
// dropped, from what was typed too, so that a message finds its row and the
// form shows every row again.
func readRows(typed url.Values, v reflect.Value, path string) (ps plumbline.Problems) {
	rows := reflect.MakeSlice(v.Type(), 0, 4)
	for i := range plumbline.MaxList {
		fields, filled := typedUnder(typed, fmt.Sprintf("%s[%d].", path, i))
		if fields == nil {
			break
		}
		for name := range fields {
			typed.Del(fmt.Sprintf("%s[%d].%s", path, i, name))
		}
		if !filled {
			continue
		}
		where := fmt.Sprintf("%s[%d]", path, rows.Len())
		for name, values := range fields {
			typed[where+"."+name] = values
		}
		row := reflect.New(v.Type().Elem()).Elem()
		if i < v.Len() {
			row.Set(v.Index(i))
		}
		ps = append(ps, readForm(typed, row, where)...)
		rows = reflect.Append(rows, row)
	}
	if rows.Len() == 0 {
		rows = reflect.Zero(v.Type())
	}
	v.Set(rows)
	return ps
}

// typedUnder returns the fields whose names begin with a prefix, by the rest
// of their names, and whether anything was typed into one.
func typedUnder(typed url.Values, prefix string) (fields url.Values, filled bool) {
	for name, values := range typed {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if fields == nil {
				fields = url.Values{}
			}
			fields[rest] = values
			filled = filled || slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) != "" })
		}
	}
	return fields, filled
}

func readStrings(values []string, v reflect.Value) {
	list := reflect.MakeSlice(v.Type(), 0, 4)
	for _, value := range values {
		for _, line := range strings.Split(strings.ReplaceAll(value, "\r\n", "\n"), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				list = reflect.Append(list, reflect.ValueOf(line).Convert(v.Type().Elem()))
			}
		}
	}
	if list.Len() == 0 {
		list = reflect.Zero(v.Type())
	}
	v.Set(list)
}

func fieldProblems(path string, err error) plumbline.Problems {
	found := plumbline.ProblemsOf(err)
	for i, p := range found {
		found[i] = p.In(path)
	}
	return found
}
