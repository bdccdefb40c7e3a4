package plumbline_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// The SQLite driver is C translated to Go for one version of modernc.org/libc, and its
// maintainers support no other: with another it builds, and may then corrupt a file. Module
// selection raises libc on its own, and lowering the driver does not lower it again.
func TestLibcIsTheDrivers(t *testing.T) {
	const driver, libc = "modernc.org/sqlite", "modernc.org/libc"
	ours := readModule(t, "go.mod")
	version := required(ours, driver)
	if version == "" {
		t.Fatalf("go.mod does not require %s", driver)
	}
	theirs := readModule(t, moduleFile(t, module.Version{Path: driver, Version: version}))
	if theirs.Module == nil || theirs.Module.Mod.Path != driver {
		t.Fatalf("the file read for %s is for %v", driver, theirs.Module)
	}
	got, want := required(ours, libc), required(theirs, libc)
	if want == "" {
		t.Fatalf("%s %s does not require %s any more; is this test still needed?", driver, version, libc)
	}
	if got != want {
		t.Errorf("go.mod has %s %q; %s %s wants %s: run go get %s@%s", libc, got, driver, version, want, libc, want)
	}
}

// With a replacement, go install of a version fails for everybody else.
func TestNoReplacements(t *testing.T) {
	for _, r := range readModule(t, "go.mod").Replace {
		t.Errorf("go.mod replaces %s", r.Old)
	}
}

func readModule(t *testing.T, name string) *modfile.File {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func required(f *modfile.File, path string) string {
	for _, r := range f.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

// moduleFile returns the name of m's own go.mod in the module cache, where it is if
// anything could be built. It skips the test when the go command cannot get it.
func moduleFile(t *testing.T, m module.Version) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", m.String()).Output()
	var download struct{ GoMod, Error string }
	if jsonErr := json.Unmarshal(out, &download); jsonErr != nil || download.GoMod == "" {
		t.Skipf("the go.mod of %s is neither in the module cache nor to be had: %v %s", m, err, download.Error)
	}
	return download.GoMod
}
