package estimate

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// inf and null are what results hold where nothing is known.
var inf = Number(math.Inf(1))

// plots has each panel with what it is made for, and with what goes wrong.
func plots() map[string]Panel {
	one := 1.0
	long := strings.Repeat("a list with a name of many words ", 12)
	steps := []CurveStep{{5, 1, Null, Null, 20}, {8, .9, .7, .97, 19}, {13, .4, .2, .6, 8}, {21, 0, Null, Null, 1}}
	var million []CurveStep
	for i := range 100_000 {
		million = append(million, CurveStep{float64(i), Number(math.Exp(-float64(i) / 3e4)), .1, .9, 100_000 - i})
	}
	course := []CoursePoint{{1, 10, 11, 11, 9, 13, false}, {2, 12, 11, 11, 9, 13, false}, {3, 7, 8, 11, 9, 13, true}, {4, Null, 8, 11, 8, 14, true}, {6, 9, 8, 12, 8, 15, true}}
	return map[string]Panel{
		"forest": Forest{Heading: "Choices", Axis: Axis{Label: "people"}, Reference: &one, Rows: []ForestRow{
			{Label: "this", Estimate: 11313, Lower: 9884, Upper: 13027, Main: true},
			{Label: "Others", Heading: true},
			{Label: "without A", Estimate: 9000, Lower: 8000, Upper: 1e6},
			{Label: "latent", Estimate: Null, Lower: Null, Upper: Null},
			{Label: "no upper limit", Estimate: 12000, Lower: 9000, Upper: inf},
			{Label: "no limits", Estimate: 12000, Lower: Null, Upper: Null}}},
		"forest of ratios":   Forest{Axis: Axis{Log: true, Label: "ratio"}, Reference: &one, Rows: []ForestRow{{Label: "a", Estimate: .2, Lower: 1e-9, Upper: 5}, {Label: "b", Estimate: 3, Lower: 2, Upper: 1e9}}},
		"forest of shares":   Forest{Axis: Axis{Percent: true}, Rows: []ForestRow{{Label: long, Estimate: 0, Lower: 0, Upper: .03}, {Label: "<&\x00>\"", Estimate: .021, Lower: .01, Upper: .04, Second: true}}},
		"forest of nothing":  Forest{Rows: []ForestRow{{Label: "a", Estimate: Null, Lower: Null, Upper: Null}}},
		"forest without row": Forest{},
		"forest of one":      Forest{Rows: []ForestRow{{Label: "a", Estimate: 0, Lower: 0, Upper: 0}}},
		"forest of giants":   Forest{Rows: []ForestRow{{Label: "a", Estimate: 1e300, Lower: -1e308, Upper: 1.7e308}, {Label: "b", Estimate: -1e299, Lower: Null, Upper: 3}}},
		"forest of nil logs": Forest{Axis: Axis{Log: true}, Rows: []ForestRow{{Label: "a", Estimate: 0, Lower: 0, Upper: 3}, {Label: "b", Estimate: 2, Lower: -1, Upper: 3}}},
		"curves":             Curves{Heading: "Shares", X: Axis{Label: "days"}, Y: Axis{Percent: true}, Lines: []Curve{{Name: "a", Steps: steps, Lost: []float64{8, 21}, Median: 13}, {Name: "b", Steps: steps[:2], Median: Null}}},
		"curves of many":     Curves{Lines: slices.Repeat([]Curve{{Name: long, Steps: steps}}, 9)},
		"curves of causes":   Curves{Rising: true, Lines: []Curve{{Name: "1", Steps: []CurveStep{{1, .01, Null, Null, 0}, {2, .03, .01, .2, 0}}}}},
		"curves of moments":  Curves{Rising: true, Open: true, Lines: []Curve{{Name: "1", Steps: []CurveStep{{10, .4, Null, Null, 0}, {20, .5, Null, Null, 0}}}}},
		"curve of a million": Curves{Lines: []Curve{{Name: "all", Steps: million, Median: 20000}}},
		"curves of nothing":  Curves{},
		"course":             Course{Heading: "Visits", X: Axis{Label: "week"}, Y: Axis{Label: "visits"}, Points: course, Events: []CourseEvent{{"raid", 3}}, Fall: .3},
		"course of one":      Course{Points: course[:1], Fall: Null},
		"course of nothing":  Course{Fall: 2},
		"course below zero":  Course{Points: []CoursePoint{{-3, -5, -4, -4, -6, -2, false}, {-2, -5, -4, inf, Null, Null, true}}, Fall: Null},
		"overlap":            Overlap{Heading: "Lists", Lists: []string{"A", "B", "C"}, Cells: []OverlapCell{{[]bool{true, false, false}, 995}, {[]bool{true, true, false}, 3}, {[]bool{false, true, true}, 0}, {[]bool{true, false, true}, 1}}},
		"overlap of many": Overlap{Lists: []string{long, "B", "C", "D", "E", "F"}, Cells: func() (cells []OverlapCell) {
			for w := 1; w < 64; w++ {
				on := make([]bool, 6)
				for i := range on {
					on[i] = w>>i&1 == 1
				}
				cells = append(cells, OverlapCell{on, float64(w * 12345)})
			}
			return cells
		}()},
		"overlap of nothing": Overlap{Lists: []string{"A", "B"}},
	}
}

// TestPlots holds that whatever it is given, a plot is well-formed, says in
// words what it shows, has no style attribute, and draws within its paper.
func TestPlots(t *testing.T) {
	for name, panel := range plots() {
		t.Run(name, func(t *testing.T) {
			p := Plot{Title: "A title of <" + name + ">", Note: strings.Repeat("A note that must be read. ", 9), Panels: []Panel{panel, panel}}
			file := p.File()
			elements := inspectSVG(t, file)
			if elements["style"] != 1 || elements["title"] != 1 || elements["desc"] != 1 {
				t.Errorf("elements %v; want one style, one title and one desc", elements)
			}
			if n := inspectSVG(t, []byte(p.Markup("p1")))["style"]; n != 0 {
				t.Errorf("markup for a page has %d style elements, want 0", n)
			}
			if len(file) > 400_000 {
				t.Errorf("%d bytes", len(file))
			}
			if again := p.File(); !bytes.Equal(again, file) {
				t.Error("drawn again it is another picture")
			}
		})
	}
}

var coordinate = regexp.MustCompile(`-?[0-9.]+`)

// inspectSVG reads a picture and counts its elements by name.
func inspectSVG(t *testing.T, svg []byte) map[string]int {
	t.Helper()
	elements := map[string]int{}
	var width, height float64
	if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
		t.Error("a number in it is none")
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return elements
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements[e.Name.Local]++
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "style":
				t.Errorf("<%s> has a style attribute", e.Name.Local)
			case "viewBox":
				n := coordinate.FindAllString(a.Value, -1)
				width, _ = strconv.ParseFloat(n[2], 64)
				height, _ = strconv.ParseFloat(n[3], 64)
			case "x", "cx", "y", "cy", "width", "height":
				v, err := strconv.ParseFloat(a.Value, 64)
				most := width
				if strings.Contains("cy height", a.Name.Local) {
					most = height
				}
				if err != nil || v < 0 || v > most {
					t.Errorf("<%s %s=%q> lies outside of %v × %v", e.Name.Local, a.Name.Local, a.Value, width, height)
				}
			case "d":
				if strings.ContainsAny(a.Value, "eE") {
					t.Errorf("a path with an exponent: %s", a.Value)
				}
			}
		}
	}
}

// TestPlotWords holds that a picture can be had without seeing it.
func TestPlotWords(t *testing.T) {
	p := Plot{Title: "People", Panels: []Panel{plots()["forest"], plots()["overlap"], plots()["course"], plots()["curves"]}}
	text := p.Markup("x")
	desc := text[strings.Index(text, "<desc"):strings.Index(text, "</desc>")]
	for _, want := range []string{
		"Choices: this 11,313 (9,884 to 13,027)", "latent no number", "no upper limit 12,000 (9,000 upwards)",
		"A 999, B 3, C 1; on A only 995, A and B only 3, A and C only 1",
		"Event raid began at 3.", "The smallest fall that could have been seen is 30.0 %.",
		"a: 0.0 % at 21, the end, median 13",
	} {
		if !strings.Contains(desc, want) {
			t.Errorf("the words do not say %q:\n%s", want, desc)
		}
	}
}

// A picture says in words what it shows, beside showing it.
func ExamplePlot() {
	p := Plot{Title: "How many people there are", Panels: []Panel{Forest{
		Heading: "By how one asks",
		Rows: []ForestRow{
			{Label: "model stepwise", Estimate: 11313, Lower: 9332, Upper: 15298, Main: true},
			{Label: "model hierarchical", Estimate: 22991, Lower: 17862, Upper: 29862},
		},
	}}}
	_, words, _ := strings.Cut(p.Markup("people"), `<desc id="people-desc">`)
	words, _, _ = strings.Cut(words, "</desc>")
	fmt.Println(words)
	// Output: By how one asks: model stepwise 11,313 (9,332 to 15,298); model hierarchical 22,991 (17,862 to 29,862).
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		log    bool
		want   string
	}{
		{0, 1, false, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{6300, 36200, false, "10,000 15,000 20,000 25,000 30,000 35,000"},
		{-3, 12, false, "0 5 10"},
		{.15, 1.1, true, "0.2 0.5 1"},
		{.001, 1000, true, "0.001 0.1 10 1,000"},
		{.97, 1.06, true, "0.98 1.00 1.02 1.04 1.06"},
	} {
		at, step := newScale(c.lo, c.hi, c.log, 0, 100).ticks(6)
		var got []string
		for _, v := range at {
			got = append(got, Axis{}.tick(v, step))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("ticks from %v to %v, log %v: %s; want %s", c.lo, c.hi, c.log, s, c.want)
		}
	}
}
