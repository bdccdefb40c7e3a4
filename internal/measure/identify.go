package measure

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plumbline/estimate"
)

// A Finding is a column that seems to hold what no estimate needs and what could
// tell who a person is. It never repeats what the column holds.
type Finding struct {
	Column string
	Row    int // of the first instance, as a spreadsheet counts: the header is row 1
	Holds  Holding
}

// A Holding is what a column seems to hold.
type Holding string

const (
	HoldsNames      Holding = "names"
	HoldsTelephones Holding = "telephone numbers"
	HoldsMail       Holding = "e-mail addresses"
	HoldsAddresses  Holding = "addresses"
	HoldsBirths     Holding = "dates of birth"
	HoldsNumbers    Holding = "numbers of identity papers"
	HoldsPlaces     Holding = "places on a map"
	HoldsText       Holding = "free text"
)

// Identifying returns the columns that seem to hold names, ways to reach a
// person, dates of birth, places on a map or free text, one finding a column. It
// errs on the side of asking: a column is named for its title, or for a single
// field. What it passes over is not thereby safe.
func Identifying(t *estimate.Table) ([]Finding, error) {
	var out []Finding
	for _, name := range t.Header() {
		codes, values, err := t.Levels(name)
		if err != nil {
			return nil, err
		}
		if len(values) == 0 {
			continue
		}
		p := profile{name: name, words: wordsOf(name), codes: codes, values: values}
		for _, c := range codes {
			if c >= 0 {
				p.known++
			}
		}
		if holds, code := identify(&p); holds != "" {
			out = append(out, Finding{name, 2 + slices.Index(codes, code), holds})
		}
	}
	return out, nil
}

// identify says what a column holds and the value that shows it first; an empty
// holding for nothing that tells who somebody is.
func identify(p *profile) (holds Holding, code int) {
	if h := titled(p); h != "" {
		return h, 0
	}
	for k, v := range p.values {
		switch {
		case mail.MatchString(v):
			return HoldsMail, k
		case telephone(v):
			return HoldsTelephones, k
		case street.MatchString(v):
			return HoldsAddresses, k
		case prose(v, p):
			return HoldsText, k
		}
	}
	if k := births(p); k >= 0 {
		return HoldsBirths, k
	}
	if k := names(p); k >= 0 {
		return HoldsNames, k
	}
	return "", 0
}

// titled says what the title of a column announces.
func titled(p *profile) Holding {
	switch {
	case p.called("phone", "telephone", "tel", "mobile", "cellphone", "whatsapp", "msisdn", "telefono", "teléfono", "celular", "هاتف"):
		return HoldsTelephones
	case p.called("email", "mail"):
		return HoldsMail
	case p.called("address", "street", "addr", "direccion", "dirección", "domicilio", "عنوان"):
		return HoldsAddresses
	case p.called("birth", "dob", "birthday", "birthdate", "born", "nacimiento") && !p.called("year", "order", "weight", "place", "country"):
		return HoldsBirths
	case p.called("passport", "ssn", "aadhaar", "nin", "curp", "cedula", "cédula", "dni") || p.called("national") && p.called("id", "number"):
		return HoldsNumbers
	case p.called("latitude", "longitude", "lat", "lon", "lng", "gps", "coordinates"):
		return HoldsPlaces
	case p.called("surname", "firstname", "lastname", "fullname", "forename", "nickname", "alias", "apellido", "apellidos", "nombre", "nombres"):
		return HoldsNames
	case slices.Equal(p.words, []string{"name"}) || p.called("name") && p.called("first", "last", "family", "given", "full", "middle", "maiden", "person", "respondent", "victim", "survivor", "client", "worker", "mother", "father"):
		return HoldsNames
	case p.called("comment", "comments", "notes", "remarks", "narrative", "story", "observaciones"):
		return HoldsText
	}
	return ""
}

var (
	mail   = regexp.MustCompile(`^\S+@\S+\.\S+$`)
	street = regexp.MustCompile(`(?i)^(no\.? ?)?\d+[a-z]?,? (\S+ ){0,3}(street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|soi)\b|^(calle|avenida|rue|شارع) \S`)
	dial   = regexp.MustCompile(`^(\+|00?)[ (]*[1-9][\d ()/-]+$`)
	day    = regexp.MustCompile(`^(\d{4})-\d{1,2}-\d{1,2}$|^\d{1,2}[./-]\d{1,2}[./-](\d{4})$`)
	proper = regexp.MustCompile(`^\p{L}[\p{L}\p{M}'’.]*([ -]\p{L}[\p{L}\p{M}'’.]*){0,3}$`)
)

// telephone reports a number with a country's or a trunk's prefix. Numbers
// without one could be anything.
func telephone(v string) bool {
	if !dial.MatchString(v) || day.MatchString(v) {
		return false
	}
	digits := 0
	for _, r := range v {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if strings.HasPrefix(v, "+") {
		return digits >= 7 && digits <= 15
	}
	return digits >= 9 && digits <= 13
}

// prose reports a sentence, or a phrase where most fields have one of their own.
func prose(v string, p *profile) bool {
	words := len(strings.Fields(v))
	return utf8.RuneCountInString(v) > 80 || words >= 7 || words >= 5 && mostlyDifferent(p)
}

func mostlyDifferent(p *profile) bool { return 2*len(p.values) > p.known }

// births reports dates that lie decades apart, as those of birth do and those of
// a study do not.
func births(p *profile) int {
	first, last := 9999, 0
	for _, v := range p.values {
		m := day.FindStringSubmatch(v)
		if m == nil {
			return -1
		}
		year, _ := strconv.Atoi(m[1] + m[2])
		first, last = min(first, year), max(last, year)
	}
	if last-first < 15 || first < 1900 {
		return -1
	}
	return 0
}

// names reports letters that look like names and hardly repeat: words with a
// capital, or several words in a script that has none.
func names(p *profile) int {
	if len(p.values) < 3 || !mostlyDifferent(p) {
		return -1
	}
	alike := 0
	for _, v := range p.values {
		first, _ := utf8.DecodeRuneInString(v)
		cased := unicode.IsUpper(first) && strings.ToUpper(v) != v
		if utf8.RuneCountInString(v) > 2 && proper.MatchString(v) && (cased || !unicode.IsLower(first) && !unicode.IsUpper(first)) {
			alike++
		}
	}
	if 5*alike < 4*len(p.values) {
		return -1
	}
	return 0
}
