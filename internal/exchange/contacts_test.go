package exchange

import (
	"strings"
	"testing"

	"plumbline"
)

func TestReadContacts(t *testing.T) {
	for what, text := range map[string]string{
		"commas":             "month,service,contacts,new\n2027-01,clinic,40,12\n2027-02,clinic,,NA\n",
		"semicolons, a mark": "\ufeffService;Month;New; contacts \r\nclinic;2027-01;12;40\r\nclinic;2027-02;na;?\r\n",
		"tabs":               "month\tservice\tcontacts\tnew\n2027-01\tclinic\t40\t12\n2027-02\tclinic\t\t\n",
	} {
		got, err := ReadContacts(strings.NewReader(text))
		if err != nil || len(got) != 2 || got[0].Contacts != plumbline.Exactly(40) || got[0].New != plumbline.Exactly(12) || got[1].Contacts.Known() || got[1].From.String() != "2027-02" || got[0].Service != "clinic" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

// Each error names the row and the column, and what is wanted.
func TestReadContactsRefuses(t *testing.T) {
	const head = "month,service,setting,contacts\n"
	for text, want := range map[string][2]string{
		"":                                                {"", "problem.empty_file"},
		"month,contacts\n2027-01,4\n":                     {"row 1, column service", "problem.needed"},
		"month,service,names\n":                           {"row 1, column names", "problem.not_one_of"},
		"month,service,month\n":                           {"row 1, column month", "problem.same_field"},
		head + "2027-01,clinic,,4\n2027-1,,,\n":           {"row 3, column month", "problem.bad_when"},
		head + "2027,clinic,,4\n":                         {"row 2, column month", "problem.bad_month"},
		head + "2027-01-05,clinic,,4\n":                   {"row 2, column month", "problem.bad_month"},
		head + ",clinic,,4\n":                             {"row 2, column month", "problem.bad_month"},
		head + "2027-01,hospital,,4\n":                    {"row 2, column service", "problem.not_one_of"},
		head + "2027-01,,,4\n":                            {"row 2, column service", "problem.needed"},
		head + "2027-01,clinic,Pier Street 4,4\n":         {"row 2, column setting", "problem.not_one_of"},
		head + "2027-01,clinic,,many\n":                   {"row 2, column contacts", "problem.bad_count"},
		head + "2027-01,clinic\n":                         {"row 2", "problem.row_length"},
		head + "2027-01,\"clinic,,4\n":                    {"row 2", "problem.row_quotes"},
		head + "2027-01,clinic,,4\n\n2027-01,clinic,,5\n": {"row 4, column month", "problem.row_twice"},
		head + "2027-01,clinic,\xff,4\n":                  {"", "problem.not_utf8"},
	} {
		got, err := ReadContacts(strings.NewReader(text))
		ps := plumbline.ProblemsOf(err)
		if got != nil || len(ps) != 1 || ps[0].Field != want[0] || ps[0].Key != want[1] || plumbline.ProblemTexts[ps[0].Key] == "" {
			t.Errorf("%q: %v, %v, want %s at %q", text, got, err, want[1], want[0])
		}
	}
}
