package figure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/ledger"
)

// The results of a check.
const (
	Passed      = "passed"
	Failed      = "failed"
	NotPossible = "not possible"
)

// A Check is one thing that a reader can know of a release, and how it came out.
type Check struct {
	Check  string `json:"check"` // one of Checks
	Result string `json:"result"`
	Text   string `json:"text"` // a sentence
}

// Checks lists the codes of the checks in the order in which they are made. doc/releases.md says what each tells.
func Checks() []string {
	return []string{"files", "statement", "digests", "signatures", "checkpoint", "included", "witnessed", "grown", "package", "protection", "values", "standing"}
}

// A Verification is what [Verify] found.
type Verification struct {
	Release   string  `json:"release"`
	Title     string  `json:"title"`
	Statement string  `json:"statement"` // the digest of the statement
	Checks    []Check `json:"checks"`

	Definition *Definition `json:"definition,omitempty"` // as the statement has it
	Values     []Value     `json:"values,omitempty"`
}

// OK reports whether no check failed. It does not say that every check was possible.
func (v *Verification) OK() bool {
	for _, c := range v.Checks {
		if c.Result == Failed {
			return false
		}
	}
	return true
}

// VerifySpec is what the reader brings along.
type VerifySpec struct {
	Policy *Policy // whom the reader believes; nil for nobody
	Older  []byte  // a checkpoint that the reader kept
	Log    fs.FS   // a copy of the log
	// Limit bounds the time of the attack on the tables; zero means ten seconds.
	Limit time.Duration
}

type verifier struct {
	Verification
	files Files
	spec  VerifySpec

	envelope  *Envelope
	statement *Statement
	release   *ledger.Checkpoint // of the release, once its signature is checked
	older     *ledger.Checkpoint
	log       *Log
	index     int64
	included  bool
	signed    error // what is wrong with the signatures, whoever is believed
}

// Verify makes every check that can be made of a release, with what the reader brings
// along and nothing else.
func Verify(ctx context.Context, files Files, spec VerifySpec) *Verification {
	v := &verifier{files: files, spec: spec}
	if v.open() {
		v.digests()
		v.signatures()
		v.checkpoint()
		v.witnessed()
		v.grown()
		v.tables(ctx)
		v.standing()
	}
	for _, code := range Checks()[len(v.Checks):] {
		v.say(code, NotPossible, "the release could not be read.")
	}
	return &v.Verification
}

// Refused is the verification of what could not even be opened as a release.
func Refused(err error) *Verification {
	v := &verifier{}
	v.say("files", Failed, "This is not a release: %v.", err)
	for _, code := range Checks()[1:] {
		v.say(code, NotPossible, "There is no release to look at.")
	}
	return &v.Verification
}

func (v *verifier) say(check, result, format string, args ...any) {
	v.Checks = append(v.Checks, Check{check, result, fmt.Sprintf(format, args...)})
}

// open makes the checks without which no other can be made.
func (v *verifier) open() bool {
	data := v.files[statementFile]
	if data == nil {
		v.say("files", Failed, "There is no %s, so nothing says what this is.", statementFile)
		return false
	}
	var err error
	v.envelope, v.statement, err = ParseEnvelope(data)
	if errors.Is(err, ErrSigned) {
		v.signed = err
	} else if err != nil {
		v.say("files", NotPossible, "Without a statement nothing says what belongs here.")
		v.say("statement", Failed, "The statement cannot be believed: %v.", err)
		return false
	}
	r := &v.statement.Predicate
	v.Release, v.Title, v.Statement = r.ID, r.Title, digestOf(v.envelope.Payload).SHA256
	if err := v.files.checkNames(v.statement); err != nil {
		v.say("files", Failed, "It does not hold what its statement says: %v.", err)
		v.say("statement", NotPossible, "The files are not those of this statement.")
		return false
	}
	v.say("files", Passed, "It holds the %d files that it says, and no other.", len(v.files))
	if r.Figures != nil {
		v.Definition, v.Values = &r.Figures.Definition, r.Figures.Values
	}
	if r.Withdraws != nil {
		v.say("statement", Passed, "The statement is well formed. It withdraws %s: %s", r.Withdraws.ID, r.Reason)
	} else {
		v.say("statement", Passed, "The statement is well formed, and its definition says what is counted, of whom, when and by which rule.")
	}
	return true
}

func (v *verifier) digests() {
	if v.statement.Predicate.Withdraws != nil {
		v.say("digests", NotPossible, "A withdrawal has no files to compare.")
		return
	}
	var wrong []string
	for _, s := range v.statement.Subject {
		if digestOf(v.files[s.Name]) != s.Digest {
			wrong = append(wrong, s.Name)
		}
	}
	if len(wrong) > 0 {
		v.say("digests", Failed, "Changed since the statement was written: %s.", strings.Join(wrong, ", "))
		return
	}
	v.say("digests", Passed, "Each of %d files is, byte for byte, the one that the statement is about.", len(v.statement.Subject))
}

func (v *verifier) signatures() {
	p := v.spec.Policy
	if v.signed != nil {
		v.say("signatures", Failed, "The signatures cannot be believed, whoever made them: %v.", v.signed)
		return
	}
	if n := len(v.envelope.Signatures); n < Threshold && v.files[proofFile] != nil {
		v.say("signatures", Failed, "%d have signed it, and nothing is published that %d have not approved.", n, Threshold)
		return
	}
	if p == nil || len(p.Approvers) == 0 {
		if len(v.envelope.Signatures) == 0 {
			v.say("signatures", NotPossible, "Nobody has signed it.")
			return
		}
		v.say("signatures", NotPossible, "%d of those whom it names have signed; give the keys of the approvers whom you believe (--key) to know whether it was them.", len(v.envelope.Signatures))
		return
	}
	names := p.signers(v.envelope)
	if len(names) < p.Approvals {
		v.say("signatures", Failed, "%d of your %d approvers signed, and you ask for %d.", len(names), len(p.Approvers), p.Approvals)
		return
	}
	v.say("signatures", Passed, "%d of your %d approvers signed: %s.", len(names), len(p.Approvers), strings.Join(names, ", "))
}

// checkpoint looks at the release's place in the log.
func (v *verifier) checkpoint() {
	published := v.files[proofFile] != nil
	believes := v.spec.Policy != nil && v.spec.Policy.Log != ""
	switch {
	case !believes && !published:
		v.say("checkpoint", NotPossible, "It carries no checkpoint: it has not been published.")
		v.say("included", NotPossible, "It carries no proof: it has not been published.")
		return
	case !published:
		v.say("checkpoint", Failed, "It carries no checkpoint, so it has not been published in the log that you believe.")
		v.say("included", Failed, "It carries no proof that it is in the log.")
		return
	case !believes:
		v.say("checkpoint", NotPossible, "Give the key of the log that you believe (--key) to know whether it signed the checkpoint.")
		v.say("included", NotPossible, "A proof is worth what the checkpoint is worth, and there is no key for that.")
		return
	}
	c, err := ledger.Open(v.files[checkpointFile], v.spec.Policy.Log)
	if err != nil {
		v.say("checkpoint", Failed, "The checkpoint is not one of your log: %v.", err)
		v.say("included", NotPossible, "A proof is worth what the checkpoint is worth.")
		return
	}
	v.release = &c
	v.say("checkpoint", Passed, "The log %s signed the checkpoint, at length %d.", c.Origin, c.Size)
	p, err := parseProof(v.files[proofFile])
	if err == nil {
		err = tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(v.files[statementFile]))
	}
	if err != nil {
		v.say("included", Failed, "The proof does not show that this statement is in the log: %v.", err)
		return
	}
	v.index, v.included = p.Index, true
	v.say("included", Passed, "This statement, with its signatures, is leaf %d of the log.", p.Index)
}

// witnessed counts the cosignatures under the release's checkpoint.
func (v *verifier) witnessed() {
	p := v.spec.Policy
	switch {
	case p == nil || len(p.Witnesses) == 0:
		v.say("witnessed", NotPossible, "You name no witnesses, so nobody but the log vouches that everybody is shown the same log.")
	case p.Log == "":
		v.say("witnessed", NotPossible, "Give the key of the log (--key) whose witnesses they are.")
	case v.release == nil:
		v.say("witnessed", Failed, "There is no checkpoint of your log that a witness could have cosigned.")
	default:
		names := Cosigners(v.files[checkpointFile], p.Witnesses)
		if len(names) < p.Cosigned {
			v.say("witnessed", Failed, "%d of your %d witnesses cosigned the checkpoint, and you ask for %d.", len(names), len(p.Witnesses), p.Cosigned)
			return
		}
		v.say("witnessed", Passed, "%d of your %d witnesses saw the log grow up to this checkpoint: %s.", len(names), len(p.Witnesses), strings.Join(names, ", "))
	}
}

// grown compares the checkpoints that there are: of the release, of the reader, of the log.
func (v *verifier) grown() {
	if v.spec.Policy == nil || v.spec.Policy.Log == "" {
		v.say("grown", NotPossible, "Give the key of the log (--key).")
		return
	}
	if v.spec.Older != nil {
		c, err := ledger.Open(v.spec.Older, v.spec.Policy.Log)
		if err != nil {
			v.say("grown", Failed, "The checkpoint that you kept is not one of your log: %v.", err)
			return
		}
		v.older = &c
	}
	if v.spec.Log != nil {
		log, err := ReadLog(v.spec.Log, v.spec.Policy.Log)
		if err != nil {
			v.say("grown", Failed, "The copy of the log cannot be believed: %v.", err)
			return
		}
		v.log = log
		for _, c := range []*ledger.Checkpoint{v.older, v.release} {
			if c == nil {
				continue
			}
			if err := log.CheckGrowth(*c); err != nil {
				v.say("grown", Failed, "The log did not only grow: it was forked, changed or rolled back, or your copy of it is old or damaged (%v).", err)
				v.log = nil
				return
			}
		}
		v.say("grown", Passed, "The log, at length %d, holds everything that it held at the older checkpoints, unchanged.", log.Size)
		return
	}
	a, b := v.older, v.release
	switch {
	case a == nil || b == nil:
		v.say("grown", NotPossible, "Give a checkpoint that you kept (--checkpoint), a copy of the log (--log), or both.")
	case a.Size == b.Size && a.Root != b.Root:
		v.say("grown", Failed, "The log was forked: it signed two checkpoints of length %d that differ.", a.Size)
	case a.Size == b.Size:
		v.say("grown", Passed, "The checkpoint is the one that you kept.")
	default:
		v.say("grown", NotPossible, "Your checkpoint has length %d and that of the release %d; a copy of the log (--log) can tell whether one grew from the other.", a.Size, b.Size)
	}
}

// tables makes the checks that look into the tables.
func (v *verifier) tables(ctx context.Context) {
	f := v.statement.Predicate.Figures
	if f == nil {
		for _, code := range []string{"package", "protection", "values"} {
			v.say(code, NotPossible, "A withdrawal has no tables.")
		}
		return
	}
	c, err := v.files.parsePackage(v.statement)
	if err != nil {
		v.say("package", Failed, "The data package and the tables do not fit each other: %v.", err)
		v.say("protection", NotPossible, "The tables cannot be read.")
		v.say("values", NotPossible, "The tables cannot be read.")
		return
	}
	v.say("package", Passed, "The data package describes the tables as they are.")
	v.protection(ctx, f, c)
	v.values(f, c)
}

func (v *verifier) values(f *Figures, c *contents) {
	if band := c.band(); band != f.Inputs.Band {
		v.say("values", Failed, "The statement says that %.40s were counted; the tables say %s.", f.Inputs.Band, band)
		return
	}
	limits := 0
	for _, q := range f.Values {
		_, decimals, _ := strings.Cut(q.Value, ".")
		if i := q.Interval; i != nil && !encloses(i.Lower, q.Value, i.Upper) {
			v.say("values", Failed, "The value %.40q lies outside its interval, %.40s to %.40s.", q.Value, i.Lower, i.Upper)
			return
		}
		got, err := c.quote(f, q, len(decimals))
		if err == nil {
			err = q.follows(got)
		}
		if err != nil {
			v.say("values", Failed, "The value %.40q does not follow from the tables: %v.", q.Value, err)
			return
		}
		if q.Interval != nil {
			limits++
		}
	}
	switch n := len(f.Values); {
	case n == 0:
		v.say("values", NotPossible, "It quotes no value beside its tables.")
	case limits == 0:
		v.say("values", Passed, "Each value quoted (%d) follows from the tables to the places written.", n)
	default:
		v.say("values", Passed, "Each value quoted (%d) follows from the tables to the places written; %d have an interval, which says its kind and level, holds its value and follows from the tables too.", n, limits)
	}
}

// follows compares a value with what the tables give.
func (v Value) follows(got Value) error {
	if got.Value != v.Value {
		return fmt.Errorf("the tables give %s", got.Value)
	}
	a, b := v.Interval, got.Interval
	if (a == nil) != (b == nil) {
		return errors.New("the tables give it with an interval, and it has none, or the other way about")
	}
	if a != nil && (a.Lower != b.Lower || a.Upper != b.Upper || a.Kind != b.Kind || a.Level != b.Level || a.Method != b.Method) {
		return fmt.Errorf("the tables give the limits %s to %s (%s %s, %s)", b.Lower, b.Upper, b.Kind, b.Level, b.Method)
	}
	return nil
}

// standing looks for later leaves that withdraw or supersede the release.
func (v *verifier) standing() {
	switch {
	case v.log == nil:
		v.say("standing", NotPossible, "Whether it was withdrawn since, only a copy of the log tells (--log), as far as the copy goes.")
		return
	case !v.included:
		v.say("standing", NotPossible, "It is not shown to be in the log.")
		return
	}
	self := Reference{v.Release, Digest{v.Statement}}
	for leaf, err := range v.log.Leaves(v.index + 1) {
		if err != nil {
			v.say("standing", Failed, "The copy of the log is damaged: %v.", err)
			return
		}
		_, s, err := ParseEnvelope(leaf)
		if err != nil {
			v.say("standing", Failed, "The log holds a leaf that is no statement: %v.", err)
			return
		}
		r := &s.Predicate
		if sameReference(&self, r.Withdraws) {
			v.say("standing", Failed, "It was withdrawn on %s by %s: %s", r.Made, r.ID, r.Reason)
			return
		}
		if sameReference(&self, r.Supersedes) {
			v.say("standing", Failed, "It was corrected on %s by %s, which takes its place: %s", r.Made, r.ID, r.Reason)
			return
		}
	}
	v.say("standing", Passed, "Up to leaf %d, where this copy of the log ends, nothing withdraws or corrects it.", v.log.Size-1)
}
