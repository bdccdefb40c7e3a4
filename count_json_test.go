package plumbline

import (
	"encoding/json"
	"testing"
)

func TestCountReadsEscapedText(t *testing.T) {
	for in, want := range map[string]Count{
		`"\u003e12"`:     AtLeast(13), // as Go's encoder writes ">12"
		`"\u0661\u0662"`: Exactly(12), // as Python's writes "١٢"
		`"12+"`:          AtLeast(12),
		`null`:           {},
	} {
		var got Count
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{`"null"`, `1.5`, `-1`, `true`, `[1]`, `"twelve"`} {
		var got Count
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s: read as %v, want a refusal", in, got)
		}
	}
}

// Whatever a file may hold comes back the same, a guess beside bounds too.
func TestCountRoundTrip(t *testing.T) {
	for _, in := range []string{
		`{"value":7,"bound":"exact"}`,
		`{"value":7,"bound":"at_least"}`,
		`{"value":7,"bound":"at_least","at_most":12}`,
		`{"value":7,"bound":"at_least","about":10}`,
		`{"value":7,"bound":"at_least","at_most":12,"about":10}`,
		`{"value":null,"bound":"unknown"}`,
		`{"value":null,"bound":"unknown","at_most":12}`,
		`{"value":null,"bound":"unknown","about":10}`,
		`{"value":null,"bound":"unknown","at_most":12,"about":10}`,
	} {
		var c Count
		if err := json.Unmarshal([]byte(in), &c); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		out, err := json.Marshal(c)
		if err != nil || string(out) != in {
			t.Errorf("%s: came back as %s, %v", in, out, err)
		}
	}
	for _, in := range []string{
		`{"value":7,"bound":"at_least","about":5}`,
		`{"value":7,"bound":"at_least","at_most":5}`,
		`{"value":7,"bound":"unknown"}`,
		`{"value":null,"bound":"exact"}`,
		`{"value":null,"bound":"unknown","at_most":5,"about":9}`,
	} {
		var c Count
		if err := json.Unmarshal([]byte(in), &c); err == nil {
			t.Errorf("%s: read as %v, want a refusal", in, c)
		}
	}
}
