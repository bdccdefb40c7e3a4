package survey

import (
	"fmt"
	"slices"
	"strings"

	"plumbline/estimate"
)

// Rounds says what each round measured. A number of one round is compared with
// a number of another only when definition, places and age method are the same.
type Rounds struct {
	FromRound, ToRound Round
	// Same names columns that must hold the same set of values in both rounds,
	// for instance the city or the age method.
	Same []string
	// AllowDifferent compares nevertheless, and says so in the result.
	AllowDifferent bool
}

// Round describes a round in the caller's words. Empty is not stated.
type Round struct {
	Definition string // what was counted
	Places     string // where
	AgeMethod  string // how age was told
}

// A Difference is something the rounds do not share.
type Difference struct {
	What string `json:"what"`
	From string `json:"from"`
	To   string `json:"to"`
}

// NotComparable refuses a comparison of rounds that measured different things.
type NotComparable struct{ Differences []Difference }

func (e *NotComparable) Error() string {
	return "the rounds cannot be compared: " + differences(e.Differences)
}

func differences(d []Difference) string {
	parts := make([]string, len(d))
	for k, x := range d {
		parts[k] = fmt.Sprintf("%s %q against %q", x.What, x.From, x.To)
	}
	return strings.Join(parts, "; ")
}

// compare returns what differs between the rounds, and what was not stated.
func (r Rounds) compare() (differ []Difference, silent []string) {
	for _, x := range []Difference{
		{"definition", r.FromRound.Definition, r.ToRound.Definition},
		{"places", r.FromRound.Places, r.ToRound.Places},
		{"age method", r.FromRound.AgeMethod, r.ToRound.AgeMethod},
	} {
		switch {
		case x.From == "" || x.To == "":
			silent = append(silent, x.What)
		case !strings.EqualFold(strings.Join(strings.Fields(x.From), " "), strings.Join(strings.Fields(x.To), " ")):
			differ = append(differ, x)
		}
	}
	return differ, silent
}

// settle refuses rounds that differ, or records that they do.
func (r Rounds) settle(out *ChangeReport, differ []Difference, silent []string) error {
	if len(differ) > 0 {
		if !r.AllowDifferent {
			return &NotComparable{differ}
		}
		out.Different = differ
		out.Warn("rounds-differ", "The rounds did not measure the same thing (%s), and were compared because the caller asked for it. The change may be of the measure and not of the world.", differences(differ))
	}
	if len(silent) > 0 {
		out.Warn("rounds-not-described", "It was not stated whether both rounds share the %s.", strings.Join(silent, ", "))
	}
	return nil
}

// waves splits rows into the two rounds, keeping their order.
func (f *fitter) waves(sp ChangeSpec, rows []int32) (wave [2][]int32, err error) {
	codes, values, err := f.table.Levels(sp.Wave)
	if err != nil {
		return wave, err
	}
	if sp.From == sp.To {
		return wave, option("to", fmt.Sprintf("both rounds are %q", sp.To), "two different rounds")
	}
	for k, name := range []string{sp.From, sp.To} {
		code := slices.Index(values, name)
		if code < 0 {
			return wave, &estimate.InputError{File: f.table.Name, Column: sp.Wave, Wrong: fmt.Sprintf("there is no round %q", name), Want: "one of " + some(values)}
		}
		for _, i := range rows {
			if codes[i] == code {
				wave[k] = append(wave[k], i)
			}
		}
		if len(wave[k]) == 0 {
			return wave, &estimate.InputError{File: f.table.Name, Column: sp.Wave, Wrong: fmt.Sprintf("nobody of round %q is in the domain with an answer", name), Want: "answers in both rounds"}
		}
	}
	return wave, nil
}

// apart returns the columns of same whose values differ between the rounds.
func (f *fitter) apart(same []string, wave [2][]int32) ([]Difference, error) {
	var out []Difference
	for _, name := range same {
		codes, values, err := f.table.Levels(name)
		if err != nil {
			return nil, err
		}
		var text [2]string
		for k := range wave {
			found := map[string]bool{}
			for _, i := range wave[k] {
				if codes[i] >= 0 {
					found[values[codes[i]]] = true
				}
			}
			list := make([]string, 0, len(found))
			for v := range found {
				list = append(list, v)
			}
			slices.Sort(list)
			text[k] = strings.Join(list, ", ")
		}
		if text[0] != text[1] {
			out = append(out, Difference{name, text[0], text[1]})
		}
	}
	return out, nil
}

// sharedLabels warns when clusters of one name in both rounds are taken as
// different ones: if they are the same venues, the rounds are not independent.
func (f *fitter) sharedLabels(sp ChangeSpec, wave [2][]int32, out *ChangeReport) error {
	if len(sp.Clusters) == 0 || sp.Independent {
		return nil
	}
	// With labels that repeat between strata, one label in two strata is two
	// clusters, and rounds that share a stratum show which are the same.
	strata := map[int32]bool{}
	for _, i := range wave[0] {
		strata[f.stratum[i]] = true
	}
	for _, i := range wave[1] {
		if strata[f.stratum[i]] {
			return nil
		}
	}
	codes, values, err := f.table.Levels(sp.Clusters[0])
	if err != nil {
		return err
	}
	first := make([]int32, len(values))
	for _, i := range wave[0] {
		first[codes[i]] = f.psu[i] + 1
	}
	var apart []string
	for _, i := range wave[1] {
		if c := codes[i]; first[c] > 0 && first[c] != f.psu[i]+1 {
			apart = append(apart, values[c])
			first[c] = 0
		}
	}
	if len(apart) > 0 {
		out.Warn("clusters-taken-apart", "%d clusters have one name in both rounds (%s) and are taken as different, since they are in different strata. If they are the same places, give them strata that do not name the round.", len(apart), some(apart))
	}
	return nil
}
