package main

import (
	"cmp"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestVectors holds this verifier to the cases that the program is held to. A case that
// takes more than hashes, signatures and sums to refuse is none of its business.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile("../../figure/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Policy  string
		Release map[string]string
		Cases   []struct {
			Name, Fails, Older, Policy string
			Beyond                     bool
			Change                     map[string]*string
		}
	}
	if err := json.Unmarshal(data, &v); err != nil || len(v.Cases) < 20 {
		t.Fatalf("%d cases, %v", len(v.Cases), err)
	}
	for _, c := range v.Cases {
		if c.Beyond {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			fail = func(why string) { panic(why) }
			files := map[string][]byte{}
			for name, text := range v.Release {
				files[name] = []byte(text)
			}
			for name, text := range c.Change {
				if delete(files, name); text != nil {
					files[name] = []byte(*text)
				}
			}
			var older []byte
			if c.Older != "" {
				older = []byte(c.Older)
			}
			failed := ""
			func() {
				defer func() {
					if f := recover(); f != nil {
						failed, _, _ = strings.Cut(f.(string), ":")
					}
				}()
				check(files, cmp.Or(c.Policy, v.Policy), older)
			}()
			if failed != c.Fails {
				t.Errorf("failed %q, want %q", failed, c.Fails)
			}
		})
	}
}
