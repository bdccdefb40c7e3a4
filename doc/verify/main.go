// Command verify checks a published release of Plumbline and shares no code with it; doc/releases.md describes
// the format. It makes the checks that need nothing but hashes, signatures and sums, on a folder:
//
//	go run ./doc/verify RELEASE POLICY [OLDER-CHECKPOINT]
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// require ends the verification with the name of the check that failed, unless ok.
func require(ok bool, check, why string) {
	if !ok {
		panic(check + ": " + why)
	}
}

type key struct {
	name, hash string
	public     ed25519.PublicKey
}

// parseKey reads name+hash+base64(1, key); the hash is of name, newline, 1 and key.
func parseKey(text string) key {
	p := strings.SplitN(text+"++", "+", 3)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(p[2], "++"))
	sum := sha256.Sum256(append([]byte(p[0]+"\n"), raw...))
	require(err == nil && len(raw) == 33 && raw[0] == 1 && fmt.Sprintf("%x", sum[:4]) == p[1], "policy", "not a key")
	return key{p[0], p[1], raw[1:]}
}

// check returns the title of a release, or panics with the first failure.
func check(files map[string][]byte, policy string, older []byte) string {
	log, approvers, approvals := key{}, []key(nil), 0
	for line := range strings.Lines(policy) {
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "log":
			log = parseKey(rest)
		case "approver":
			approvers = append(approvers, parseKey(rest))
		case "approvals":
			approvals, _ = strconv.Atoi(rest)
		}
	}
	require(log.public != nil && approvals > 0, "policy", "want log, approvers and approvals")
	var e struct {
		PayloadType string
		Payload     []byte
		Signatures  []struct{ Sig []byte }
	}
	var s struct {
		Type          string `json:"_type"`
		PredicateType string
		Subject       []struct {
			Name   string
			Digest map[string]string
		}
		Predicate struct {
			Title   string
			Figures *struct{ Definition, Method map[string]any }
		}
	}
	require(json.Unmarshal(files["statement.json"], &e) == nil && e.PayloadType == "application/vnd.in-toto+json", "statement", "no envelope")
	require(json.Unmarshal(e.Payload, &s) == nil && s.Type == "https://in-toto.io/Statement/v1" &&
		s.PredicateType == "https://plumbline.example/release/v1", "statement", "no statement")
	count := 3                              // the statement, the proof and the checkpoint
	if f := s.Predicate.Figures; f != nil { // a withdrawal has its subject elsewhere
		count += len(s.Subject)
		path, unit := f.Method["path"], fmt.Sprint(f.Definition["unit"])
		k, _ := f.Method["k"].(float64)
		p, _ := f.Method["parameters"].(map[string]any)
		for _, sub := range s.Subject {
			require(files[sub.Name] != nil, "files", sub.Name+" is missing")
			require(fmt.Sprintf("%x", sha256.Sum256(files[sub.Name])) == sub.Digest["sha256"], "digests", sub.Name+" was changed")
			if sub.Name == "aggregates.tsv" {
				counts(string(files[sub.Name]), int64(k), path == "k-synthetic")
			} else if strings.HasSuffix(sub.Name, ".csv") && path != "k-synthetic" && path != "dp" {
				table(files[sub.Name], int64(k), fmt.Sprint(p["total"]), path != "perturbation")
			}
		}
		require(f.Definition["denominator"] != nil || unit != "percent" && unit != "share" && !strings.HasPrefix(unit, "per "), "statement", "a part of something, and not of what")
	}
	require(len(files) == count, "files", "something is missing, or does not belong here")
	signed, by := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(e.Payload), e.Payload), map[string]bool{}
	for _, sig := range e.Signatures {
		if at := slices.IndexFunc(approvers, func(a key) bool { return ed25519.Verify(a.public, signed, sig.Sig) }); at >= 0 {
			require(!by[string(approvers[at].public)], "signatures", "the same key twice")
			by[string(approvers[at].public)] = true
		}
	}
	require(len(by) >= approvals, "signatures", "too few of the approvers signed")
	size, root := checkpoint(files["checkpoint"], log, "checkpoint")
	var p struct {
		Index  int64
		Hashes [][]byte
	}
	require(json.Unmarshal(files["proof.json"], &p) == nil && included(files["statement.json"], p.Index, size, p.Hashes, root), "included", "the proof does not show it")
	if older != nil {
		n, was := checkpoint(older, log, "grown")
		require(n != size || bytes.Equal(was, root), "grown", "the log was forked")
	}
	return s.Predicate.Title
}

// checkpoint reads a signed note: origin, size and root; an empty line; signatures.
func checkpoint(note []byte, log key, check string) (size int64, root []byte) {
	body, sigs, _ := strings.Cut(string(note), "\n\n")
	lines, ok := strings.Split(body, "\n"), false
	for line := range strings.Lines(sigs) {
		rest, mine := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "— "+log.name+" ")
		raw, err := base64.StdEncoding.DecodeString(rest)
		ok = ok || mine && err == nil && len(raw) == 68 && fmt.Sprintf("%x", raw[:4]) == log.hash && ed25519.Verify(log.public, []byte(body+"\n"), raw[4:])
	}
	require(ok && len(lines) == 3 && lines[0] == log.name, check, "not a checkpoint of this log")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, _ = base64.StdEncoding.DecodeString(lines[2])
	require(err == nil && len(root) == 32, check, "not a checkpoint")
	return size, root
}

// included follows the proof from the leaf to the root (RFC 9162, 2.1.3.2).
func included(leaf []byte, index, size int64, hashes [][]byte, root []byte) bool {
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	at, last := index, size-1
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
	return index >= 0 && index < size && last == 0 && bytes.Equal(sum[:], root)
}

// counts looks for small counts of combinations and, where they are rounded, for others than multiples of k.
func counts(text string, k int64, rounded bool) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n")[1:] {
		n, err := strconv.ParseInt(line[strings.LastIndex(line, "\t")+1:], 10, 64)
		require(err == nil && k > 1 && (i == 0 || n >= k) && (!rounded || n%k == 0), "protection", "a small count, or one that is not rounded")
	}
}

// table looks for small counts and, where all parts are shown and have no noise, for margins that do not add.
func table(text []byte, k int64, total string, adds bool) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require(err == nil && len(rows) > 1 && len(rows[0]) > 2, "package", "no table")
	by, sums, shown, hidden := len(rows[0])-2, map[string]int64{}, map[string]int64{}, map[string]bool{}
	for _, row := range rows[1:] {
		n, err := strconv.ParseInt(row[by], 10, 64)
		shows := row[by+1] == "A"
		require(shows && err == nil || row[by+1] == "Q" && row[by] == "", "package", "a status that does not fit")
		require(!shows || n == 0 || n >= k, "protection", "a small count is shown")
		shown[strings.Join(row[:by], "\x00")], hidden[strings.Join(row[:by], "\x00")] = n, !shows
		for j := range by {
			if row[j] != total {
				id := strings.Join(slices.Concat(row[:j], []string{total}, row[j+1:by], []string{strconv.Itoa(j)}), "\x00")
				sums[id], hidden[id] = sums[id]+n, hidden[id] || !shows
			}
		}
	}
	for id, sum := range sums {
		require(!adds || hidden[id] || hidden[id[:strings.LastIndex(id, "\x00")]] || shown[id[:strings.LastIndex(id, "\x00")]] == sum, "protection", "a margin does not add")
	}
}

func main() {
	defer func() {
		if failed := recover(); failed != nil {
			fmt.Println("failed", failed)
			os.Exit(1)
		}
	}()
	require(len(os.Args) > 2, "usage", "verify RELEASE POLICY [OLDER-CHECKPOINT]")
	files, older := map[string][]byte{}, []byte(nil)
	list, err := os.ReadDir(os.Args[1])
	for _, e := range list {
		require(err == nil && e.Type().IsRegular(), "files", e.Name()+" does not belong here")
		files[e.Name()], err = os.ReadFile(os.Args[1] + "/" + e.Name())
	}
	policy, _ := os.ReadFile(os.Args[2])
	if err == nil && len(os.Args) > 3 {
		older, err = os.ReadFile(os.Args[3])
	}
	require(err == nil, "files", "they cannot be read")
	fmt.Println("passed", check(files, string(policy), older))
}
