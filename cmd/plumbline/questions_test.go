package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"plumbline/internal/rig"
	"plumbline/internal/store"
)

// toldSite makes a site with the small coalition as it stood on a day.
func toldSite(t *testing.T, day string) (path string) {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "plumbline.db")
	clock := new(rig.Clock)
	clock.Set(at.Add(10 * time.Hour))
	db, err := store.Open(t.Context(), store.Options{Address: path, Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := rig.Tell(t.Context(), db, clock, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

var transcript = regexp.MustCompile("(?s)```console\n\\$ (plumbline [^\n]*)\n(.*?)```")

// Every command in doc/questions.md and doc/dialogues.md prints what stands below it there; a line
// of … stands for lines that are left out.
func TestQuestions(t *testing.T) {
	var text []byte
	for _, name := range []string{"questions.md", "dialogues.md"} {
		one, err := os.ReadFile("../../doc/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, one...)
	}
	site := toldSite(t, "2026-06-01")
	found := transcript.FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Errorf("%d transcripts, want ten at least", len(found))
	}
	for _, m := range found {
		args := strings.Fields(strings.ReplaceAll(m[1], "demo/plumbline.db", site))[1:]
		var out, failed bytes.Buffer
		code := run(context.Background(), args, streams{strings.NewReader(""), &out, &failed, func(string) string { return "" }})
		if code == exitFailed {
			t.Errorf("%s: %s", m[1], failed.String())
			continue
		}
		lines, gap := strings.Split(strings.TrimRight(out.String(), "\n"), "\n"), false
		for want := range strings.Lines(m[2]) {
			want = strings.TrimRight(want, "\n")
			if strings.TrimSpace(want) == "…" {
				gap = true
				continue
			}
			at := 0
			for gap && at < len(lines) && strings.TrimRight(lines[at], " ") != want {
				at++
			}
			if at >= len(lines) || strings.TrimRight(lines[at], " ") != want {
				t.Errorf("%s\ndoes not print\n%s\nbut\n%s", m[1], want, out.String())
				break
			}
			lines, gap = lines[at+1:], false
		}
	}
}
