package figure

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// A vector is a release and the check that it must fail, by hand; none when Fails is empty. What
// takes more than hashes, signatures and sums to refuse is Beyond the verifier in doc/verify.
type vector struct {
	Name   string             `json:"name"`
	Fails  string             `json:"fails"`
	Beyond bool               `json:"beyond,omitempty"`
	Older  string             `json:"older,omitempty"`  // the checkpoint that the reader kept
	Policy string             `json:"policy,omitempty"` // in place of that of the others
	Change map[string]*string `json:"change"`           // files that are other than in the release; null where there is none

	files Files
}

type vectorFile struct {
	Format  string            `json:"format"`
	Policy  string            `json:"policy"`
	Release map[string]string `json:"release"`
	Cases   []vector          `json:"cases"`
}

const vectorsName = "testdata/vectors.json"

func TestVectors(t *testing.T) {
	want := vectorFile{"plumbline.release-vectors/1", newPress(t).policy, map[string]string{}, makeVectors(t)}
	release := want.Cases[0].files
	for name, data := range release {
		want.Release[name] = string(data)
	}
	for i := range want.Cases {
		c := &want.Cases[i]
		c.Change = map[string]*string{}
		for name := range release {
			if c.files[name] == nil {
				c.Change[name] = nil
			}
		}
		for name, data := range c.files {
			if text := string(data); !bytes.Equal(data, release[name]) {
				c.Change[name] = &text
			}
		}
	}
	text, err := spaced(want)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vectorsName, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(vectorsName)
	if err != nil {
		t.Fatal(err)
	}
	// The vectors are published: a change here is a change of the format.
	if !bytes.Equal(data, text) {
		t.Errorf("%s is not what is made today; if the format is to change, run with -update", vectorsName)
	}
	var v vectorFile
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	policy, err := ParsePolicy([]byte(v.Policy))
	if err != nil {
		t.Fatal(err)
	}
	failures := map[string]bool{}
	for _, c := range v.Cases {
		failures[c.Fails] = true
		t.Run(c.Name, func(t *testing.T) {
			f := Files{}
			for name, text := range v.Release {
				f[name] = []byte(text)
			}
			for name, text := range c.Change {
				if delete(f, name); text != nil {
					f[name] = []byte(*text)
				}
			}
			spec := VerifySpec{Policy: policy}
			if c.Policy != "" {
				if spec.Policy, err = ParsePolicy([]byte(c.Policy)); err != nil {
					t.Fatal(err)
				}
			}
			if c.Older != "" {
				spec.Older = []byte(c.Older)
			}
			if got := Verify(t.Context(), f, spec); failed(got) != c.Fails {
				t.Errorf("failed %q, want %q: %v", failed(got), c.Fails, got.Checks)
			}
		})
	}
	// Standing takes a copy of the log, and is tested with one.
	for _, code := range Checks() {
		if !failures[code] && code != "standing" {
			t.Errorf("no vector fails %s", code)
		}
	}
}

// makeVectors makes releases that no command would make: signed and logged as they are.
func makeVectors(t *testing.T) (list []vector) {
	p := newPress(t)
	good := p.make(testSpec(p, "outcomes-1"))
	_, statement, err := ParseEnvelope(good[statementFile])
	if err != nil {
		t.Fatal(err)
	}
	clone := func() *Statement {
		data, _ := compact(statement)
		var s Statement
		if err := json.Unmarshal(data, &s); err != nil {
			t.Fatal(err)
		}
		return &s
	}
	// logged puts an envelope into a log of eleven leaves.
	logged := func(f Files, file string) Files {
		w, err := WriteLog(t.TempDir(), file)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		leaves := [][]byte{}
		for i := range 11 {
			leaves = append(leaves, []byte(strings.Repeat("x", i)))
		}
		leaves[6] = f[statementFile]
		if err := w.Append(leaves...); err != nil {
			t.Fatal(err)
		}
		hashes, err := w.Prove(6)
		if err != nil {
			t.Fatal(err)
		}
		f = maps.Clone(f)
		f[proofFile], _ = spaced(proof{proofFormat, 6, hashes})
		f[checkpointFile] = w.Signed
		return f
	}
	add := func(name, fails string, f Files, change ...func(*vector)) {
		v := vector{Name: name, Fails: fails, files: f}
		for _, c := range change {
			c(&v)
		}
		list = append(list, v)
	}
	beyond := func(v *vector) { v.Beyond = true }
	// signed states the files as they are, after a change of the statement.
	signed := func(f Files, change func(*Statement), names ...string) Files {
		f, s := maps.Clone(f), clone()
		s.Subject = nil
		for _, name := range slices.Sorted(maps.Keys(f)) {
			if isSubject(name) {
				s.Subject = append(s.Subject, Subject{name, digestOf(f[name])})
			}
		}
		change(s)
		if names == nil {
			names = []string{"ana", "bo"}
		}
		f[statementFile] = p.sign(*s, names...)
		return f
	}
	with := func(f Files, name, old, new string) Files {
		f = maps.Clone(f)
		if !bytes.Contains(f[name], []byte(old)) {
			t.Fatalf("%s does not hold %q", name, old)
		}
		f[name] = bytes.Replace(f[name], []byte(old), []byte(new), 1)
		return f
	}
	without := func(f Files, name string) Files {
		f = maps.Clone(f)
		delete(f, name)
		return f
	}
	same := func(*Statement) {}
	ok := logged(signed(good, same), p.logFile)

	add("a release", "", ok)
	add("a release that three have signed", "", logged(signed(good, same, "ana", "bo", "cy"), p.logFile))
	add("the reader kept the same checkpoint", "", ok, func(v *vector) { v.Older = string(ok[checkpointFile]) })
	add("a correction", "", logged(signed(good, func(s *Statement) {
		s.Predicate.Supersedes, s.Predicate.Reason = &Reference{"outcomes-0", digestOf(nil)}, "the rule was read wrongly"
	}), p.logFile))
	add("a withdrawal", "", logged(Files{statementFile: p.sign(Statement{Type: StatementType, PredicateType: PredicateType, Subject: []Subject{{"outcomes-0", digestOf(nil)}},
		Predicate: Release{ID: "outcomes-0-withdrawn", Title: "Withdrawal", Made: "2026-11-22", Approvers: p.public, Withdraws: &Reference{"outcomes-0", digestOf(nil)}, Reason: "counted twice"}}, "bo", "cy")}, p.logFile))

	extra := maps.Clone(ok)
	extra["table-2.csv"] = ok["table.csv"]
	add("a table too many", "files", extra)
	add("a table that is missing", "files", without(ok, "table.csv"), beyond) // the other verifier calls it a digest
	add("a proof without a checkpoint", "files", without(ok, checkpointFile))

	add("a payload of another type", "statement", with(ok, statementFile, "in-toto+json", "in-toto+text"))
	add("a predicate of another type", "statement", logged(signed(good, func(s *Statement) { s.PredicateType += "0" }), p.logFile))
	add("a part of something, without a denominator", "statement", logged(signed(good, func(s *Statement) { s.Predicate.Figures.Definition.Denominator = "" }), p.logFile))
	add("a space in the envelope", "statement", logged(with(signed(good, same), statementFile, `,"payload"`, `, "payload"`), p.logFile), beyond)
	add("one approver under two names", "statement", logged(signed(good, func(s *Statement) {
		s.Predicate.Approvers = append(s.Predicate.Approvers, s.Predicate.Approvers[0])
	}), p.logFile), beyond)
	add("a verdict that is not safe", "statement", logged(signed(good, func(s *Statement) { s.Predicate.Figures.Risk.Verdict = "unsafe" }), p.logFile), beyond)

	add("a count that was changed", "digests", with(ok, "table.csv", "60", "61"))
	add("a title that was changed", "digests", with(ok, packageFile, "Outcomes", "Outcames"))
	add("a risk report that was changed", "digests", with(ok, riskFile, "safe", "sane"))

	add("signed by nobody", "signatures", logged(signed(good, same, []string{}...), p.logFile))
	add("signed by one", "signatures", logged(signed(good, same, "bo"), p.logFile))
	add("signed twice with one key", "signatures", logged(signed(good, same, "ana", "ana"), p.logFile))
	eve, evePublic := testKey(t, ApproverKey, "eve")
	p.approver["eve"] = eve
	add("signed by somebody whom the reader does not know", "signatures", logged(signed(good, func(s *Statement) {
		s.Predicate.Approvers = append(s.Predicate.Approvers, evePublic)
	}, "ana", "eve"), p.logFile))
	var e Envelope
	if err := json.Unmarshal(ok[statementFile], &e); err != nil {
		t.Fatal(err)
	}
	e.Signatures[1].Sig = e.Signatures[0].Sig
	swapped := maps.Clone(ok)
	swapped[statementFile], _ = compact(e)
	add("the signature of one under the name of the other", "signatures", logged(swapped, p.logFile))

	otherLog, _ := testKey(t, LogKey, "example.org/other")
	forged := strings.Replace(p.approver["ana"], "approver ", "log ", 1)
	add("another log", "checkpoint", logged(ok, otherLog))
	add("a checkpoint that an approver signed", "checkpoint", logged(ok, forged))
	add("a checkpoint that is longer than what was signed", "checkpoint", with(ok, checkpointFile, "\n11\n", "\n12\n"))
	add("a checkpoint without a signature", "checkpoint", func() Files {
		f := maps.Clone(ok)
		body, _, _ := bytes.Cut(f[checkpointFile], []byte("\n\n"))
		f[checkpointFile] = append(body, "\n\n"...)
		return f
	}())

	add("another place in the log", "included", with(ok, proofFile, `"index": 6`, `"index": 7`))
	add("a proof that is cut short", "included", func() Files {
		f := maps.Clone(ok)
		var pr proof
		json.Unmarshal(f[proofFile], &pr)
		pr.Hashes = pr.Hashes[:len(pr.Hashes)-1]
		f[proofFile], _ = spaced(pr)
		return f
	}())
	add("a proof with a hash too many", "included", func() Files {
		f := maps.Clone(ok)
		var pr proof
		json.Unmarshal(f[proofFile], &pr)
		pr.Hashes = append(pr.Hashes, tlog.Hash{1})
		f[proofFile], _ = spaced(pr)
		return f
	}())
	late := maps.Clone(ok)
	late[statementFile] = signed(good, same, "ana", "bo", "cy")[statementFile]
	add("a signature that was added after it was logged", "included", late)

	two := "w.example/a w.example/b"
	cosigned := func(f Files, names string) Files {
		f = maps.Clone(f)
		f[checkpointFile] = p.cosign(f[checkpointFile], strings.Fields(names)...)
		return f
	}
	asks := func(v *vector) {
		v.Policy = p.policy + p.witnesses("w.example/a", "w.example/b", "w.example/c") + "cosignatures 2\n"
	}
	add("cosigned by two of three witnesses", "", cosigned(ok, two), asks)
	add("cosigned by nobody", "witnessed", ok, asks)
	add("cosigned by one of three witnesses", "witnessed", cosigned(ok, "w.example/a"), asks)
	add("cosigned by a witness whom the reader does not know", "witnessed", cosigned(ok, "w.example/a w.example/d"), asks)
	add("a cosignature of another time", "witnessed", func() Files {
		f := cosigned(ok, two)
		n := bytes.LastIndexByte(bytes.TrimSpace(f[checkpointFile]), ' ') + 1
		sig, _ := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(f[checkpointFile][n:])))
		sig[11]++ // four bytes say whose it is, and eight the time
		f[checkpointFile] = append(f[checkpointFile][:n:n], base64.StdEncoding.EncodeToString(sig)+"\n"...)
		return f
	}(), asks)
	add("cosignatures of a fork", "witnessed", func() Files {
		f := maps.Clone(ok)
		body, log, _ := bytes.Cut(f[checkpointFile], []byte("\n\n"))
		other := cosigned(logged(signed(good, same, "bo", "cy"), p.logFile), two)
		_, lines, _ := bytes.Cut(other[checkpointFile], []byte("\n\n"))
		_, lines, _ = bytes.Cut(lines, []byte("\n")) // without the log's own
		f[checkpointFile] = slices.Concat(body, []byte("\n\n"), log, lines)
		return f
	}(), asks)

	fork := logged(signed(good, same, "bo", "cy"), p.logFile)
	add("a fork: two checkpoints of one length that differ", "grown", ok, func(v *vector) { v.Older = string(fork[checkpointFile]) })
	add("an older checkpoint of another log", "grown", ok, func(v *vector) { v.Older = string(logged(ok, otherLog)[checkpointFile]) })

	add("a package that describes other columns", "package", logged(signed(with(good, packageFile, `"name": "outcome"`, `"name": "result"`), same), p.logFile), beyond)
	add("a hidden count with a number", "package", logged(signed(with(good, "table.csv", ",,Q", ",5,Q"), same), p.logFile))

	add("a small count that is shown", "protection", logged(signed(with(good, "table.csv", "2025,shelter,,Q", "2025,shelter,7,A"), same), p.logFile))
	add("a margin that does not add", "protection", logged(signed(with(good, "table.csv", "2025,Total,105,A", "2025,Total,106,A"), func(s *Statement) { s.Predicate.Figures.Values = nil }), p.logFile), beyond)
	add("margins of shown counts that do not add", "protection", logged(signed(with(good, "table.csv", "2025,home,60,A", "2025,home,61,A"), func(s *Statement) { s.Predicate.Figures.Values = nil }), p.logFile))
	add("a small count that can be worked out", "protection", logged(signed(with(good, "table.csv", "2025,unknown,,Q", "2025,unknown,12,A"), same), p.logFile), beyond)

	for _, v := range pathVectors(t, p) {
		add(v.Name, v.Fails, logged(v.files, p.logFile), func(w *vector) { w.Beyond = v.Beyond })
	}

	// quoting gives the second value, 57.8 percent, an interval.
	quoting := func(i Interval) Files {
		return logged(signed(good, func(s *Statement) {
			v := &s.Predicate.Figures.Values[1]
			if v.Interval = &i; i.Kind == Bounds {
				v.Value = "63.3"
			}
		}), p.logFile)
	}
	unknown := map[string]string{"outcome": "unknown"}
	add("a share with Wilson's limits", "", quoting(Interval{Kind: Confidence, Level: "0.95", Method: Wilson, Lower: "50.4", Upper: "64.9"}))
	add("a share with its bounds", "", quoting(Interval{Kind: Bounds, Method: unknownCell, Open: unknown, Lower: "57.8", Upper: "66.5"}))
	add("an interval of no kind", "statement", quoting(Interval{Kind: "certain", Level: "0.95", Method: Wilson, Lower: "50.4", Upper: "64.9"}))
	add("an interval without its level", "statement", quoting(Interval{Kind: Confidence, Method: Wilson, Lower: "50.4", Upper: "64.9"}))
	add("bounds with a level", "statement", quoting(Interval{Kind: Bounds, Level: "0.95", Method: unknownCell, Open: unknown, Lower: "57.8", Upper: "66.5"}))
	add("an interval that does not hold its value", "values", quoting(Interval{Kind: Confidence, Level: "0.95", Method: Wilson, Lower: "50.4", Upper: "56.9"}))
	add("limits that the counts do not give", "values", quoting(Interval{Kind: Confidence, Level: "0.95", Method: Wilson, Lower: "51.3", Upper: "63.9"}), beyond)
	add("bounds that the counts do not give", "values", quoting(Interval{Kind: Bounds, Method: unknownCell, Open: unknown, Lower: "57.8", Upper: "65.5"}), beyond)
	add("limits by a method that counts do not give", "values", quoting(Interval{Kind: Credible, Level: "0.95", Method: "beta", Lower: "50.4", Upper: "64.9"}), beyond)

	add("a value that the tables do not give", "values", logged(signed(good, func(s *Statement) { s.Predicate.Figures.Values[0].Value = "57.2" }), p.logFile), beyond)
	add("a value to more places than it has", "values", logged(signed(good, func(s *Statement) { s.Predicate.Figures.Values[0].Value = "57.10" }), p.logFile), beyond)
	add("a band that the table does not give", "values", logged(signed(good, func(s *Statement) { s.Predicate.Figures.Inputs.Band = "1000-9999" }), p.logFile), beyond)
	return list
}
