package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"plumbline"
)

// ContactsColumns are the columns of a file of contacts: month and service are
// needed, the others may be missing or empty. An empty count, or NA, is not
// known and never nought.
var ContactsColumns = []string{"month", "service", "setting", "contacts", "new", "returning", "condoms", "tests", "staff_hours"}

// MaxContacts bounds how many rows a file of contacts may have.
const MaxContacts = plumbline.MaxEntries

// ReadContacts reads what a clinic counted month by month, a row a month and
// service, from a CSV in UTF-8 with commas, semicolons or tabs. The header
// names the columns, in any order. It returns one Problem, whose Field names
// row and column and whose arguments hold both as Row and Column.
func ReadContacts(r io.Reader) ([]*plumbline.Contacts, error) {
	text, err := readAll(r, MaxFile)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, plumbline.Invalid("", "problem.not_utf8")
	}
	table := csv.NewReader(bytes.NewReader(text))
	table.Comma = separator(text)
	table.FieldsPerRecord = -1
	head, err := table.Read()
	if errors.Is(err, io.EOF) {
		return nil, plumbline.Invalid("", "problem.empty_file")
	}
	if err != nil {
		return nil, plumbline.Invalid("", "problem.not_csv", "Got", short(strings.ToValidUTF8(string(text[:min(len(text), 20)]), "")))
	}
	columns, err := contactsHead(head)
	if err != nil {
		return nil, err
	}
	var all []*plumbline.Contacts
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if broken, is := errors.AsType[*csv.ParseError](err); is {
			return nil, inRow(broken.StartLine, "", plumbline.Invalid("", "problem.row_quotes"))
		}
		n, _ := table.FieldPos(0)
		if len(row) != len(columns) {
			return nil, inRow(n, "", plumbline.Invalid("", "problem.row_length", "Got", len(row), "Want", len(columns)))
		}
		if len(all) == MaxContacts {
			return nil, plumbline.Invalid("", "problem.too_many", "Want", MaxContacts)
		}
		c, err := contactsRow(n, columns, row)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, c.SameCount) {
			return nil, inRow(n, "month", plumbline.Invalid("", "problem.row_twice"))
		}
		all = append(all, c)
	}
}

func separator(text []byte) rune {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	best := ','
	for _, c := range ";\t" {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

func contactsHead(head []string) ([]string, error) {
	columns := make([]string, len(head))
	for i, name := range head {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(ContactsColumns, columns[i]) {
			return nil, inRow(1, short(name), plumbline.Invalid("", "problem.not_one_of", "Got", short(name), "Want", strings.Join(ContactsColumns, ", ")))
		}
		if slices.Contains(columns[:i], columns[i]) {
			return nil, inRow(1, columns[i], plumbline.Invalid("", "problem.same_field"))
		}
	}
	for _, needed := range ContactsColumns[:2] {
		if !slices.Contains(columns, needed) {
			return nil, inRow(1, needed, plumbline.Invalid("", "problem.needed"))
		}
	}
	return columns, nil
}

func contactsRow(n int, columns, row []string) (*plumbline.Contacts, error) {
	c := new(plumbline.Contacts)
	counts := map[string]*plumbline.Count{"contacts": &c.Contacts, "new": &c.New, "returning": &c.Returning, "condoms": &c.Condoms, "tests": &c.Tests, "staff_hours": &c.StaffHours}
	for i, name := range columns {
		value := strings.TrimSpace(row[i])
		var err error
		switch name {
		case "month":
			if c.From, err = plumbline.ParseWhen(value); err == nil {
				if m, ok := c.From.Month(); !ok || string(m) != value {
					err = plumbline.Invalid("", "problem.bad_month", "Got", short(value))
				}
			}
		case "service":
			c.Service = plumbline.ServiceKind(value)
			err = oneOf(value, c.Service.Values(), true)
		case "setting":
			c.Setting = plumbline.Setting(value)
			err = oneOf(value, c.Setting.Values(), false)
		default:
			if strings.EqualFold(value, "na") {
				value = ""
			}
			*counts[name], err = plumbline.ParseCount(value)
		}
		if err != nil {
			return nil, inRow(n, name, err)
		}
	}
	return c, nil
}

func oneOf(value string, words []string, needed bool) error {
	if value == "" && needed {
		return plumbline.Invalid("", "problem.needed")
	}
	if value != "" && !slices.Contains(words, value) {
		return plumbline.Invalid("", "problem.not_one_of", "Got", short(value), "Want", strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), ", "))
	}
	return nil
}

// inRow says in which row and column of a table a problem is.
func inRow(row int, column string, err error) error {
	found := plumbline.ProblemsOf(err)
	if len(found) == 0 {
		return err
	}
	p := *found[0]
	args := map[string]any{"Row": row, "Column": column}
	for name, v := range p.Args {
		args[name] = v
	}
	p.Args, p.Field = args, fmt.Sprintf("row %d", row)
	if column != "" {
		p.Field += ", column " + column
	}
	return &p
}
