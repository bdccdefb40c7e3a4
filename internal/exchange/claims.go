package exchange

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"plumbline"
)

// A Claim is one statement of a published document, in our words. Reporting
// it says nothing about its truth.
type Claim struct {
	ID         string
	Claimant   string // who says it; "as reported by" or "quoted by" shows the chain
	Document   string
	SourceID   string
	Locator    string // where in the document
	Paraphrase string
	Figure     string // a number, a bound, "words: …", or "none"
	Unit       string
	Population string
	Place      string
	Period     string
	Definition string // "yes: …" with the definition, "no", or "no: …" with what is missing
	Cited      string // the source the claimant names
	Stances    []Stance
	Notes      string
}

// A Stance is how a claim stands to another: it "contests", "qualifies" or
// "supports" it. It compares contents; the writers need not have read each
// other.
type Stance struct {
	How   string
	Claim string
}

// A Contradiction is a point on which the documents differ, or one differs
// from itself. Both views stand.
type Contradiction struct {
	ID    string
	Point string
	One   string
	Other string
	Hold  string // what a record has to keep so that neither view is lost
}

//go:embed publicrecord/claims.csv
var claimsCSV []byte

//go:embed publicrecord/contradictions.csv
var contradictionsCSV []byte

// Claims returns the claims that the public record rests on, by id.
func Claims() map[string]Claim {
	claims, err := readClaims(bytes.NewReader(claimsCSV))
	if err != nil {
		panic("exchange: the embedded claims do not read: " + err.Error())
	}
	return claims
}

// Contradictions returns the points on which the documents differ, by id.
func Contradictions() map[string]Contradiction {
	rows, err := readTable(bytes.NewReader(contradictionsCSV), []string{"id", "point", "one_view", "other_view", "hold"})
	if err != nil {
		panic("exchange: the embedded contradictions do not read: " + err.Error())
	}
	all := map[string]Contradiction{}
	for _, r := range rows {
		all[r[0]] = Contradiction{r[0], r[1], r[2], r[3], r[4]}
	}
	return all
}

var claimColumns = []string{"claim_id", "claimant", "document", "source_id", "locator", "paraphrase", "figure", "unit", "population",
	"place", "period", "definition_given", "cited_source", "stance_target", "notes"}

var (
	claimID    = regexp.MustCompile(`^C-[NBGFD][0-9]{2}$`)
	stanceForm = regexp.MustCompile(`^(contests|qualifies|supports):(C-[NBGFD][0-9]{2})$`)
)

// readClaims reads the table strictly: known columns in their order, one row
// a claim, every field but stance and notes filled, every stance towards a
// claim that exists.
func readClaims(r io.Reader) (map[string]Claim, error) {
	rows, err := readTable(r, claimColumns)
	if err != nil {
		return nil, err
	}
	claims := map[string]Claim{}
	for i, row := range rows {
		if !claimID.MatchString(row[0]) || claims[row[0]].ID != "" {
			return nil, rowProblem(i, "claim_id", "problem.bad_id", "Got", short(row[0]))
		}
		if j := slices.Index(row[:13], ""); j >= 0 {
			return nil, rowProblem(i, claimColumns[j], "problem.needed")
		}
		c := Claim{row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10], row[11], row[12], nil, row[14]}
		for stance := range strings.SplitSeq(row[13], ";") {
			if stance = strings.TrimSpace(stance); stance == "" {
				continue
			}
			m := stanceForm.FindStringSubmatch(stance)
			if m == nil {
				return nil, rowProblem(i, "stance_target", "problem.not_one_of", "Got", short(stance), "Want", "contests:C-…, qualifies:C-…, supports:C-…")
			}
			c.Stances = append(c.Stances, Stance{m[1], m[2]})
		}
		claims[c.ID] = c
	}
	for i, row := range rows {
		for _, s := range claims[row[0]].Stances {
			if claims[s.Claim].ID == "" {
				return nil, rowProblem(i, "stance_target", "problem.no_such", "What", "claim", "Got", s.Claim)
			}
		}
	}
	return claims, nil
}

// readTable reads a CSV whose header is exactly the columns given.
func readTable(r io.Reader, columns []string) ([][]string, error) {
	data, err := readAll(r, MaxFile)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if len(rows) == 0 {
		return nil, plumbline.Invalid("", "problem.empty_file")
	}
	if !slices.Equal(rows[0], columns) {
		return nil, plumbline.Invalid("row 1", "problem.not_one_of", "Got", short(strings.Join(rows[0], ",")), "Want", strings.Join(columns, ","))
	}
	return rows[1:], nil
}

func rowProblem(i int, column, key string, args ...any) *plumbline.Problem {
	return plumbline.Invalid(fmt.Sprintf("row %d, %s", i+2, column), key, args...)
}
