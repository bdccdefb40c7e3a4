package figure

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// The kinds of an interval.
const (
	Confidence = "confidence" // of so many samples, the level's part would give limits that hold the truth
	Credible   = "credible"   // the level is the probability, given the data and the prior that the method names
	Bounds     = "bounds"     // the least and the most that it can be, whatever is true of those of whom nobody knows
)

// Wilson is the method of limits that follow from two counts of a table: Wilson's score limits of a share.
const Wilson = "wilson"

// unknownCell is the method of bounds that follow from the cells of a table.
const unknownCell = "those of whom it is not known left out, all without it, all with it"

// An Interval says how far a value can be relied on. Of a value from counts it follows from the counts, and a reader works it
// out again:
//
//	wilson:  with p = cell/of, n = of and z the normal quantile of the level,
//	         (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), a share of which the records are a sample
//	bounds:  the value is cell/(of − open); the limits are cell/of and (cell + open)/of. Of a plain count, cell and cell + open
//
// Of an estimate it stands in the table as it was estimated.
type Interval struct {
	Kind   string `json:"kind"`            // Confidence, Credible or Bounds
	Level  string `json:"level,omitempty"` // such as 0.95; bounds have none
	Method string `json:"method"`
	// Open is the cell of those of whom nobody knows, for bounds.
	Open  map[string]string `json:"open,omitempty"`
	Lower string            `json:"lower,omitempty"` // to the places of the value; none where it is not known
	Upper string            `json:"upper,omitempty"`
}

var (
	levelNumber  = regexp.MustCompile(`^0\.[0-9]{1,4}$`)
	signedNumber = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,9})?$`)
)

// Level writes a level as an interval has it.
func Level(level float64) string { return strconv.FormatFloat(level, 'f', -1, 64) }

// String says it in English: 14.5 to 19.1, 95 % confidence (logit).
func (i *Interval) String() string {
	limits := i.Lower + " to " + i.Upper
	switch {
	case i.Lower == "":
		limits = "up to " + i.Upper
	case i.Upper == "":
		limits = "from " + i.Lower
	}
	kind := "bounds"
	if i.Kind != Bounds {
		kind = PercentOf(i.Level) + " % " + i.Kind
	}
	return fmt.Sprintf("%s, %s (%s)", limits, kind, i.Method)
}

// PercentOf writes a level in per cent: 95 for 0.95.
func PercentOf(level string) string {
	x, _ := new(big.Rat).SetString(level) // which was checked
	if x == nil {
		return level
	}
	return strings.TrimSuffix(strings.TrimRight(new(big.Rat).Mul(x, big.NewRat(100, 1)).FloatString(2), "0"), ".")
}

func checkLevel(kind, level string) error {
	switch kind {
	case Bounds:
		if level != "" {
			return errors.New("bounds hold for certain and have no level")
		}
		return nil
	case Confidence, Credible:
		if n, err := strconv.ParseFloat(level, 64); err != nil || !levelNumber.MatchString(level) || n <= 0 {
			return fmt.Errorf("the level of an interval is %.40q; want a number between 0 and 1, such as 0.95", level)
		}
		return nil
	}
	return fmt.Errorf("an interval of kind %.40q; want confidence, credible or bounds", kind)
}

func (i *Interval) check() error {
	if err := checkLevel(i.Kind, i.Level); err != nil {
		return err
	}
	if err := checkText("method of an interval", i.Method); err != nil {
		return err
	}
	if (i.Kind == Bounds) != (i.Open != nil) {
		return errors.New("bounds, and no other interval, name the cell of those of whom nobody knows")
	}
	for column, value := range i.Open {
		if err := errors.Join(checkText("column", column), checkText("value", value)); err != nil {
			return err
		}
	}
	if i.Lower == "" && i.Upper == "" {
		return errors.New("an interval without limits")
	}
	for _, limit := range []string{i.Lower, i.Upper} {
		if limit != "" && !signedNumber.MatchString(limit) {
			return fmt.Errorf("limit %.40q; want a number such as 57.1", limit)
		}
	}
	return nil
}

// encloses reports whether a value lies within limits, of which either may be unknown.
func encloses(lower, value, upper string) bool {
	v, ok := new(big.Rat).SetString(value)
	for i, limit := range []string{lower, upper} {
		if limit == "" || !ok {
			continue
		}
		x, is := new(big.Rat).SetString(limit)
		ok = is && (i == 0 && x.Cmp(v) <= 0 || i == 1 && v.Cmp(x) <= 0)
	}
	return ok
}

// from works the limits out of counts, of which there is an of where the unit is a part of something, and returns the value that they
// belong to.
func (i *Interval) from(c *contents, cell int64, of *int64, factor int64, places int) (value string, err error) {
	if i.Kind == Bounds {
		open, err := c.countAt(i.Open)
		if err != nil {
			return "", err
		}
		most, told := cell+*open, of
		if of != nil {
			told = new(*of - *open)
		}
		for _, x := range []struct {
			into  *string
			count int64
			of    *int64
		}{{&i.Lower, cell, of}, {&i.Upper, most, of}, {&value, cell, told}} {
			if *x.into, err = quotient(&x.count, x.of, factor, places); err != nil {
				return "", err
			}
		}
		if i.Method = unknownCell; of != nil && most > *of {
			return "", errors.New("those who have it and those of whom nobody knows are more than all")
		}
		return value, nil
	}
	if i.Method != Wilson || i.Kind != Confidence {
		return "", fmt.Errorf("an interval of kind %.40q by %.40q does not follow from counts; %s, and bounds, do", i.Kind, i.Method, Wilson)
	}
	if err := checkLevel(i.Kind, i.Level); err != nil {
		return "", err
	}
	level, err := strconv.ParseFloat(i.Level, 64)
	if err != nil || of == nil || *of < cell {
		return "", errors.New("limits by Wilson are those of a share of people: want a cell of what it is a part of")
	}
	if value, err = quotient(&cell, of, factor, places); err != nil {
		return "", err
	}
	p, n, z := float64(cell)/float64(*of), float64(*of), distuv.UnitNormal.Quantile((1+level)/2)
	mid, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	limit := func(x float64) string {
		return strconv.FormatFloat(max(0, min(1, x/(1+z*z/n)))*float64(factor), 'f', places, 64)
	}
	i.Lower, i.Upper = limit(mid-half), limit(mid+half)
	return value, nil
}
