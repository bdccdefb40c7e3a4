// Command verify checks a published release of Plumbline and shares no code with it; doc/releases.md describes the format. It
// makes the checks that need nothing but hashes, signatures and sums: go run ./doc/verify RELEASE POLICY [OLDER-CHECKPOINT]
package main

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

var fail = func(why string) { fmt.Println("failed", why); os.Exit(1) }

// require ends the verification with the name of the check that failed, unless ok.
func require(ok bool, check, why string) {
	if !ok {
		fail(check + ": " + why)
	}
}

// A key holds the use of its public key before it: 1 to sign, 4 to cosign as a witness.
type key struct{ name, hash, raw string }

// parseKey reads name+hash+base64(use, key); the hash is of name, newline, use and key.
func parseKey(text string, use byte) key {
	p := strings.SplitN(text+"++", "+", 3)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(p[2], "++"))
	require(err == nil && len(raw) == 33 && raw[0] == use && fmt.Sprintf("%x", sha256.Sum256(append([]byte(p[0]+"\n"), raw...)))[:8] == p[1], "policy", "not a key")
	return key{p[0], p[1], string(raw)}
}

// A document is an envelope, a statement or a proof.
type document struct {
	PayloadType, PredicateType string
	Payload, Sig               []byte
	Signatures                 []document
	Type                       string `json:"_type"`
	Subject                    []struct {
		Name   string
		Digest map[string]string
	}
	Predicate struct{ Figures *figures }
	Index     int64
	Hashes    [][]byte
}
type figures struct {
	Definition, Method map[string]any
	Values             []struct {
		Value    string
		Interval struct{ Kind, Level, Lower, Upper string }
	}
}

// check requires what a release has to be.
func check(files map[string][]byte, policy string, older []byte) {
	keys, numbers := map[string][]key{}, map[string]int{}
	for line := range strings.Lines(policy) {
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "log", "approver", "witness":
			k := parseKey(rest, map[string]byte{"log": 1, "approver": 1, "witness": 4}[word])
			keys[word] = append(slices.DeleteFunc(keys[word], func(o key) bool { return o.raw == k.raw }), k)
		default:
			numbers[word], _ = strconv.Atoi(rest)
			require(word == "" || word[0] == '#' || word == "approvals" || word == "cosignatures", "policy", "a word that is not known here")
		}
	}
	require(len(keys["log"]) == 1 && numbers["approvals"] > 0, "policy", "want log, approvers and approvals")
	var e, s, p document
	require(json.Unmarshal(files["statement.json"], &e) == nil && e.PayloadType == "application/vnd.in-toto+json" && json.Unmarshal(e.Payload, &s) == nil, "statement", "no envelope of a statement")
	require(s.Type == "https://in-toto.io/Statement/v1" && s.PredicateType == "https://plumbline.example/release/v1", "statement", "no statement")
	f := s.Predicate.Figures
	if f == nil { // a withdrawal has its subject elsewhere
		f, s.Subject = &figures{}, nil
	}
	path, unit := f.Method["path"], fmt.Sprint(f.Definition["unit"])
	k, _ := f.Method["k"].(float64)
	with, _ := f.Method["parameters"].(map[string]any)
	for _, sub := range s.Subject {
		require(fmt.Sprintf("%x", sha256.Sum256(files[sub.Name])) == sub.Digest["sha256"], "digests", sub.Name+" was changed, or is missing")
		if sub.Name == "aggregates.tsv" {
			for i, line := range strings.Split(strings.TrimSpace(string(files[sub.Name])), "\n")[1:] { // the first counts all records
				n, err := strconv.ParseFloat(line[strings.LastIndex(line, "\t")+1:], 64)
				require(err == nil && k > 1 && (i == 0 || n >= k) && (path == "dp" || math.Mod(n, k) == 0), "protection", "a small count, or one that is not rounded")
			}
		} else if strings.HasSuffix(sub.Name, ".csv") && path != "k-synthetic" && path != "dp" {
			people, estimates := with["people"].(float64)
			table(string(files[sub.Name]), int64(max(k, people)), fmt.Sprint(with["total"]), path != "perturbation" && !estimates, estimates)
		}
	}
	for _, v := range f.Values {
		require(map[string]bool{"": v.Interval.Level == "", "bounds": v.Interval.Level == "", "confidence": v.Interval.Level != "", "credible": v.Interval.Level != ""}[v.Interval.Kind] && within("0", cmp.Or(v.Interval.Level, "1"), "1"), "statement", "an interval without its level")
		require(within(v.Interval.Lower, v.Value, v.Interval.Upper), "values", "a value outside its interval")
	}
	require(f.Definition["denominator"] != nil || unit != "percent" && unit != "share" && !strings.HasPrefix(unit, "per "), "statement", "a part of something, and not of what")
	require(len(files) == 3+len(s.Subject), "files", "something is missing, or does not belong here")
	signed := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(e.Payload), e.Payload)
	misses := func(k key) bool {
		return !slices.ContainsFunc(e.Signatures, func(s document) bool { return ed25519.Verify([]byte(k.raw[1:]), signed, s.Sig) })
	}
	require(len(slices.DeleteFunc(slices.Clone(keys["approver"]), misses)) >= numbers["approvals"], "signatures", "too few of the approvers signed")
	size, root := checkpoint(files["checkpoint"], keys["log"][0], "checkpoint")
	require(json.Unmarshal(files["proof.json"], &p) == nil && included(files["statement.json"], p.Index, size, p.Hashes, root), "included", "the proof does not show it")
	w, all := slices.DeleteFunc(slices.Clone(keys["witness"]), func(w key) bool { return !signs(files["checkpoint"], w) }), len(keys["witness"])
	require(len(w) >= cmp.Or(numbers["cosignatures"], min(all, all/2+1)), "witnessed", "too few of the witnesses cosigned")
	n, was := checkpoint([]byte(cmp.Or(string(older), string(files["checkpoint"]))), keys["log"][0], "grown")
	require(n != size || string(was) == string(root), "grown", "the log was forked")
}

// signs reports whether a key has signed a note: a text, an empty line, signatures. A witness signs a time as well.
func signs(note []byte, k key) bool {
	body, sigs, _ := strings.Cut(string(note), "\n\n")
	return slices.ContainsFunc(strings.Split(sigs, "\n"), func(line string) bool {
		name, text, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		sig, _ := base64.StdEncoding.DecodeString(text)
		signed := []byte(body + "\n")
		if len(sig) == 76 && k.raw[0] == 4 {
			signed, sig = fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig[4:]), signed), slices.Concat(sig[:4], sig[12:])
		}
		return name == k.name && len(sig) == 68 && fmt.Sprintf("%x", sig[:4]) == k.hash && ed25519.Verify([]byte(k.raw[1:]), signed, sig[4:])
	})
}

// checkpoint reads what a log signs: its name, size and root.
func checkpoint(note []byte, log key, check string) (size int64, root []byte) {
	lines := strings.Split(strings.SplitN(string(note), "\n\n", 2)[0], "\n")
	require(signs(note, log) && len(lines) == 3 && lines[0] == log.name, check, "not a checkpoint of this log")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, _ = base64.StdEncoding.DecodeString(lines[2])
	require(err == nil && len(root) == 32, check, "not a checkpoint")
	return size, root
}

// included follows the proof from the leaf to the root (RFC 9162, 2.1.3.2).
func included(leaf []byte, index, size int64, hashes [][]byte, root []byte) bool {
	sum, at, last := sha256.Sum256(append([]byte{0}, leaf...)), index, size-1
	for _, h := range hashes {
		pair := slices.Concat([]byte{1}, sum[:], h)
		if at&1 == 1 || at == last {
			pair = slices.Concat([]byte{1}, h, sum[:])
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		}
		sum, at, last = sha256.Sum256(pair), at>>1, last>>1
	}
	return index >= 0 && index < size && last == 0 && string(sum[:]) == string(root)
}

// within reports whether a number lies between limits, of which either may be missing.
func within(lower, value, upper string) bool {
	var n [3]float64
	_, err := fmt.Sscan(fmt.Sprintln(cmp.Or(lower, value), value, cmp.Or(upper, value)), &n[0], &n[1], &n[2])
	return err == nil && slices.IsSorted(n[:])
}

// table looks for small counts and, where all parts are shown and have no noise, for margins that do not add; or for estimates outside their limits.
func table(text string, k int64, total string, adds, estimates bool) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	tail := map[bool]int{false: 2, true: 5}[estimates]
	require(err == nil && len(rows) > 1 && len(rows[0]) > tail, "package", "no table")
	by, sums, hidden := len(rows[0])-tail, map[string]int64{}, map[string]bool{}
	for _, row := range rows[1:] {
		n, err := strconv.ParseInt(row[by], 10, 64)
		shows := row[by+tail-1] == "A"
		require(shows && err == nil || row[by+tail-1] == "Q" && strings.Join(row[by:by+tail-1], "") == "", "package", "a status that does not fit")
		require(!shows || n == 0 && !estimates || n >= k && (!estimates || within(row[by+2], row[by+1], row[by+3])), "protection", "a small count is shown, or an estimate outside its limits")
		for j := range by { // a margin and its parts, over the column j, come to nothing together
			id := strings.Join(slices.Concat(row[:j], []string{total}, row[j+1:by], []string{strconv.Itoa(j)}), "\x00")
			sums[id], hidden[id] = sums[id]+n*map[bool]int64{true: -1, false: 1}[row[j] == total], hidden[id] || !shows
		}
	}
	for id, sum := range sums {
		require(!adds || hidden[id] || sum == 0, "protection", "a margin does not add")
	}
}

func main() {
	require(len(os.Args) > 2, "usage", "verify RELEASE POLICY [OLDER-CHECKPOINT]")
	files := map[string][]byte{}
	list, err := os.ReadDir(os.Args[1])
	for _, e := range list {
		require(err == nil && e.Type().IsRegular(), "files", e.Name()+" does not belong here")
		files[e.Name()], err = os.ReadFile(os.Args[1] + "/" + e.Name())
	}
	policy, _ := os.ReadFile(os.Args[2])
	older, _ := os.ReadFile(cmp.Or(os.Args[3:]...)) // nothing when none is given
	require(err == nil && (older != nil || len(os.Args) == 3), "files", "they cannot be read")
	check(files, string(policy), older)
	fmt.Println("passed", os.Args[1])
}
