package figure

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"plumbline/ledger"
)

// A KeyKind is what a key is for. Both kinds are Ed25519 keys as signed notes write them; the
// word before the key keeps them apart.
type KeyKind string

const (
	LogKey      KeyKind = "log"      // signs checkpoints
	ApproverKey KeyKind = "approver" // signs statements
)

// NewKey makes a key. file is the line for the private file, public the line that readers
// are given, which may stand in a policy as it is.
func NewKey(random io.Reader, kind KeyKind, name string) (file, public string, err error) {
	private, key, err := ledger.NewKey(random, name)
	if err != nil {
		return "", "", err
	}
	return string(kind) + " " + private + "\n", string(kind) + " " + key + "\n", nil
}

// ParsePrivate reads a private file. No error carries a part of it.
func ParsePrivate(text string, want KeyKind) (note.Signer, error) {
	kind, key, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch {
	case !strings.HasPrefix(key, "PRIVATE+KEY+"):
		if strings.Count(key, "+") >= 2 && (kind == string(LogKey) || kind == string(ApproverKey)) {
			return nil, errors.New("this is a public key, and signing takes the private one")
		}
		return nil, errors.New("this is not a key of plumbline figure key")
	case kind != string(want):
		return nil, fmt.Errorf("this key is of the wrong kind: it is for %s, and this takes one for %s", purpose(KeyKind(kind)), purpose(want))
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		return nil, fmt.Errorf("the key of this %s is damaged", want)
	}
	return signer, nil
}

func purpose(k KeyKind) string {
	switch k {
	case LogKey:
		return "a log"
	case ApproverKey:
		return "an approver"
	}
	return "nothing here"
}

// publicOf returns the public key that belongs to a private log file.
func publicOf(keyFile string) (private, public string, err error) {
	signer, err := ParsePrivate(keyFile, LogKey)
	if err != nil {
		return "", "", err
	}
	_, private, _ = strings.Cut(strings.TrimSpace(keyFile), " ")
	// note has read PRIVATE+KEY+name+hash+seed already, the seed after a byte for the algorithm.
	seed, err := base64.StdEncoding.DecodeString(strings.SplitN(private, "+", 5)[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", "", errors.New("the key of this log is damaged")
	}
	public, err = note.NewEd25519VerifierKey(signer.Name(), ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
	return private, public, err
}

// keyID is what a signature calls a public key: its name and short hash.
func keyID(key string) string {
	name, rest, _ := strings.Cut(key, "+")
	hash, _, _ := strings.Cut(rest, "+")
	return name + "+" + hash
}

func keyName(key string) string {
	name, _, _ := strings.Cut(key, "+")
	return name
}

// rawKey returns the bytes of a public key, by which two keys are told apart: a name is easily changed.
func rawKey(key string) (string, error) {
	if strings.HasPrefix(key, "PRIVATE+") {
		return "", errors.New("a private key is where a public one belongs: keep it secret, and make a new one")
	}
	if _, err := note.NewVerifier(key); err != nil {
		return "", fmt.Errorf("%.100q is not a public key, or a letter of it is wrong", key)
	}
	parts := strings.SplitN(key, "+", 3)
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || checkText("name", parts[0]) != nil {
		return "", fmt.Errorf("%.100q is not in its one spelling", key)
	}
	return string(raw), nil
}

// checkKeys refuses what are not public keys, and the same key twice under whatever name.
func checkKeys(keys []string) error {
	seen := map[string]string{}
	ids := map[string]bool{}
	for _, key := range keys {
		raw, err := rawKey(key)
		if err != nil {
			return err
		}
		if other, ok := seen[raw]; ok {
			return fmt.Errorf("%s and %s are the same key", other, keyName(key))
		}
		if ids[keyID(key)] {
			return fmt.Errorf("two keys are called %s", keyID(key))
		}
		seen[raw], ids[keyID(key)] = keyName(key), true
	}
	return nil
}

// A Policy is whom a reader believes. It is a text that a newspaper could print:
//
//	# the releases of the coalition
//	log example.org/releases+7b5c…+AZ…
//	approver ana+0f3e…+AQ…
//	approver bo+33aa…+AX…
//	approvals 2
type Policy struct {
	Log       string   // the log's public key; empty when none is given
	Approvers []string // public keys
	Approvals int      // how many of them must have signed
}

// ParsePolicy reads a policy. Without a line "approvals" two approvers must have
// signed, or the only one that is given.
func ParsePolicy(data []byte) (*Policy, error) {
	p := &Policy{}
	if len(data) > 1<<16 {
		return nil, errors.New("policy: longer than 65536 bytes")
	}
	var keys []string
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		var err error
		switch {
		case word == string(LogKey) && p.Log == "":
			p.Log, keys = rest, append(keys, rest)
		case word == string(LogKey):
			err = errors.New("a second log")
		case word == string(ApproverKey):
			p.Approvers, keys = append(p.Approvers, rest), append(keys, rest)
		case word == "approvals" && p.Approvals == 0:
			if p.Approvals, err = strconv.Atoi(rest); err != nil || p.Approvals < 1 || rest != strconv.Itoa(p.Approvals) {
				err = fmt.Errorf("%.40q approvals; want a number from 1", rest)
			}
		default:
			err = fmt.Errorf("%.40q; want log, approver or approvals, once", word)
		}
		if err == nil && word != "approvals" {
			err = checkKeys(keys)
		}
		if err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", i+1, err)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("policy: it names no key")
	}
	if p.Approvals == 0 {
		p.Approvals = min(Threshold, len(p.Approvers))
	}
	if p.Approvals > len(p.Approvers) {
		return nil, fmt.Errorf("policy: %d approvals of %d approvers", p.Approvals, len(p.Approvers))
	}
	return p, nil
}

// signers returns the names of the policy's approvers who signed the envelope.
func (p *Policy) signers(e *Envelope) (names []string) {
	for _, key := range p.Approvers {
		if slices.ContainsFunc(e.Signatures, func(s Signature) bool { return signedBy(key, e.Payload, s.Sig) }) {
			names = append(names, keyName(key))
		}
	}
	return names
}
