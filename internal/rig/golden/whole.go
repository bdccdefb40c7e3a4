package golden

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seen are the numbers of references that tests have looked at.
var seen = map[float64]bool{}

func saw(v float64) float64 {
	seen[math.Abs(v)] = true
	return v
}

// Left says which numbers of the reference files no test compares, and why:
// from a path such as UKdat_5.json/rcapture/closedp, where * stands for any
// step and # for any place in a list, and where the steps below may be left
// out, to a reason.
type Left map[string]string

// Main runs the tests of a package and returns the exit status; it writes to out
// what is amiss, and in verbose runs how many numbers were compared. When all that
// are called Golden have run and passed, it also holds that they looked at every
// number under "results" in the JSON files of testdata, but for those left, and
// that nothing is said to be left that is not.
//
// Numbers are told apart by their value, so a small whole number that stands in
// two places may hide behind itself.
func Main(m *testing.M, out io.Writer, left Left) int {
	code := m.Run()
	if code != 0 || testing.Short() || !slices.Contains([]string{"", "Golden"}, flag.Lookup("test.run").Value.String()) {
		return code
	}
	for _, other := range []string{"test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(other).Value.String() != "" {
			return code
		}
	}
	compared, missed, err := whole()
	if err != nil {
		fmt.Fprintln(out, "golden:", err)
		return 1
	}
	unused := Left{}
	maps.Copy(unused, left)
	var untold []string
	for _, path := range slices.Sorted(maps.Keys(missed)) {
		if p := left.match(path); p != "" {
			delete(unused, p)
		} else {
			untold = append(untold, fmt.Sprintf("%s: %d", path, missed[path]))
		}
	}
	if testing.Verbose() {
		fmt.Fprintf(out, "golden: %d numbers of reference files compared; the others:\n", compared)
		for _, p := range slices.Sorted(maps.Keys(left)) {
			fmt.Fprintf(out, "golden: %s: %s\n", p, left[p])
		}
	}
	for _, path := range untold {
		fmt.Fprintln(out, "golden: no test compares", path)
	}
	for _, p := range slices.Sorted(maps.Keys(unused)) {
		fmt.Fprintln(out, "golden: nothing is left uncompared at", p)
	}
	if len(untold)+len(unused) > 0 {
		return 1
	}
	return code
}

// whole counts the numbers of all reference files that were looked at, and
// those that were not by path.
func whole() (compared int, missed map[string]int, err error) {
	missed = map[string]int{}
	err = filepath.WalkDir("testdata", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".json" {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var file struct {
			Schema  string
			Results any
		}
		if err := json.Unmarshal(b, &file); err != nil || !strings.HasPrefix(file.Schema, "golden") {
			return err
		}
		leaves(filepath.Base(name), file.Results, func(path string, v float64) {
			if seen[math.Abs(v)] {
				compared++
			} else {
				missed[path]++
			}
		})
		return nil
	})
	return compared, missed, err
}

func leaves(path string, v any, visit func(path string, v float64)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			leaves(path+"/"+k, x, visit)
		}
	case []any:
		for _, x := range v {
			leaves(path+"/#", x, visit)
		}
	case float64:
		visit(path, v)
	}
}

// match returns the pattern that a path falls under.
func (l Left) match(path string) string {
	steps := strings.Split(path, "/")
next:
	for p := range l {
		want := strings.Split(p, "/")
		if len(want) > len(steps) {
			continue
		}
		for i, w := range want {
			if w != "*" && w != steps[i] {
				continue next
			}
		}
		return p
	}
	return ""
}
