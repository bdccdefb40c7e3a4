package exchange

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"plumbline"
	"plumbline/figure"
)

// A Contradiction is a point on which the documents differ, or one differs
// from itself. Both views stand.
type Contradiction struct {
	ID    string
	Point string
	One   string
	Other string
	Hold  string // what a record has to keep so that neither view is lost

	Settle string   // what would settle it
	Fields []string // the fields of a record that bear on it, each as kind.field
}

//go:embed publicrecord/claims.csv
var claimsCSV []byte

//go:embed publicrecord/contradictions.csv
var contradictionsCSV []byte

//go:embed publicrecord/links.csv
var linksCSV []byte

//go:embed publicrecord/sources.csv
var sourcesCSV []byte

//go:embed publicrecord/readings.csv
var readingsCSV []byte

// Claims returns the register of the claims that the public record rests on.
var Claims = sync.OnceValue(func() *figure.Register {
	r, err := figure.ReadClaims(bytes.NewReader(claimsCSV), "claims.csv")
	if err == nil {
		r, err = r.WithLinks(bytes.NewReader(linksCSV), "links.csv")
	}
	if err == nil {
		r, err = r.WithSheet(bytes.NewReader(sourcesCSV), "sources.csv")
	}
	if err == nil {
		r, err = r.WithSheet(bytes.NewReader(readingsCSV), "readings.csv")
	}
	if err != nil {
		panic("exchange: the embedded claims do not read: " + err.Error())
	}
	return r
})

// Contradictions returns the points on which the documents differ, in order.
func Contradictions() (all []Contradiction) {
	rows, err := readTable(bytes.NewReader(contradictionsCSV), []string{"id", "point", "one_view", "other_view", "hold", "settle", "fields"})
	if err != nil {
		panic("exchange: the embedded contradictions do not read: " + err.Error())
	}
	for _, r := range rows {
		all = append(all, Contradiction{r[0], r[1], r[2], r[3], r[4], r[5], strings.Fields(r[6])})
	}
	return all
}

var claimRun = regexp.MustCompile(`C-([A-Z])([0-9]{2})(?: to C-[A-Z]([0-9]{2}))?`)

// Claims returns the ids of the claims that the two views name, each once.
func (x Contradiction) Claims() (ids []string) {
	for _, m := range claimRun.FindAllStringSubmatch(x.One+" "+x.Other, -1) {
		first, _ := strconv.Atoi(m[2]) // two digits
		last, err := strconv.Atoi(m[3])
		if err != nil {
			last = first
		}
		for n := first; n <= last; n++ {
			if id := fmt.Sprintf("C-%s%02d", m[1], n); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
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
