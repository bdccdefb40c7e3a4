package figure

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"

	"plumbline/ledger"
)

// A KeyKind is what a key is for. All are Ed25519 keys as signed notes write them; the
// word before the key keeps them apart.
type KeyKind string

const (
	LogKey      KeyKind = "log"      // signs checkpoints
	ApproverKey KeyKind = "approver" // signs statements
	WitnessKey  KeyKind = "witness"  // cosigns checkpoints
)

// NewKey makes a key. file is the line for the private file, public the line that readers
// are given, which may stand in a policy as it is.
func NewKey(random io.Reader, kind KeyKind, name string) (file, public string, err error) {
	make := ledger.NewKey
	if kind == WitnessKey {
		make = newWitnessKey
	}
	private, key, err := make(random, name)
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
		if strings.Count(key, "+") >= 2 && purpose(KeyKind(kind)) != purpose("") {
			return nil, errors.New("this is a public key, and signing takes the private one")
		}
		return nil, errors.New("this is not a key of plumbline figure key")
	case kind != string(want):
		return nil, fmt.Errorf("this key is of the wrong kind: it is for %s, and this takes one for %s", purpose(KeyKind(kind)), purpose(want))
	}
	damaged := fmt.Errorf("the key of this %s is damaged", want)
	if want != WitnessKey {
		signer, err := note.NewSigner(key)
		if err != nil {
			return nil, damaged
		}
		return signer, nil
	}
	part := strings.SplitN(key, "+", 5) // PRIVATE, KEY, name, hash and the seed after a byte
	if len(part) != 5 {
		return nil, damaged
	}
	seed, err := base64.StdEncoding.Strict().DecodeString(part[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize || seed[0] != cosigning {
		return nil, damaged
	}
	s := newWitness(part[2], seed[1:])
	if part[3] != fmt.Sprintf("%08x", s.hash) {
		return nil, damaged
	}
	return s, nil
}

func purpose(k KeyKind) string {
	switch k {
	case LogKey:
		return "a log"
	case ApproverKey:
		return "an approver"
	case WitnessKey:
		return "a witness"
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

// CheckKey refuses what is not a public key of a kind.
func CheckKey(kind KeyKind, key string) error {
	use := byte(signing)
	if kind == WitnessKey {
		use = cosigning
	}
	_, err := rawKey(key, use)
	return err
}

func keyName(key string) string {
	name, _, _ := strings.Cut(key, "+")
	return name
}

// keyHash is the beginning of the hash of a key with its name, which shows a letter that was copied wrongly.
func keyHash(name string, raw []byte) []byte {
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	return sum[:4]
}

// signing is the byte that says that a key signs for a log or an approver.
const signing = 1

// rawKey returns the bytes of a public key, by which two keys are told apart: a name is easily changed.
func rawKey(key string, use byte) (string, error) {
	if strings.HasPrefix(key, "PRIVATE+") {
		return "", errors.New("a private key is where a public one belongs: keep it secret, and make a new one")
	}
	parts := strings.SplitN(key, "+", 3)
	if len(parts) != 3 || strings.ContainsFunc(parts[0], unicode.IsSpace) {
		return "", fmt.Errorf("%.100q is not a public key, or a letter of it is wrong", key)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	switch {
	case err != nil || len(raw) != 1+ed25519.PublicKeySize || parts[1] != fmt.Sprintf("%x", keyHash(parts[0], raw)):
		return "", fmt.Errorf("%.100q is not a public key, or a letter of it is wrong", key)
	case raw[0] != use && (raw[0] == cosigning || use == cosigning):
		return "", fmt.Errorf("%.100q is of the wrong kind: the key of a witness is not that of a log or an approver", key)
	case raw[0] != use:
		return "", fmt.Errorf("%.100q is not an Ed25519 key", key)
	case base64.StdEncoding.EncodeToString(raw) != parts[2] || checkText("name", parts[0]) != nil:
		return "", fmt.Errorf("%.100q is not in its one spelling", key)
	}
	return string(raw[1:]), nil
}

// checkKeys refuses what are not public keys, and the same key twice under whatever name. Those of witnesses come last.
func checkKeys(keys, witnesses []string) error {
	seen := map[string]string{}
	ids := map[string]bool{}
	for i, key := range slices.Concat(keys, witnesses) {
		use := byte(signing)
		if i >= len(keys) {
			use = cosigning
		}
		raw, err := rawKey(key, use)
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
//	witness university.example/witness+91f0…+BG…
//	cosignatures 1
type Policy struct {
	Log       string   // the log's public key; empty when none is given
	Approvers []string // public keys
	Approvals int      // how many of them must have signed
	Witnesses []string // public keys
	Cosigned  int      // how many of them must have cosigned
}

// ParsePolicy reads a policy. Without a line "approvals" two approvers must have
// signed, or the only one that is given; without a line "cosignatures" more than half of the witnesses.
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
			p.Approvals, err = atLeastOne(word, rest)
		case word == string(WitnessKey):
			p.Witnesses = append(p.Witnesses, rest)
		case word == "cosignatures" && p.Cosigned == 0:
			p.Cosigned, err = atLeastOne(word, rest)
		default:
			err = fmt.Errorf("%.40q; want log, approver, approvals, witness or cosignatures, the numbers once", word)
		}
		if err == nil {
			err = checkKeys(keys, p.Witnesses)
		}
		if err != nil {
			return nil, fmt.Errorf("policy, line %d: %w", i+1, err)
		}
	}
	if len(keys)+len(p.Witnesses) == 0 {
		return nil, errors.New("policy: it names no key")
	}
	if p.Approvals == 0 {
		p.Approvals = min(Threshold, len(p.Approvers))
	}
	if p.Approvals > len(p.Approvers) {
		return nil, fmt.Errorf("policy: %d approvals of %d approvers", p.Approvals, len(p.Approvers))
	}
	if p.Cosigned == 0 && len(p.Witnesses) > 0 {
		p.Cosigned = len(p.Witnesses)/2 + 1
	}
	if p.Cosigned > len(p.Witnesses) {
		return nil, fmt.Errorf("policy: %d cosignatures of %d witnesses", p.Cosigned, len(p.Witnesses))
	}
	return p, nil
}

func atLeastOne(of, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || text != strconv.Itoa(n) {
		return 0, fmt.Errorf("%.40q %s; want a number from 1", text, of)
	}
	return n, nil
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
