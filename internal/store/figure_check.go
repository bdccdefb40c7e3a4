package store

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
)

// A FigureCheck holds a figure of the record against a claim.
type FigureCheck struct {
	Figure     string                 `json:"figure"`
	Claim      string                 `json:"claim"`
	Result     figure.CheckResult     `json:"result"`
	Difference *float64               `json:"difference"` // where they differ: the claim less the nearest that the record allows
	Refused    []figure.Reason        `json:"refused"`    // why the record cannot tell
	Mind       []figure.Reason        `json:"mind"`       // what to know of the answer
	Country    string                 `json:"country,omitempty"`
	Place      string                 `json:"place,omitempty"`
	From       *time.Time             `json:"from,omitempty"`  // of the operations counted
	Until      *time.Time             `json:"until,omitempty"` // not of it any more
	Record     *plumbline.FigureValue `json:"record"`
	Scope      FigureScope            `json:"scope"`
}

// Why says in English why the answer is what it is.
func (k *FigureCheck) Why() string {
	switch k.Result {
	case figure.CheckAgrees:
		return "what the claim says lies in what the record can tell"
	case figure.CheckDiffers:
		more := "more"
		if *k.Difference < 0 {
			more = "less"
		}
		return fmt.Sprintf("the claim says %s %s than the record allows", plumbline.Decimal(math.Abs(*k.Difference)), more)
	}
	var why []string
	for _, r := range k.Refused {
		why = append(why, "the claim "+r.Text)
	}
	return strings.Join(why, "; ")
}

// Kept is the check as the register of claims keeps it.
func (k *FigureCheck) Kept(d *plumbline.Definition) figure.ClaimCheck {
	c := figure.ClaimCheck{Claim: k.Claim, Figure: k.Figure, Version: fmt.Sprint(d.Version), Result: k.Result, Why: k.Why()}
	if k.Result != figure.CheckCannotTell {
		c.Value = k.Record.Text(d.Unit)
	}
	return c
}

// CheckOptions say which operations a claim is held against, where the claim's
// own words are not to be read.
type CheckOptions struct {
	Filter   Filter
	Complete bool // every operation of that place and period is on record
}

// CheckFigure holds a figure over what the actor may see against a claim of a
// register. Place and period are read from the claim's words; made-up
// operations are left out. A count over several operations is a least number,
// unless somebody says that the record is complete. It returns NotFound when
// there is no such figure.
func (db *DB) CheckFigure(ctx context.Context, a plumbline.Actor, name string, reg *figure.Register, c *figure.Claim, o CheckOptions) (*FigureCheck, error) {
	d := plumbline.FindDefinition(name)
	if d == nil {
		return nil, plumbline.NotFound("figure")
	}
	k := &FigureCheck{Figure: name, Claim: c.ID, Result: figure.CheckCannotTell, Refused: []figure.Reason{}, Mind: []figure.Reason{}}
	k.likeness(d, c)
	countries, err := db.Countries(ctx, a)
	if err != nil {
		return nil, err
	}
	f := k.where(c, o.Filter, countries)
	if len(reg.Rivals(c)) > 0 {
		k.mind("contested", "is contested")
	}
	cases, scope, err := db.figureCases(ctx, a, d, f, countsReal)
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(c figureCase) bool { return !c.Applies() })
	var sum plumbline.Sum
	for _, c := range cases {
		sum.Add(c.Portion)
	}
	scope.Operations = len(cases)
	k.Record, k.Scope = d.Read(&sum), scope
	if len(cases) == 0 {
		text := "no operation of that place and period is on record"
		if scope.Series > 0 {
			text = "the record tells of that place and period only as a series, of whose operations nobody has told"
		}
		k.refuse("coverage", text)
		return k, nil
	}
	own, err := db.restOn(ctx, cases, c.ID)
	if err != nil {
		return nil, err
	}
	if own {
		k.mind("own-source", "is itself what the record of these operations rests on: agreement is no second witness")
	}
	if len(k.Refused) == 0 {
		k.decide(d, c.Figure, o.Complete)
	}
	return k, nil
}

func (k *FigureCheck) refuse(code, text string) {
	k.Refused = append(k.Refused, figure.Reason{Code: code, Text: text, Claims: []string{k.Claim}})
}

func (k *FigureCheck) mind(code, text string) {
	k.Mind = append(k.Mind, figure.Reason{Code: code, Text: text, Claims: []string{k.Claim}})
}

// likeness says what differs between the claim and the figure, by the codes of
// figure.Compare.
func (k *FigureCheck) likeness(d *plumbline.Definition, c *figure.Claim) {
	if !c.Figure.Numeric() {
		k.refuse("no-number", "gives no number: a word, a date or nothing cannot be held against one")
	}
	if c.OpenTotal() {
		k.refuse("open-total", "is a running total without a start: nobody can tell which operations are in it")
	}
	texts := map[string]string{
		"unit":       fmt.Sprintf("counts %q, which is not what the figure counts", c.Unit),
		"population": fmt.Sprintf("is about %q, and the record is about people met in operations", c.Population),
		"definition": "is by another definition",
	}
	i := slices.IndexFunc(d.Claims, func(b plumbline.Bearing) bool { return b.Claim == c.ID })
	if i < 0 {
		k.refuse("unit", texts["unit"])
		return
	}
	for _, code := range d.Claims[i].Refuse {
		k.refuse(code, texts[code])
	}
	for _, code := range d.Claims[i].Mind {
		k.mind(code, texts[code])
	}
	if c.Definition == "" {
		k.mind("no-definition", "does not say what is counted")
	}
}

// where reads place and period from the claim's words, as far as the options
// leave them open.
func (k *FigureCheck) where(c *figure.Claim, f Filter, countries []string) Filter {
	if f.Country == "" && f.Unit == "" && f.Text == "" {
		place, country := "", c.Place
		if i := strings.LastIndex(c.Place, ", "); i >= 0 {
			place, country = c.Place[:i], c.Place[i+2:]
		}
		i := slices.IndexFunc(countries, func(name string) bool { return strings.EqualFold(name, country) })
		if i < 0 || strings.Contains(place, ",") {
			k.refuse("place", fmt.Sprintf("is about %q, and the record does not say which operations are there", c.Place))
		} else {
			f.Country, f.Text = countries[i], place
		}
	}
	if f.From.IsZero() && f.Until.IsZero() {
		from, until, exact, ok := readPeriod(c.Period)
		if !ok {
			k.refuse("period", fmt.Sprintf("is about %q, which is no period with an end and a beginning", c.Period))
		}
		if f.From, f.Until = from, until; ok && !exact {
			k.mind("period", fmt.Sprintf("is about %q, which is read as whole years", c.Period))
		}
	}
	k.Country, k.Place = f.Country, f.Text
	if !f.From.IsZero() {
		k.From = &f.From
	}
	if !f.Until.IsZero() {
		k.Until = &f.Until
	}
	return f
}

var (
	yearsForm = regexp.MustCompile(`\b([0-9]{4})-([0-9]{4})\b`)
	dateForm  = regexp.MustCompile(`\b[0-9]{4}(-[0-9]{2}){0,2}\b`)
)

// readPeriod reads the period of a claim: "2010", "2009-10", "2009-10-05",
// "2002-2011", "since 2003", and any words around one of these, which make it
// inexact. What has an end and no beginning is no period.
func readPeriod(text string) (from, until time.Time, exact, ok bool) {
	first, last := "", ""
	switch years := yearsForm.FindStringSubmatch(text); {
	case years != nil && len(dateForm.FindAllString(text, -1)) <= 2:
		first, last, exact = years[1], years[2], text == years[0]
	default:
		dates := dateForm.FindAllString(text, -1)
		if len(dates) != 1 {
			return from, until, false, false
		}
		first, last, exact = dates[0], dates[0], text == dates[0]
	}
	words := strings.Fields(strings.ToLower(text))
	says := func(list ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	if says("to", "before", "until") {
		return from, until, false, false
	}
	begin, err1 := plumbline.ParseWhen(first)
	end, err2 := plumbline.ParseWhen(last)
	if err1 != nil || err2 != nil {
		return from, until, false, false
	}
	from, _ = begin.Earliest()
	if until, _ = end.Latest(); says("since", "from") {
		until, exact = time.Time{}, exact || len(words) == 2
	}
	return from, until, exact, until.IsZero() || from.Before(until)
}

// decide holds the claim's number against what the record allows.
func (k *FigureCheck) decide(d *plumbline.Definition, q figure.Quantity, complete bool) {
	v := k.Record
	if v.Open(d.Unit) || v.Unbounded > 0 {
		k.refuse("open", "lies in what the record leaves open: by it the figure can be anything")
		return
	}
	low, high := *v.Low, math.Inf(1)
	if v.High != nil {
		high = *v.High
	}
	if d.Unit == plumbline.InPeople && k.Scope.Operations > 1 && !complete {
		high = math.Inf(1)
		k.mind("coverage", "is held against the operations on record, and there may be others: their sum is a least number")
	} else if d.Unit.Parted() && !complete {
		k.mind("coverage", "is held against the operations on record, and there may be others")
	}
	if v.CannotTell > 0 {
		k.mind("bound", fmt.Sprintf("is held against a range, since %d of %d cases cannot tell", v.CannotTell, v.Cases))
	}
	gap := 0.0
	switch {
	case high < q.Low || high == q.Low && q.Form == figure.MoreThan:
		gap = q.Low - high
	case low > q.High || low == q.High && q.Form == figure.LessThan:
		gap = q.High - low
	case q.Low <= low && high <= q.High || !math.IsInf(high, 1):
		k.Result = figure.CheckAgrees
		return
	default:
		k.refuse("open", "lies in what the record leaves open: it knows a least number and no most")
		return
	}
	if q.Form == figure.About {
		k.refuse("about", fmt.Sprintf("says about, and nobody says how far that reaches; it is %.4g from what the record allows", math.Abs(gap)))
		return
	}
	k.Result, k.Difference = figure.CheckDiffers, &gap
}

// sourcesRead is how many operations a check reads for their sources.
const sourcesRead = 20

// restOn reports whether one of some operations rests on a claim: a figure over
// it is then the claim told again. Of many operations it is not asked.
func (db *DB) restOn(ctx context.Context, cases []figureCase, claim string) (rests bool, err error) {
	if len(cases) > sourcesRead {
		return false, nil
	}
	err = db.view(ctx, func(tx *Tx) error {
		rests = false
		for _, c := range cases {
			if c.row == nil {
				continue
			}
			d, _, err := tx.load(Subject{plumbline.KindOperation, plumbline.ID(c.row.id)})
			if err != nil {
				return err
			}
			r := d.(*plumbline.Record)
			for _, e := range r.Entries() {
				rests = rests || slices.Contains(plumbline.HeadOf(e).Sources, claim)
			}
			for _, a := range r.Accounts {
				rests = rests || slices.ContainsFunc(a.Points, func(p plumbline.Point) bool { return slices.Contains(p.Sources, claim) })
			}
		}
		return nil
	})
	return rests, err
}
