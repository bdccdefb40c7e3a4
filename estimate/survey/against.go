package survey

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"plumbline/estimate"
)

// A Between is the difference of one group from the group it is held against.
type Between struct {
	Group      string   `json:"group"`
	Against    string   `json:"against"`
	Difference Contrast `json:"difference"` // the group less the other
	Ratio      Contrast `json:"ratio"`      // the group over the other
	P          Number   `json:"p"`
}

// mostBetween groups are held against one; with more, some look different by
// chance whatever the truth is.
const mostBetween = 50

// hold holds every group against one of them, on their joint covariance as
// [Change] does with rounds: groups in the same clusters are no independent
// samples.
func (f *fitter) hold(ctx context.Context, r *Report, g target, groups [][]int32, labels []string) error {
	against := f.spec.Against
	k := slices.Index(labels, against)
	switch {
	case k < 0:
		return &estimate.InputError{File: f.table.Name, Column: f.spec.By, Wrong: fmt.Sprintf("there is no group %q", against), Want: "one of " + some(labels)}
	case len(labels) > mostBetween:
		return option("against", fmt.Sprintf("%d groups", len(labels)), fmt.Sprintf("at most %d, such as those of --where", mostBetween))
	}
	known := func(rows []int32) (out []int32) {
		for _, i := range rows {
			if g.known(i) {
				out = append(out, i)
			}
		}
		return out
	}
	first := known(groups[k])
	for j, rows := range groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := Between{labels[j], against, noContrast, noContrast, estimate.Null}
		if second := known(rows); j == k {
			continue
		} else if len(first) > 0 && len(second) > 0 {
			out := &ChangeReport{}
			own := *f // what a group without cases borrows is not for the next
			own.result = &out.Result
			v, err := own.bothRounds(ctx, g, [2][]int32{first, second}, ChangeSpec{}, out)
			if err != nil {
				return err
			}
			own.contrasts(out, v, float64(r.Degf), g)
			b.Difference, b.Ratio, b.P = out.Difference, out.Ratio, out.P
		}
		r.Differences = append(r.Differences, b)
	}
	if n := len(r.Differences); n > 1 {
		r.Warn("many-differences", "%d differences are each shown at %g per cent for itself. Of so many, one may look like a difference by chance.", n, 100*r.Level)
	}
	return nil
}

var noContrast = Contrast{estimate.Null, estimate.Null, estimate.Null, estimate.Null}

// differences words how groups differ from the one they are held against.
func (r *Report) differences() string {
	if len(r.Differences) == 0 || len(r.Differences) > mostSaid {
		return ""
	}
	show := func(n Number) string { return strconv.FormatFloat(float64(n), 'g', 4, 64) }
	unit := ""
	if r.Statistic == string(Proportion) {
		show = func(n Number) string { return strconv.FormatFloat(100*float64(n), 'f', 1, 64) }
		unit = " points"
	}
	var said []string
	for _, b := range r.Differences {
		d := b.Difference
		switch {
		case !d.Estimate.Known():
			continue
		case !d.Known():
			said = append(said, fmt.Sprintf("%s differs by %s%s (limits not known)", b.Group, show(d.Estimate), unit))
		case d.Lower <= 0 && d.Upper >= 0:
			said = append(said, fmt.Sprintf("%s does not show to differ (%s to %s%s)", b.Group, show(d.Lower), show(d.Upper), unit))
		case d.Estimate > 0:
			said = append(said, fmt.Sprintf("%s is higher by %s%s (%s to %s)", b.Group, show(d.Estimate), unit, show(d.Lower), show(d.Upper)))
		default:
			said = append(said, fmt.Sprintf("%s is lower by %s%s (%s to %s)", b.Group, show(-d.Estimate), unit, show(-d.Upper), show(-d.Lower)))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return fmt.Sprintf(" Against %s, %s.", r.Differences[0].Against, strings.Join(said, ", "))
}
