package figure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// What a release's statement is made of. doc/releases.md says what each means.
const (
	PayloadType   = "application/vnd.in-toto+json"
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://plumbline.example/release/v1"
	// Threshold is how many people approve a release before it may leave.
	Threshold = 2
	// MaxEnvelope is the largest length of an envelope in bytes: a bundle of the log
	// counts the length of a leaf in 16 bits.
	MaxEnvelope = 1<<16 - 1
)

// ErrMalformed is wrapped by the refusal of a text that this package does not write.
var ErrMalformed = errors.New("malformed")

// ErrSigned is wrapped by the refusal of signatures that are not by different approvers whom the
// statement names, or do not fit it. The statement can be read nevertheless.
var ErrSigned = errors.New("wrongly signed")

// A Statement says, in the form of in-toto, what was made of what and how. Its
// subjects are the other files of the release.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Release   `json:"predicate"`
}

// A Subject is a file and its digest. The subject of a withdrawal is the withdrawn statement.
type Subject struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// A Digest is that of a file that is itself published; what must not be published is only
// ever committed to, with a key.
type Digest struct {
	SHA256 string `json:"sha256"`
}

func digestOf(data []byte) Digest {
	sum := sha256.Sum256(data)
	return Digest{hex.EncodeToString(sum[:])}
}

// A Release is what is said about the figures that a statement goes with. A
// withdrawal has an id, a title, approvers, Withdraws and Reason and nothing else.
type Release struct {
	ID        string   `json:"id"` // lower-case letters, digits, - and .
	Title     string   `json:"title"`
	Made      string   `json:"made"`      // a date
	Approvers []string `json:"approvers"` // the public keys of those who may approve
	Figures   *Figures `json:"figures,omitempty"`
	// Supersedes and Withdraws name an older release; never both.
	Supersedes *Reference `json:"supersedes,omitempty"`
	Withdraws  *Reference `json:"withdraws,omitempty"`
	Reason     string     `json:"reason,omitempty"` // for either
}

// Figures are what is released and how they came about.
type Figures struct {
	Series     string      `json:"series"` // releases of one series are held against each other
	Definition Definition  `json:"definition"`
	Values     []Value     `json:"values,omitempty"`
	Estimate   *Estimation `json:"estimate,omitempty"` // of the path of that name alone
	Method     Method      `json:"method"`
	Software   Software    `json:"software"`
	Inputs     Inputs      `json:"inputs"`
	Risk       RiskVerdict `json:"risk"`
	Earlier    []Reference `json:"earlier,omitempty"` // the releases it was protected against
}

// A Reference names another release by its id and the digest of its statement.
type Reference struct {
	ID        string `json:"id"`
	Statement Digest `json:"statement"`
}

// A Definition says what is counted.
type Definition struct {
	Text        string   `json:"text"`
	Numerator   string   `json:"numerator"`
	Denominator string   `json:"denominator,omitempty"` // of whom; needed where the unit is a part of something
	Unit        string   `json:"unit"`                  // people, percent, share, per 1000 arrests …
	Period      string   `json:"period"`
	Basis       string   `json:"basis"` // what puts a case in the period: event, registration …
	Population  string   `json:"population"`
	Rule        string   `json:"rule"` // the version of the rule by which it is counted
	Exclusions  []string `json:"exclusions,omitempty"`
}

// A Value is a number quoted from the tables. Cell is the count; where the unit is a part of
// something, Of is the count it is divided by. A column that is not named stands at its total.
// In a table of estimates Cell is the group, and there is no Of.
type Value struct {
	Cell     map[string]string `json:"cell"`
	Of       map[string]string `json:"of,omitzero"`
	Value    string            `json:"value"` // rounded half away from zero, to the places written
	Interval *Interval         `json:"interval,omitempty"`
}

// Software is what made the release.
type Software struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
}

// Inputs tell of the data without telling what is in them. Band is how many were counted, as far as
// the tables tell it; Commitment is an HMAC-SHA256 of the file, with a key that stays with it.
type Inputs struct {
	Band       string `json:"band"`
	Commitment string `json:"commitment"`
}

// RiskVerdict is the outcome of attacking what is released, with the digest of the report.
type RiskVerdict struct {
	Report  Digest `json:"report"`
	Verdict string `json:"verdict"` // safe: no other is released
}

// An Envelope is a signed statement (DSSE).
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"`
	Signatures  []Signature `json:"signatures"`
}

// A Signature is by the approver whose public key begins with KeyID.
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   []byte `json:"sig"`
}

// preAuthentication is what DSSE signs: the payload with its type, both with their lengths.
func preAuthentication(payload []byte) []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(PayloadType), PayloadType, len(payload), payload)
}

// compact and spaced are the two ways JSON is written here: for the log, and for people.
func compact(v any) ([]byte, error) {
	data, err := spaced(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Compact(&b, data)
	return b.Bytes(), err
}

func spaced(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

// parseStrict reads JSON that write has written, and nothing else: what it would write again must
// be the same bytes. Unknown members, doubled ones, other spellings all fall to that.
func parseStrict(data []byte, v any, write func(any) ([]byte, error)) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %.200v", ErrMalformed, err)
	}
	again, err := write(v)
	if err != nil || !bytes.Equal(again, data) {
		return fmt.Errorf("%w: not in its one spelling", ErrMalformed)
	}
	return nil
}

// ParseEnvelope reads a signed statement. The signatures are checked against the keys that
// the statement itself names: whether those keys are to be believed is the reader's to say. An error
// that wraps ErrSigned comes with what was read.
func ParseEnvelope(data []byte) (*Envelope, *Statement, error) {
	if len(data) > MaxEnvelope {
		return nil, nil, fmt.Errorf("statement: %w: longer than %d bytes", ErrMalformed, MaxEnvelope)
	}
	var e Envelope
	if err := parseStrict(data, &e, compact); err != nil {
		return nil, nil, fmt.Errorf("envelope: %w", err)
	}
	if e.PayloadType != PayloadType {
		return nil, nil, fmt.Errorf("envelope: %w: the payload is %.100q; want %q", ErrMalformed, e.PayloadType, PayloadType)
	}
	if e.Signatures == nil {
		return nil, nil, fmt.Errorf("envelope: %w: no list of signatures", ErrMalformed)
	}
	var s Statement
	if err := parseStrict(e.Payload, &s, compact); err != nil {
		return nil, nil, fmt.Errorf("statement: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, nil, fmt.Errorf("statement: %w: %w", ErrMalformed, err)
	}
	return &e, &s, e.checkSignatures(s.Predicate.Approvers)
}

// checkSignatures returns an error unless every signature is by another of the approvers, in their
// order, and fits.
func (e *Envelope) checkSignatures(approvers []string) error {
	next := 0
	for _, s := range e.Signatures {
		at := slices.IndexFunc(approvers, func(key string) bool { return keyID(key) == s.KeyID })
		switch {
		case at < 0:
			return fmt.Errorf("%w: %.100q is none of the approvers that the statement names", ErrSigned, s.KeyID)
		case slices.ContainsFunc(e.Signatures[:next], func(t Signature) bool { return t.KeyID == s.KeyID }):
			return fmt.Errorf("%w: %s has signed twice; two people approve", ErrSigned, s.KeyID)
		case next > 0 && at < slices.IndexFunc(approvers, func(key string) bool { return keyID(key) == e.Signatures[next-1].KeyID }):
			return fmt.Errorf("%w: they are not in the order of the approvers", ErrSigned)
		}
		next++
		if !signedBy(approvers[at], e.Payload, s.Sig) {
			return fmt.Errorf("%w: that of %s does not fit the statement", ErrSigned, s.KeyID)
		}
	}
	return nil
}

func signedBy(key string, payload, sig []byte) bool {
	v, err := note.NewVerifier(key)
	return err == nil && v.Verify(preAuthentication(payload), sig)
}

// Approve adds the signature of the approver whose private key is given, in the form of the key
// file, to an envelope. It refuses a key that the statement does not name, and one that has signed.
func Approve(envelope []byte, keyFile string) ([]byte, error) {
	e, s, err := ParseEnvelope(envelope)
	if err != nil {
		return nil, err
	}
	signer, err := ParsePrivate(keyFile, ApproverKey)
	if err != nil {
		return nil, err
	}
	sig, err := signer.Sign(preAuthentication(e.Payload))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	at := slices.IndexFunc(s.Predicate.Approvers, func(key string) bool { return signedBy(key, e.Payload, sig) })
	if at < 0 {
		return nil, fmt.Errorf("%s is none of the approvers that the release names", signer.Name())
	}
	return e.add(Signature{keyID(s.Predicate.Approvers[at]), sig}, s.Predicate.Approvers)
}

// AddApproval adds the signature of one public key to an envelope from another of the same statement, as
// its owner has signed that elsewhere.
func AddApproval(envelope, signed []byte, key string) ([]byte, error) {
	e, s, err := ParseEnvelope(envelope)
	if err != nil {
		return nil, err
	}
	theirs, _, err := ParseEnvelope(signed)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(e.Payload, theirs.Payload) {
		return nil, errors.New("what was signed is another statement than that of this release")
	}
	at := slices.IndexFunc(theirs.Signatures, func(s Signature) bool { return s.KeyID == keyID(key) && signedBy(key, e.Payload, s.Sig) })
	if at < 0 || !slices.Contains(s.Predicate.Approvers, key) {
		return nil, fmt.Errorf("it holds no signature by the key %s", keyID(key))
	}
	return e.add(theirs.Signatures[at], s.Predicate.Approvers)
}

// Signers returns the public keys with which an envelope is signed.
func (e *Envelope) Signers(approvers []string) (keys []string) {
	for _, key := range approvers {
		if slices.ContainsFunc(e.Signatures, func(s Signature) bool { return s.KeyID == keyID(key) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// add adds a signature in its place, and returns the envelope as it is written.
func (e *Envelope) add(sig Signature, approvers []string) ([]byte, error) {
	name, _, _ := strings.Cut(sig.KeyID, "+")
	if slices.ContainsFunc(e.Signatures, func(s Signature) bool { return s.KeyID == sig.KeyID }) {
		return nil, fmt.Errorf("%s has approved already; two people approve", name)
	}
	e.Signatures = append(e.Signatures, sig)
	order := map[string]int{}
	for i, key := range approvers {
		order[keyID(key)] = i
	}
	slices.SortFunc(e.Signatures, func(a, b Signature) int { return order[a.KeyID] - order[b.KeyID] })
	return compact(e)
}

var (
	releaseID   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
	hexDigest   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	ratioUnit   = regexp.MustCompile(`^per ([1-9][0-9]{0,8}) \S`)
	plainNumber = regexp.MustCompile(`^[0-9]{1,18}(\.[0-9]{1,9})?$`)
	likeRatio   = regexp.MustCompile(`(?i)%|\b(per|rate|ratio|proportion|percentage|percent|share)\b`)
)

// perUnit returns what a unit multiplies a quotient by, and whether it is a part of something.
func perUnit(unit string) (factor int64, part bool, err error) {
	if m := ratioUnit.FindStringSubmatch(unit); m != nil {
		factor, err = strconv.ParseInt(m[1], 10, 64)
		return factor, true, err
	}
	switch {
	case unit == "percent":
		return 100, true, nil
	case unit == "share":
		return 1, true, nil
	case likeRatio.MatchString(unit):
		return 0, true, fmt.Errorf("unit %q is not clear; write percent, share, or per 1000 of something", unit)
	}
	return 1, false, nil
}

// IsPart reports whether the unit is a part of something, such as percent: then the counts of the tables are not in it.
func (d Definition) IsPart() bool {
	_, part, err := perUnit(d.Unit)
	return part || err != nil
}

// check returns an error unless the definition says what a reader needs.
func (d Definition) check() error {
	for _, f := range []struct{ name, text string }{
		{"definition", d.Text}, {"numerator", d.Numerator}, {"unit", d.Unit}, {"period", d.Period},
		{"basis", d.Basis}, {"population", d.Population}, {"rule", d.Rule},
	} {
		if err := checkText(f.name, f.text); err != nil {
			return err
		}
	}
	_, part, err := perUnit(d.Unit)
	if err != nil {
		return err
	}
	if part && d.Denominator == "" {
		return fmt.Errorf("the unit %q needs a denominator, which says of whom", d.Unit)
	}
	if d.Denominator != "" {
		if err := checkText("denominator", d.Denominator); err != nil {
			return err
		}
	}
	for _, x := range d.Exclusions {
		if err := checkText("exclusion", x); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses what is empty, endless or could play tricks on a terminal.
func checkText(name, text string) error {
	if text == "" || text != strings.TrimSpace(text) {
		return fmt.Errorf("the %s is missing", name)
	}
	if len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsFunc(text, hiddenRune) {
		return fmt.Errorf("the %s is longer than 4000 bytes or holds a control character", name)
	}
	return nil
}

func hiddenRune(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func (s *Statement) check() error {
	r := &s.Predicate
	switch {
	case s.Type != StatementType || s.PredicateType != PredicateType:
		return fmt.Errorf("it is a %.100q about a %.100q; want %q about %q", s.Type, s.PredicateType, StatementType, PredicateType)
	case !releaseID.MatchString(r.ID):
		return fmt.Errorf("id %.80q; want lower-case letters, digits, hyphens and points", r.ID)
	case r.Supersedes != nil && r.Withdraws != nil:
		return errors.New("it both supersedes and withdraws")
	case (r.Figures == nil) != (r.Withdraws != nil):
		return errors.New("want figures, or a withdrawal of some")
	case (r.Supersedes != nil || r.Withdraws != nil) != (r.Reason != ""):
		return errors.New("a reason goes with what is withdrawn or superseded, and only with that")
	}
	if _, err := time.Parse(time.DateOnly, r.Made); err != nil {
		return fmt.Errorf("made on %.40q; want a date", r.Made)
	}
	if err := checkText("title", r.Title); err != nil {
		return err
	}
	if r.Reason != "" {
		if err := checkText("reason", r.Reason); err != nil {
			return err
		}
	}
	if err := checkKeys(r.Approvers, nil); err != nil {
		return fmt.Errorf("approvers: %w", err)
	}
	if len(r.Approvers) < Threshold {
		return fmt.Errorf("%d approvers are named; want %d or more", len(r.Approvers), Threshold)
	}
	for i, sub := range s.Subject {
		if !hexDigest.MatchString(sub.Digest.SHA256) || i > 0 && s.Subject[i-1].Name >= sub.Name {
			return fmt.Errorf("subject %.80q: the digest is none, or the subjects are not in order", sub.Name)
		}
	}
	for _, ref := range []*Reference{r.Supersedes, r.Withdraws} {
		if ref != nil && !ref.valid() {
			return errors.New("it names another release by what is no id or no digest")
		}
	}
	if r.Withdraws != nil {
		if len(s.Subject) != 1 || s.Subject[0] != (Subject{r.Withdraws.ID, r.Withdraws.Statement}) {
			return errors.New("the subject is not what is withdrawn")
		}
		return nil
	}
	for _, sub := range s.Subject {
		if !isSubject(sub.Name) {
			return fmt.Errorf("subject %.80q; want %s, %s and tables", sub.Name, packageFile, riskFile)
		}
	}
	return r.Figures.check(s.Subject)
}

func (r Reference) valid() bool {
	return releaseID.MatchString(r.ID) && hexDigest.MatchString(r.Statement.SHA256)
}

func (f *Figures) check(subjects []Subject) error {
	if err := f.Definition.check(); err != nil {
		return err
	}
	_, part, _ := perUnit(f.Definition.Unit)
	estimated := f.Method.Path == Estimated
	if estimated != (f.Estimate != nil) {
		return errors.New("want how the estimates were made, where there are some, and nowhere else")
	}
	if estimated {
		if err := f.Estimate.check(); err != nil {
			return err
		}
		part = false // the table is in the unit itself
	}
	for _, v := range f.Values {
		if v.Cell == nil || (v.Of != nil) != part {
			return errors.New("a unit that is a part of something, and no other, is divided by a count: write outcome=home of all, or a cell alone")
		}
		for _, at := range []map[string]string{v.Cell, v.Of} {
			for column, value := range at {
				if err := errors.Join(checkText("column", column), checkText("value", value)); err != nil {
					return err
				}
			}
		}
		if !plainNumber.MatchString(v.Value) && !(estimated && signedNumber.MatchString(v.Value)) {
			return fmt.Errorf("value %.40q; want a number such as 57.1", v.Value)
		}
		if v.Interval != nil {
			if err := v.Interval.check(); err != nil {
				return fmt.Errorf("value %s: %w", v.Value, err)
			}
		}
	}
	has := func(name string, d Digest) bool {
		return slices.ContainsFunc(subjects, func(s Subject) bool { return s.Name == name && (d == Digest{} || s.Digest == d) })
	}
	switch {
	case !releaseID.MatchString(f.Series):
		return fmt.Errorf("series %.80q; want lower-case letters, digits, hyphens and points", f.Series)
	case checkText("module", f.Software.Module) != nil || checkText("version", f.Software.Version) != nil:
		return errors.New("the software is not named")
	case checkText("band", f.Inputs.Band) != nil || !hexDigest.MatchString(f.Inputs.Commitment):
		return errors.New("the inputs are not committed to")
	case f.Risk.Verdict != "safe":
		return fmt.Errorf("the risk report says %.40q; only what is safe is released", f.Risk.Verdict)
	case !has(packageFile, Digest{}) || !has(riskFile, f.Risk.Report) || len(subjects) < 3:
		return fmt.Errorf("want %s, %s as the verdict names it, and a table among the subjects", packageFile, riskFile)
	}
	if err := f.Method.check(); err != nil {
		return err
	}
	for _, ref := range f.Earlier {
		if !ref.valid() {
			return errors.New("an earlier release is named by what is no id or no digest")
		}
	}
	return nil
}

// quotient returns count, or factor·count/of where there is an of, to so many places.
func quotient(count, of *int64, factor int64, places int) (string, error) {
	if of == nil {
		return strconv.FormatInt(*count, 10), nil
	}
	if *of == 0 {
		return "", errors.New("it is divided by none")
	}
	q := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(*count), big.NewInt(factor)), big.NewInt(*of))
	return q.FloatString(places), nil
}
