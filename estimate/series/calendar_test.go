package series

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
)

// TestCalendar writes every time the way it was read, one after another over the
// ends of years.
func TestCalendar(t *testing.T) {
	for unit, times := range map[string][]string{
		"month":   {"2019-11", "2019-12", "2020-01", "2020-02"},
		"quarter": {"2019-Q3", "2019-Q4", "2020-Q1"},
		"week":    {"2020-W52", "2020-W53", "2021-W01", "2021-W02"},
		"day":     {"2020-02-28", "2020-02-29", "2020-03-01"},
	} {
		rows := make([][]string, len(times))
		for k, s := range times {
			rows[len(times)-1-k] = []string{s} // backwards
		}
		tab, err := estimate.NewTable("t.csv", []string{"t"}, rows)
		if err != nil {
			t.Fatal(err)
		}
		v, c, err := readCalendar(tab, "t")
		if err != nil || c.Unit != unit || c.First != times[0] {
			t.Errorf("%s: %+v, %v", unit, c, err)
			continue
		}
		for k, s := range times {
			if got := v[len(times)-1-k]; got != float64(k+1) || c.Name(got) != s {
				t.Errorf("%s is %v, written %q; want %d", s, got, c.Name(got), k+1)
			}
			if at, ok := c.at(s); !ok || at != float64(k+1) {
				t.Errorf("an event at %s is at %v, %v", s, at, ok)
			}
		}
	}
	// Weeks and days against the standard library, over some leap years.
	for d := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2031; d = d.AddDate(0, 0, 1) {
		y, w := d.ISOWeek()
		text := fmt.Sprintf("%04d-W%02d", y, w)
		n, ok := parse("week", text)
		if !ok || (&Calendar{Unit: "week", start: n}).Name(1) != text {
			t.Fatalf("%s: week %s is %d, %v", d, text, n, ok)
		}
		if next, _ := parse("week", func() string { y, w := d.AddDate(0, 0, 7).ISOWeek(); return fmt.Sprintf("%04d-W%02d", y, w) }()); next != n+1 {
			t.Fatalf("the week after %s is %d after it", text, next-n)
		}
	}
}

// TestMonths gives the same series with times as numbers and as months, whose
// first days are months too.
func TestMonths(t *testing.T) {
	write := func(of func(k int) string) string {
		var b strings.Builder
		b.WriteString("t,y\n")
		for k := range 30 {
			fmt.Fprintf(&b, "%s,%d\n", of(k), 40+k*7%13-k/20*9)
		}
		return b.String()
	}
	plain := fit(t, csv(t, write(func(k int) string { return fmt.Sprint(k + 1) })), Spec{Y: "y", Time: "t", Events: []string{"21"}, Family: Poisson, Harmonics: 1, Period: 12})
	for form, event := range map[string]string{"%04d-%02d": "2020-09", "%04d-%02d-01": "2020-09-01"} {
		got := fit(t, csv(t, write(func(k int) string { return fmt.Sprintf(form, 2019+k/12, k%12+1) })), Spec{Y: "y", Time: "t", Events: []string{event}, Family: Poisson, Harmonics: 1, Period: 12})
		if math.Abs(float64(got.Estimate-plain.Estimate)) > 1e-12 || got.Calendar == nil || got.Calendar.First[:7] != "2019-01" {
			t.Errorf("%s: got %v and %+v, want %v", form, got.Estimate, got.Calendar, plain.Estimate)
		}
	}
}

func TestBadTimes(t *testing.T) {
	for times, want := range map[string]string{
		"2020-01 2020-13":                  `clinic.csv: row 3, column "t": there is no month 2020-13`,
		"2020-01-01 2021-02-29":            `there is no day 2021-02-29`,
		"2021-W53 2022-W01":                `there is no week 2021-W53`,
		"2020-01 2020-Q2":                  `"2020-Q2" is written otherwise than "2020-01"`,
		"May June":                         `row 2, column "t": "May" is not a time`,
		"2020-01-01T10:00:00Z 2020-01-02":  `has a time of day`,
		"2020-01 2020-02 2020-04 2020-05":  `time goes from 2020-02 to 2020-04`,
		"2020-01 2020-02 2020-02 2020-03":  `time 2020-02 occurs twice`,
		"2020-01 2020-02 2020-03 NA":       `row 5, column "t": the time is missing`,
		"01/2020 02/2020 03/2020":          `"01/2020" is not a time`,
		"2020-01 2020-02 2020-03 2020-004": `"2020-004" is not a time`,
	} {
		text := "t,y\n"
		for k, s := range strings.Fields(times) {
			text += fmt.Sprintf("%s,%d\n", s, k)
		}
		_, err := Fit(t.Context(), csv(t, text), Spec{Y: "y", Time: "t", Events: []string{"2020-03"}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", times, err, want)
		}
	}
}
