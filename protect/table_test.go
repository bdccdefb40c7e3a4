package protect

import (
	"slices"
	"strings"
	"testing"
)

func TestReadTable(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		opt        ReadOptions
		want       string // rows, or the error
	}{
		{"plain", "a,b\n1,x\nNA, y \n", ReadOptions{}, "1|x / |y"},
		{"semicolon and mark", "\ufeffa;b\r\n1;\"x;\"\"\"\r\n", ReadOptions{}, `1|x;"`},
		{"tab", "a\tb\n1\t\n", ReadOptions{}, "1|"},
		{"chosen", "a,b,c\n1,2,3\n", ReadOptions{Columns: []string{"c", "a"}}, "3|1"},
		{"zeros", "a,b\n0,0\n1,0\n", ReadOptions{BlankZeros: true, SensitiveZeros: []string{"b"}}, "|0 / 1|0"},
		{"empty", "", ReadOptions{}, "t: the file is empty; want a header row and data"},
		{"short row", "a,b\n1,2\n3\n", ReadOptions{}, "t: row 3: the row has 1 fields; want 2, as in the header"},
		{"empty row", "a\n1\n\n2\n", ReadOptions{}, "t: row 3: the row is empty; want every row filled, a missing value written NA, or the line removed"},
		{"twice", "a,a\n", ReadOptions{}, `t: row 1: column "a": two columns have this name; want one column a name`},
		{"no name", "a,\n", ReadOptions{}, "t: row 1: column 2 has no name; want a name for every column"},
		{"no column", "a,b\n", ReadOptions{Columns: []string{"c"}}, `t: column "c": there is no such column; want one of "a", "b"`},
		{"quote", "a,b\n1,x\"y\n", ReadOptions{}, `t: row 2: a quote inside a field; want the whole field in quotes, and "" for a quote in it`},
		{"open quote", "a,b\n1,\"y\n", ReadOptions{}, `t: row 2: a quote is opened and never closed, or followed by text; want a closing quote, then a delimiter, and "" for a quote in the field`},
		{"not UTF-8", "a\n\xff\n", ReadOptions{}, `t: row 2: column "a": the text is not UTF-8; want UTF-8: save it as CSV UTF-8`},
		{"UTF-16", "\xff\xfea\x00", ReadOptions{}, "t: the file is UTF-16; want UTF-8: save it as CSV UTF-8"},
		{"large", "a\n1\n2\n", ReadOptions{MaxRows: 1}, "t: row 3: more than 1 rows; want a smaller file"},
		{"larger", "a\n" + strings.Repeat("1\n", 99), ReadOptions{MaxBytes: 50}, "t: the file is larger than 50 bytes; want a smaller file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := ReadTable(strings.NewReader(tt.text), "t", tt.opt)
			got := ""
			if err != nil {
				got = strings.Replace(err.Error(), ", column", ": column", 1)
			} else {
				var rows []string
				for i := range data.Rows() {
					rows = append(rows, strings.Join(data.Row(i), "|"))
				}
				got = strings.Join(rows, " / ")
			}
			if got != tt.want {
				t.Errorf("%q\ngot  %s\nwant %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestRecode(t *testing.T) {
	a, err := NewTable("a", []string{"x", "y"}, [][]string{{"1", "p"}, {"2", "q"}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewTable("b", []string{"y", "x"}, [][]string{{"r", "2"}, {"p", ""}})
	if err != nil {
		t.Fatal(err)
	}
	c, d, err := recode(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Row(0), []string{"2", "r"}) || !slices.Equal(d.Row(1), []string{"", "p"}) || !slices.Equal(c.Row(1), []string{"2", "q"}) {
		t.Errorf("got %v, %v, %v", d.Row(0), d.Row(1), c.Row(1))
	}
	if !slices.Equal(c.columns[1].values, d.columns[1].values) {
		t.Error("two codings")
	}
}
