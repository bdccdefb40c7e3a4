package web

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// The measures of the picture of rounds.
const (
	roundsLeft   = 64.0
	roundsTop    = 22.0
	roundsHigh   = 210.0
	roundsWide   = 760.0 // at least
	roundsColumn = 170.0 // at least
	roundsWords  = 8     // lines of definition under a point
)

// drawRounds draws rounds as points with their intervals on one scale that
// begins at nought, what each measured under it, and a line only between rounds
// of one measure.
func (p *roundsPage) drawRounds() (template.HTML, pictureTable) {
	column := max(roundsColumn, (roundsWide-roundsLeft-10)/float64(len(p.Rounds)))
	c := newCanvas(p, "rounds", roundsLeft+column*float64(len(p.Rounds))+10)
	top := 0.0
	for _, r := range p.Rounds {
		for _, v := range []*float64{r.Run.Answer.Estimate, r.Run.Answer.Upper} {
			if v != nil && !math.IsInf(*v, 0) {
				top = max(top, *v)
			}
		}
	}
	low := 0.0
	for _, r := range p.Rounds {
		for _, v := range []*float64{r.Run.Answer.Estimate, r.Run.Answer.Lower} {
			if v != nil {
				low = min(low, *v)
			}
		}
	}
	step := tickStep(top - low)
	top, low = math.Ceil(top/step)*step, math.Floor(low/step)*step
	y := func(v float64) float64 { return roundsTop + roundsHigh*(1-(v-low)/(top-low)) }
	x := func(i int) float64 { return roundsLeft + column*(float64(i)+.5) }
	for n := 0; low+float64(n)*step <= top+step/2; n++ {
		v := low + float64(n)*step
		c.line("p-rule", roundsLeft, y(v), c.width-10, y(v))
		c.text("soft", atEnd, roundsLeft-8, y(v)+4, p.axisNumber(v, step))
	}
	for i := 1; i < len(p.Rounds); i++ {
		if p.joined(i) {
			c.line("p-line", x(i-1), y(*p.Rounds[i-1].Run.Answer.Estimate), x(i), y(*p.Rounds[i].Run.Answer.Estimate))
		}
	}
	table := pictureTable{Caption: p.T("measure.rounds_caption"), Head: []string{p.T("measure.round"), p.T("measure.when"), p.T("measure.word.estimate"), p.T("measure.word.lower"), p.T("measure.word.upper"), p.T("field.study.definition"), p.T("field.place"), p.T("field.study.ages"), p.T("field.study.left_out")}}
	below := roundsTop + roundsHigh + 24
	height := below
	var words []string
	for i, r := range p.Rounds {
		a := r.Run.Answer
		if a.Lower != nil && a.Upper != nil {
			c.line("p-range rounds-range", x(i), y(*a.Lower), x(i), y(*a.Upper))
			for _, v := range []float64{*a.Lower, *a.Upper} {
				c.line("p-range rounds-range", x(i)-6, y(v), x(i)+6, y(v))
			}
		}
		c.circle("p-mark", x(i), y(*a.Estimate), 5)
		c.text("strong", atStart, x(i)+10, y(*a.Estimate)-6, apart(p.Shown(a)))
		at := below
		c.text("strong", atMiddle, x(i), at, r.Letter)
		at += lineStep
		for _, line := range append(wrap(r.When, smallSize, column-20, 2), wrap(oneLine(string(r.Study.Definition)), smallSize, min(column-20, 260), roundsWords)...) {
			c.text("soft", atMiddle, x(i), at, apart(line))
			at += lineStep
		}
		if left := oneLine(string(r.Study.LeftOut)); left != "" {
			at += lineStep / 2
			for _, line := range wrap(p.T("measure.cannot", "What", left), smallSize, min(column-20, 260), roundsWords) {
				c.text("soft", atMiddle, x(i), at, apart(line))
				at += lineStep
			}
		}
		height = max(height, at)
		table.Rows = append(table.Rows, []string{r.Letter, r.When, p.Shown(a), p.Like(a, a.Lower), p.Like(a, a.Upper), string(r.Study.Definition), r.Study.Place, p.Word(r.Study.Ages), string(r.Study.LeftOut)})
		words = append(words, p.T("measure.round_words", "Round", r.Letter, "When", r.When, "Estimate", p.Shown(a), "Lower", p.Like(a, a.Lower), "Upper", p.Like(a, a.Upper)))
	}
	c.height = height
	return c.finish("rounds", strings.Join(words, " ")), table
}

// tickStep is a round step that divides a range into four to eight.
func tickStep(width float64) float64 {
	if width <= 0 || math.IsNaN(width) || math.IsInf(width, 0) {
		return 1
	}
	ten := math.Pow(10, math.Floor(math.Log10(width)))
	for _, step := range []float64{ten / 5, ten / 2, ten} {
		if width/step <= 8 {
			return step
		}
	}
	return 2 * ten
}

// axisNumber writes a number at a tick: shares as per cent, like their points.
func (p *roundsPage) axisNumber(v, step float64) string {
	percent := true
	for _, r := range p.Rounds {
		percent = percent && strings.HasSuffix(r.Run.Answer.Shown, "%")
	}
	if percent {
		return strconv.FormatFloat(100*v, 'f', max(0, int(math.Ceil(-math.Log10(100*step)-1e-9))), 64) + " %"
	}
	if step >= 1 {
		return p.Number(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'f', int(math.Ceil(-math.Log10(step)-1e-9)), 64)
}
