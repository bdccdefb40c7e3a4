package figure

import (
	"context"
	"fmt"
	"time"

	"plumbline/protect"
)

// The exact attack takes time and memory that grow faster than the hidden counts, and time for each part of each margin; a
// reader's machine should not be held by it.
const (
	attackHidden  = 15_000
	attackColumns = 12
	attackParts   = 5_000_000
)

// attackable reports whether the attack on the tables is sure to begin and end.
func attackable(tables []protect.Frequency) (hidden int, ok bool) {
	parts, columns := 0, 0
	for _, t := range tables {
		columns = max(columns, len(t.By))
		values := make([]map[string]bool, len(t.By))
		for j := range values {
			values[j] = map[string]bool{}
		}
		for _, c := range t.Cells {
			for j, v := range c.Values {
				values[j][v] = true
			}
			if c.Count == nil {
				hidden++
			}
		}
		for _, c := range t.Cells {
			for j, v := range c.Values {
				if v == t.Total {
					parts += len(values[j])
				} else {
					parts += len(values[j]) / 2 // looked for among those of its column
				}
			}
		}
		if parts > attackParts {
			return hidden, false
		}
	}
	return hidden, hidden <= attackHidden && columns <= attackColumns
}

// protection asks whether the contents are protected as the path says, as far as a reader can tell.
func (v *verifier) protection(ctx context.Context, f *Figures, c *contents) {
	limit := v.spec.Limit
	if limit == 0 {
		limit = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if f.Method.Path == Suppression {
		v.suppression(ctx, f, c.tables, limit)
		return
	}
	text, err := c.promise(ctx, f.Method)
	switch {
	case ctx.Err() != nil:
		v.say("protection", NotPossible, "The checks of the rows did not end in %v.", limit)
	case err != nil:
		v.say("protection", Failed, "It does not keep what its path promises (%s): %v.", f.Method.Path, err)
	default:
		v.say("protection", Passed, "%s", text)
	}
}

func (v *verifier) suppression(ctx context.Context, f *Figures, tables []protect.Frequency, limit time.Duration) {
	hidden, ok := attackable(tables)
	if !ok {
		v.say("protection", NotPossible, "The tables are too large for the exact attack, which is made up to 15,000 hidden counts.")
		return
	}
	report, err := protect.TableRisk(ctx, tables, protect.TableRiskSpec{Min: f.Method.K, ZerosShown: f.Method.Parameters.Zeros == "shown"})
	switch {
	case ctx.Err() != nil:
		v.say("protection", NotPossible, "The attack on the tables did not end in %v.", limit)
	case err != nil:
		v.say("protection", NotPossible, "The attack on the tables came to no answer: %v.", err)
	case !report.Safe:
		for _, found := range report.Findings {
			if found.Result == "failed" {
				v.say("protection", Failed, "The rules of suppression are not kept: %s.", found.Text)
				return
			}
		}
	default:
		alone := ""
		if n := len(f.Earlier); n > 0 {
			alone = fmt.Sprintf(" This looks at these tables alone; their maker held them against %d earlier ones as well.", n)
		}
		v.say("protection", Passed, "Margins add, no count from 1 to %d is shown, and none of %d hidden counts can be known to be one.%s", f.Method.K-1, hidden, alone)
	}
}
