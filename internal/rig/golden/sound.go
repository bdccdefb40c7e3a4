package golden

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"plumbline/estimate"
)

// unsound is what words must not hold: numbers that are none, and verbs of
// formats that met the wrong thing.
var unsound = regexp.MustCompile(`\bNaN\b|[+-]?\bInf\b|%!|\bnull\b|e[+-][0-9]{3}`)

// Sound holds that an estimator that was thrown in came back in time,
// and with an [estimate.InputError] or with a result that prints. It reports
// whether there is a result.
func Sound(t *testing.T, in string, begun time.Time, result any, err error) bool {
	t.Helper()
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("took %v", took)
	}
	if err != nil {
		var bad *estimate.InputError
		if !errors.As(err, &bad) {
			t.Errorf("neither a result nor a mistake of the input: %v", err)
		} else if found := unsound.FindString(err.Error()); found != "" && !strings.Contains(in, found) {
			t.Errorf("the error says %q in %q", found, err)
		}
		return false
	}
	b, err := json.Marshal(result)
	if err != nil {
		t.Errorf("the result is no JSON: %v", err)
		return false
	}
	var words struct {
		Sentence string
		Warnings []estimate.Warning
	}
	if err := json.Unmarshal(b, &words); err != nil {
		t.Error(err)
	}
	for _, w := range append(words.Warnings, estimate.Warning{Code: "sentence", Text: words.Sentence}) {
		if found := unsound.FindString(w.Text); found != "" && !strings.Contains(in, found) {
			t.Errorf("%s says %q in %q", w.Code, found, w.Text)
		}
	}
	return true
}
