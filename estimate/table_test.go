package estimate

import (
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
)

func TestReadTable(t *testing.T) {
	for _, c := range []struct{ name, csv string }{
		{"comma", "a,b\n1,x\n,NA\n"},
		{"semicolon, mark, carriage returns", "\ufeffa;b\r\n1;x\r\n;NA\r\n"},
		{"tab, no last line feed", "a\tb\n1\tx\n\tNA"},
		{"quotes", "\"a\",\"b\"\n\"1\",\"x\"\n\"\",\"NA\"\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, err := ReadTable(strings.NewReader(c.csv), "f.csv", ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			a, err := tab.Numbers("a")
			if err != nil {
				t.Fatal(err)
			}
			if tab.Rows() != 2 || a[0] != 1 || !math.IsNaN(a[1]) {
				t.Errorf("rows %d, a = %v; want 2, [1 NaN]", tab.Rows(), a)
			}
			codes, values, err := tab.Levels("b")
			if err != nil {
				t.Fatal(err)
			}
			if len(values) != 1 || values[0] != "x" || codes[0] != 0 || codes[1] != -1 {
				t.Errorf("codes %v, values %q; want [0 -1], [x]", codes, values)
			}
		})
	}
}

func TestReadTableKeepsOnlyWhatIsAsked(t *testing.T) {
	tab, err := ReadTable(strings.NewReader("a,b\n1,2\n"), "f.csv", ReadOptions{Columns: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := tab.Numbers("b"); err != nil || b[0] != 2 {
		t.Errorf("b = %v, %v; want [2]", b, err)
	}
	if _, err := tab.Numbers("a"); err == nil {
		t.Error("a was read though it was not kept")
	}
}

func TestReadTableRefuses(t *testing.T) {
	for _, c := range []struct{ name, csv, want string }{
		{"nothing", "", `f.csv: the file is empty; want a header row and data`},
		{"short row", "a,b\n1,2\n3\n", `f.csv: row 3: the row has 1 fields; want 2, as in the header`},
		{"long row", "a,b\n1,2,3\n", `f.csv: row 2: the row has 3 fields; want 2, as in the header`},
		{"same name twice", "a,a\n1,2\n", `f.csv: row 1, column "a": two columns have this name; want one column a name`},
		{"no name", "a,\n1,2\n", `f.csv: row 1: column 2 has no name; want a name for every column`},
		{"open quote", "a,b\n\"1,2\n", `f.csv: row 2: a quote is opened and never closed; want a closing quote`},
		{"empty line inside", "a,b\n1,2\n\n3,4\n", `f.csv: row 3: the row is empty; want every row filled, or the line removed`},
		{"not UTF-8", "a,b\n1,\xff\n", `f.csv: row 2, column "b": the text is not UTF-8; want UTF-8: save it as CSV UTF-8`},
		{"UTF-16", "\xff\xfea\x00", `f.csv: the file is UTF-16; want UTF-8: save it as CSV UTF-8`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ReadTable(strings.NewReader(c.csv), "f.csv", ReadOptions{})
			var bad *InputError
			if !errors.As(err, &bad) || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
	_, err := ReadTable(strings.NewReader("a\n"+strings.Repeat("1\n", 100)), "f.csv", ReadOptions{MaxBytes: 50})
	if err == nil || !strings.Contains(err.Error(), "larger than 50 bytes") {
		t.Errorf("too many bytes: got %v", err)
	}
	_, err = ReadTable(strings.NewReader("a\n1\n2\n3\n"), "f.csv", ReadOptions{MaxRows: 2})
	if err == nil || !strings.Contains(err.Error(), "more than 2 rows") {
		t.Errorf("too many rows: got %v", err)
	}
}

// endless is a CSV file that would go on to size bytes, and counts what was read of it.
type endless struct {
	head, row  string
	size, read int64
	rest, many string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read >= e.size {
		return 0, io.EOF
	}
	if e.rest == "" {
		if e.many == "" {
			e.many = strings.Repeat(e.row, 1000)
			e.rest = e.head
		}
		e.rest += e.many
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	e.read += int64(n)
	return n, nil
}

// TestReadTableOfTenGigabytes holds that a file too large is refused when as
// much was read as is allowed, and that memory is bounded by the columns kept.
func TestReadTableOfTenGigabytes(t *testing.T) {
	const most = 12 << 20
	for _, c := range []struct{ name, head, row, want string }{
		{"rows", "keep,note\n", "1," + strings.Repeat("x", 500) + "\n", "larger than"},
		{"short rows", "keep,note\n", "1,2\n", "more than 1000000 rows"},
		{"one row", "", "1,", "two columns have this name"},
		{"one field", "keep,note\n1,", "x", "a field longer than"},
		{"an open quote", "keep,note\n\"", "x", "a field longer than"},
		{"empty lines", "keep,note\n", "\n", "larger than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &endless{head: c.head, row: c.row, size: 10 << 30}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			opt := ReadOptions{MaxBytes: most, MaxRows: 1_000_000}
			if c.head != "" {
				opt.Columns = []string{"keep"}
			}
			_, err := ReadTable(in, "f.csv", opt)
			runtime.ReadMemStats(&after)
			var bad *InputError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if in.read > most+2*headerLimit {
				t.Errorf("read %d bytes of it, and %d are allowed", in.read, int64(most))
			}
			// All that was ever asked for, of which a column of a million short fields,
			// grown by half and half again, is the most.
			if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
				t.Errorf("took %d bytes of memory", used)
			}
		})
	}
}

func TestNumbersRefuses(t *testing.T) {
	for _, v := range []string{"x", "1;5", "0x10", "inf", "NaN", "1_000", "1e999"} {
		tab, err := NewTable("f.csv", []string{"a"}, [][]string{{"1"}, {v}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tab.Numbers("a"); err == nil || !strings.Contains(err.Error(), `row 3, column "a"`) {
			t.Errorf("%q: got %v, %v; want an error naming row 3, column a", v, got, err)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa;b\r\n\"1\";\"x\"\"y\"\r\n", "a\n\n1\n", "a\tb\nNA\t\n", "\"", "a,b\n1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tab, err := ReadTable(strings.NewReader(s), "f.csv", ReadOptions{MaxBytes: 1 << 16, MaxRows: 1000})
		if err != nil {
			return
		}
		for _, h := range tab.Header() {
			codes, values, err := tab.Levels(h)
			if err != nil {
				t.Fatal(err)
			}
			if len(codes) != tab.Rows() {
				t.Fatalf("column %q has %d rows, the table %d", h, len(codes), tab.Rows())
			}
			for _, c := range codes {
				if c >= len(values) {
					t.Fatalf("code %d of %d values", c, len(values))
				}
			}
			tab.Numbers(h)
		}
	})
}

func TestStack(t *testing.T) {
	make := func(name string, header []string, rows ...[]string) *Table {
		table, err := NewTable(name, header, rows)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	a := make("a.csv", []string{"x", "y", "only"}, []string{"1", "", "p"}, []string{"22", "b", "q"})
	b := make("b.csv", []string{"y", "x"}, []string{"c", "NA"})
	s, err := Stack("round", []string{"first", "then"}, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(s.Header(), " "); got != "round x y" || s.Rows() != 3 {
		t.Fatalf("columns %s, %d rows", got, s.Rows())
	}
	for column, want := range map[string]string{"round": "first first then", "x": "1 22 ", "y": " b c"} {
		if got, err := s.Text(column); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s is %q, %v; want %q", column, got, err, want)
		}
	}
	for i, want := range []string{"a.csv: row 2", "a.csv: row 3", "b.csv: row 2"} {
		if got := s.Bad(i, "x", "wrong", "").Error(); !strings.HasPrefix(got, want) {
			t.Errorf("row %d is called %s; want %s", i, got, want)
		}
	}
	if _, err := Stack("x", []string{"first", "then"}, a, b); err == nil {
		t.Error("a second column x was accepted")
	}
}
