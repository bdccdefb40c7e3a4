package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"plumbline/figure"
	"plumbline/internal/exchange"
	"plumbline/protect"
)

// release reads a release that is to be worked on.
func release(name string) (figure.Files, error) {
	f, err := figure.ReadFiles(name)
	if err != nil && !errors.Is(err, figure.ErrMalformed) {
		return nil, fileError(name, err)
	}
	return f, err
}

// textOf reads a flag that is a file or the text itself.
func textOf(value string) (string, error) {
	data, err := os.ReadFile(value)
	if errors.Is(err, os.ErrNotExist) && strings.Contains(value, "+") {
		return value, nil
	}
	if err != nil {
		return "", fileError(value, err)
	}
	return string(data), nil
}

// secret writes a file that only its owner can read, and never over another.
func secret(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fileError(name, err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fileError(name, err)
	}
	return nil
}

// isNew refuses to write over what is there.
func isNew(name string) error {
	if name == "" {
		return usageError{"-o is missing", "-o RELEASE, a new folder, or a name that ends in .zip"}
	}
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return usageError{fmt.Sprintf("%s is there already", name), "give a new name with -o"}
	}
	return nil
}

var figureKeyCommand = command{
	name: "figure key",
	line: "make the key of an approver of releases, of a log of them, or of a witness",
	help: `plumbline figure key NAME [--log|--witness] [-o FILE]

  plumbline figure key ana -o ana.key > ana.pub
  plumbline figure key example.org/releases --log -o log.key > log.pub
  plumbline figure key university.example/witness --witness -o witness.key > witness.pub

The private key goes to FILE, which only its owner can read (NAME.key without
-o). The public one is printed: a line of the policy that readers are given.`,
	run: func(_ context.Context, c *call) error {
		isLog := c.flags.Bool("log", false, "make the key of a log; NAME is then its address without scheme")
		isWitness := c.flags.Bool("witness", false, "make the key of a witness; NAME is then an address of its own, without scheme")
		out := c.flags.String("o", "", "write the private key to this `FILE`")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		kind, name := figure.ApproverKey, c.args[0]
		switch {
		case *isLog && *isWitness:
			return usageError{"--log and --witness", "a key is for one of them"}
		case *isLog:
			kind = figure.LogKey
		case *isWitness:
			kind = figure.WitnessKey
		}
		if *out == "" {
			if *out = name + ".key"; strings.ContainsAny(name, `/\`) {
				return usageError{"-o is missing", "-o log.key"}
			}
		}
		file, public, err := figure.NewKey(rand.Reader, kind, name)
		if err != nil {
			return usageError{fmt.Sprintf("%q cannot name a key", name), "a name without space and +, such as ana or example.org/releases"}
		}
		if err := secret(*out, file); err != nil {
			return err
		}
		_, err = io.WriteString(c.out, public)
		return err
	},
}

// repeated registers a flag that may be given several times.
func (c *call) repeated(p *[]string, name, usage string) {
	c.flags.Func(name, usage, func(s string) error { *p = append(*p, s); return nil })
}

// approvers reads public keys from lines or files of them.
func approvers(values []string) ([]string, error) {
	var keys []string
	for _, value := range values {
		text, err := textOf(value)
		if err != nil {
			return nil, err
		}
		p, err := figure.ParsePolicy([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("--approver %.60q: %w", value, err)
		}
		if p.Log != "" || len(p.Witnesses) > 0 {
			return nil, usageError{fmt.Sprintf("--approver %.60q is not the key of an approver", value), "the public key of an approver, as plumbline figure key prints it"}
		}
		keys = append(keys, p.Approvers...)
	}
	return keys, nil
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// software says what this program is.
func software() figure.Software {
	s := figure.Software{Module: "plumbline", Version: "(devel)"}
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			s.Version = info.Main.Version
		}
		for _, set := range info.Settings {
			if set.Key == "vcs.revision" {
				s.Revision = set.Value
			}
		}
	}
	return s
}

var figureMakeCommand = command{
	name: "figure make",
	line: "make a release of a protected table: its statement, risk report and files",
	help: `plumbline figure make TABLE.csv --by a,b [--count n] --min 10 --title … --definition … --numerator … [--denominator …]
    --unit … --period … --population … --approver KEY --approver KEY -o RELEASE

  plumbline figure make cases.csv --by year,outcome --count n --min 10 --title "People met" \
    --definition "People met in operations" --numerator "people met" --unit people --period 2025 \
    --population "operations of the coalition" --approver ana.pub --approver bo.pub -o met-2025

RELEASE is a folder, or one file when its name ends in .zip. The small counts
are hidden as protect table hides them, and the result is attacked: what is not
safe is not written. A unit such as percent needs a denominator. --value quotes
a number from the table: "outcome=home", or "outcome=home of all" as a part of
something. A release of a series that readers have is given with --earlier, and
with --earlier-data after it when it was made from other data. The key of the
commitment to TABLE.csv goes to RELEASE.input-key: keep it with the data.`,
	run: figureMake,
}

func figureMake(ctx context.Context, c *call) error {
	var (
		d                                     figure.Definition
		r                                     figure.Release
		f                                     figure.Figures
		suppress                              protect.SuppressSpec
		by, approve, values, sources, earlier []string
		earlierData                           = map[int]string{}
		spec                                  figure.MakeSpec
		supersedes                            string
	)
	c.listFlag(&by, "by", "break the counts down by these `columns`")
	c.flags.StringVar(&suppress.Count, "count", "", "the `column` of counts; without it each row is one record")
	c.flags.IntVar(&suppress.Min, "min", 10, "the smallest `count` that may be shown")
	c.flags.StringVar(&suppress.Total, "total", "Total", "the `word` that stands for all values of a column")
	c.flags.BoolVar(&suppress.HideZeros, "hide-zeros", false, "hide empty cells like small ones")
	c.flags.StringVar(&r.ID, "id", "", "the release's `id`; the name of RELEASE if it is not given")
	c.flags.StringVar(&f.Series, "series", "", "the `series` it belongs to; its id if it is not given")
	c.flags.StringVar(&r.Title, "title", "", "its `title`")
	c.flags.StringVar(&d.Text, "definition", "", "what is counted, in a `sentence`")
	c.flags.StringVar(&d.Numerator, "numerator", "", "`who` is counted")
	c.flags.StringVar(&d.Denominator, "denominator", "", "of `whom`; needed where the unit is a part of something")
	c.flags.StringVar(&d.Unit, "unit", "", "the `unit`: people, percent, share, \"per 1000 arrests\"")
	c.flags.StringVar(&d.Period, "period", "", "the `period`")
	c.flags.StringVar(&d.Basis, "basis", "event", "what puts a case in the period: `event`, registration, report")
	c.flags.StringVar(&d.Population, "population", "", "the `population` that the data cover")
	c.flags.StringVar(&d.Rule, "rule", "1", "the `version` of the rule by which it is counted")
	c.repeated(&d.Exclusions, "exclude", "`who` is left out; may be given again")
	c.repeated(&values, "value", "quote this `cell`, as outcome=home or \"outcome=home of all\"; may be given again")
	c.flags.IntVar(&spec.Places, "places", 1, "decimal `places` of values that are parts of something")
	c.repeated(&approve, "approver", "the public `key` of one who may approve, or a file of it; two or more")
	c.repeated(&earlier, "earlier", "a `RELEASE` that readers have; may be given again")
	c.flags.Func("earlier-data", "the data that the --earlier before it was made from (`FILE`)", func(s string) error {
		if len(earlier) == 0 {
			return errors.New("there is no --earlier before it")
		}
		earlierData[len(earlier)-1] = s
		return nil
	})
	c.flags.StringVar(&supersedes, "supersedes", "", "the `RELEASE` that this one corrects; give --reason too")
	c.flags.StringVar(&r.Reason, "reason", "", "`why` it is corrected")
	c.flags.StringVar(&spec.Licence, "licence", "CC-BY-4.0", "the `licence` of the tables")
	c.repeated(&sources, "source", "where the data are from, in `words`; may be given again")
	out := c.flags.String("o", "", "the `RELEASE` to write: a new folder, or a name that ends in .zip")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if len(by) == 0 {
		return usageError{"--by is missing", "--by year,district"}
	}
	if err := isNew(*out); err != nil {
		return err
	}
	bare := strings.TrimSuffix(*out, ".zip")
	if r.ID == "" {
		r.ID = filepath.Base(bare)
	}
	if f.Series == "" {
		f.Series = r.ID
	}
	if len(sources) == 0 {
		sources = []string{"Records that the publisher holds and that are not public"}
	}
	var err error
	if r.Approvers, err = approvers(approve); err != nil {
		return err
	}
	if f.Values, err = quoted(values); err != nil {
		return err
	}
	columns := by
	if suppress.Count != "" {
		columns = append(slices.Clone(by), suppress.Count)
	}
	for i, name := range earlier {
		var e figure.EarlierRelease
		if e.Files, err = release(name); err != nil {
			return err
		}
		if data, ok := earlierData[i]; ok {
			if e.Data, err = c.sensitive(ctx, data, protect.ReadOptions{Columns: columns}); err != nil {
				return err
			}
		}
		spec.Earlier = append(spec.Earlier, e)
	}
	if supersedes != "" {
		old, err := release(supersedes)
		if err != nil {
			return err
		}
		ref, err := old.Reference()
		if err != nil {
			return fmt.Errorf("%s: %w", supersedes, err)
		}
		r.Supersedes = &ref
		if !slices.ContainsFunc(spec.Earlier, func(e figure.EarlierRelease) bool {
			was, err := e.Files.Reference()
			return err == nil && was == ref
		}) {
			spec.Earlier = append(spec.Earlier, figure.EarlierRelease{Files: old})
		}
	}
	if spec.Input, err = readInput(ctx, c.in, c.args[0]); err != nil {
		return err
	}
	if len(spec.Input) > exchange.MaxFile {
		return fmt.Errorf("%s is larger than %d bytes", c.args[0], exchange.MaxFile)
	}
	t, err := protect.ReadTable(bytes.NewReader(spec.Input), c.args[0], protect.ReadOptions{Columns: columns})
	if err != nil {
		return c.blameProtect(err)
	}
	spec.Nonce = make([]byte, 32)
	rand.Read(spec.Nonce)
	suppress.Tables = [][]string{by}
	r.Made, f.Definition, f.Software, r.Figures = today(), d, software(), &f
	spec.Release, spec.Suppress, spec.Sources = r, suppress, sources
	made, err := figure.Make(ctx, t, spec)
	if errors.Is(err, figure.ErrUnsafe) {
		complain(c.err, oneLine(err.Error()), "nothing was written; fewer columns, or --hide-zeros, may help")
		return errNo
	}
	if err != nil {
		return c.blameProtect(err)
	}
	if err := secret(bare+".input-key", hex.EncodeToString(spec.Nonce)+"\n"); err != nil {
		return err
	}
	if err := made.Files.Write(*out); err != nil {
		return fileError(*out, err)
	}
	p := made.Protected
	c.note(fmt.Sprintf("%d of %d counts are hidden; every hidden small count could be %d or more", p.Primary+p.Secondary, p.Cells, p.Min))
	for _, w := range p.Warnings {
		c.note(w.Text)
	}
	for _, g := range p.Group {
		c.note(fmt.Sprintf("everybody in %s has %s = %s: whoever is known to be among them is known to have it", pairs(g.Cell), g.Column, g.Value))
	}
	fmt.Fprintf(c.out, "%s is made, and waits for two approvals.\n", *out)
	return nil
}

// quoted reads values to quote: cells, and what they are a part of.
func quoted(texts []string) (values []figure.Value, err error) {
	cell := func(text string) (map[string]string, error) {
		at := map[string]string{}
		if text == "all" {
			return at, nil
		}
		for _, pair := range strings.Split(text, ",") {
			column, value, ok := strings.Cut(pair, "=")
			if !ok || at[column] != "" {
				return nil, usageError{fmt.Sprintf("--value %.80q", text), `columns and their values, as outcome=home,year=2025, or all`}
			}
			at[column] = value
		}
		return at, nil
	}
	for _, text := range texts {
		var v figure.Value
		count, of, isPart := strings.Cut(text, " of ")
		if v.Cell, err = cell(count); err != nil {
			return nil, err
		}
		if isPart {
			if v.Of, err = cell(of); err != nil {
				return nil, err
			}
		}
		values = append(values, v)
	}
	return values, nil
}

var figureApproveCommand = command{
	name: "figure approve",
	line: "approve a release, as one of the two people who must",
	help: `plumbline figure approve RELEASE --key FILE

  plumbline figure approve met-2025 --key ana.key

FILE is a private key that plumbline figure key made. Every check that can be
made without keys is made first, and a release that fails one is not signed.`,
	run: func(ctx context.Context, c *call) error {
		key := c.flags.String("key", "", "the approver's private key (`FILE`)")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if *key == "" {
			return usageError{"--key is missing", "--key ana.key"}
		}
		text, err := os.ReadFile(*key)
		if err != nil {
			return fileError(*key, err)
		}
		f, err := release(c.args[0])
		if err != nil {
			return err
		}
		if f["checkpoint"] != nil {
			return fmt.Errorf("%s is published; approvals come before that", c.args[0])
		}
		v := figure.Verify(ctx, f, figure.VerifySpec{})
		if !v.OK() {
			return errors.Join(tellVerification(c, v), errNo)
		}
		if f["statement.json"], err = figure.Approve(f["statement.json"], string(text)); err != nil {
			return fmt.Errorf("%s: %w", *key, err)
		}
		if err := f.Write(c.args[0]); err != nil {
			return fileError(c.args[0], err)
		}
		e, _, err := figure.ParseEnvelope(f["statement.json"])
		if err != nil {
			return err
		}
		tellDefinition(c.out, v)
		_, err = fmt.Fprintf(c.out, "\n%d of %d approvals.\n", len(e.Signatures), figure.Threshold)
		return err
	},
}

var figurePublishCommand = command{
	name: "figure publish",
	line: "put an approved release into the log of releases",
	help: `plumbline figure publish RELEASE --log DIR --key FILE

  plumbline figure publish met-2025 --log /srv/releases --key log.key

RELEASE gets its proof and the signed checkpoint; a folder is also written as
one file, RELEASE.zip. DIR is made when it is not there. It can be copied to any
web host, or to a memory stick, as it is. Publishing twice changes nothing.`,
	run: func(_ context.Context, c *call) error {
		dir := c.flags.String("log", "", "the folder of the log (`DIR`)")
		key := c.flags.String("key", "", "the log's private key (`FILE`)")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if *dir == "" || *key == "" {
			return usageError{"--log or --key is missing", "--log releases --key log.key"}
		}
		text, err := os.ReadFile(*key)
		if err != nil {
			return fileError(*key, err)
		}
		f, err := release(c.args[0])
		if err != nil {
			return err
		}
		if _, err := figure.ParsePrivate(string(text), figure.LogKey); err != nil {
			return fmt.Errorf("%s: %w", *key, err)
		}
		w, err := figure.WriteLog(*dir, string(text))
		if err != nil {
			return err
		}
		defer w.Close()
		if f, err = figure.Publish(f, w); err != nil {
			return fmt.Errorf("%s: %w", c.args[0], err)
		}
		names := []string{c.args[0]}
		if !strings.HasSuffix(names[0], ".zip") {
			names = append(names, filepath.Clean(names[0])+".zip")
		}
		for _, name := range names {
			if err := f.Write(name); err != nil {
				return fileError(name, err)
			}
		}
		fmt.Fprintf(c.out, "%s is in the log, which has %s.\n", c.args[0], more(int(w.Size), "leaf", "leaves"))
		return nil
	},
}

var figureWithdrawCommand = command{
	name: "figure withdraw",
	line: "make the withdrawal of a release, to be approved and published like one",
	help: `plumbline figure withdraw RELEASE --reason … -o WITHDRAWAL

  plumbline figure withdraw met-2025 --reason "two lists were counted twice" -o met-2025-withdrawn

Nothing in a log can be taken back: the withdrawal is a new leaf that names the
old one. Its approvers are those of the release, or who --approver names.`,
	run: func(_ context.Context, c *call) error {
		var approve []string
		var w figure.Release
		c.flags.StringVar(&w.Reason, "reason", "", "`why` it is withdrawn; everybody can read it")
		c.flags.StringVar(&w.ID, "id", "", "the withdrawal's `id`; the name of WITHDRAWAL if it is not given")
		c.repeated(&approve, "approver", "the public `key` of one who may approve, or a file of it")
		out := c.flags.String("o", "", "the `WITHDRAWAL` to write: a new folder, or a name that ends in .zip")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		if w.Reason == "" {
			return usageError{"--reason is missing", `--reason "two lists were counted twice"`}
		}
		if err := isNew(*out); err != nil {
			return err
		}
		old, err := release(c.args[0])
		if err != nil {
			return err
		}
		_, s, err := figure.ParseEnvelope(old["statement.json"])
		if err != nil {
			return fmt.Errorf("%s: %w", c.args[0], err)
		}
		if w.Approvers, err = approvers(approve); err != nil {
			return err
		}
		if len(w.Approvers) == 0 {
			w.Approvers = s.Predicate.Approvers
		}
		if w.ID == "" {
			w.ID = filepath.Base(strings.TrimSuffix(*out, ".zip"))
		}
		w.Title, w.Made = "Withdrawal of "+s.Predicate.Title, today()
		f, err := figure.Withdraw(old, w)
		if err != nil {
			return err
		}
		if err := f.Write(*out); err != nil {
			return fileError(*out, err)
		}
		fmt.Fprintf(c.out, "%s is made, and waits for two approvals.\n", *out)
		return nil
	},
}

var verifyCommand = command{
	name: "verify",
	line: "check a release, without account, database or network",
	help: `plumbline verify RELEASE [--key KEY|POLICY] [--checkpoint OLD] [--log DIR] [--json]

  plumbline verify met-2025.zip --key policy.txt --log releases --checkpoint kept-in-march

RELEASE is a folder or one file. A policy says whom you believe, in lines that
plumbline figure key prints: log KEY, approver KEY, and approvals 2. Get it by a
way that does not lead through the publisher's site. OLD is a checkpoint that
you kept, DIR a copy of the log. Each check is passed, failed or not possible.
Exit 1 when one failed.`,
	run: func(ctx context.Context, c *call) error {
		key := c.flags.String("key", "", "whom you believe: a `policy`, a public key, or a file of either")
		old := c.flags.String("checkpoint", "", "a checkpoint of the log that you kept (`FILE`)")
		dir := c.flags.String("log", "", "a copy of the log of releases (`DIR`)")
		asJSON := c.flags.Bool("json", false, "print one JSON object")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		var spec figure.VerifySpec
		if *key != "" {
			text, err := textOf(*key)
			if err != nil {
				return err
			}
			if spec.Policy, err = figure.ParsePolicy([]byte(text)); err != nil {
				return err
			}
		}
		if *old != "" {
			data, err := os.ReadFile(*old)
			if err != nil {
				return fileError(*old, err)
			}
			spec.Older = data
		}
		if *dir != "" {
			if _, err := os.Stat(*dir); err != nil {
				return fileError(*dir, err)
			}
			spec.Log = os.DirFS(*dir)
		}
		f, err := release(c.args[0])
		var v *figure.Verification
		switch {
		case err == nil:
			v = figure.Verify(ctx, f, spec)
		case errors.Is(err, figure.ErrMalformed):
			v = figure.Refused(err)
		default:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c.out, v)
		} else {
			err = tellVerification(c, v)
		}
		if err == nil && !v.OK() {
			return errNo
		}
		return err
	},
}

// tellDefinition writes what a release is about.
func tellDefinition(w io.Writer, v *figure.Verification) {
	fmt.Fprintf(w, "%s: %s\n", v.Release, v.Title)
	d := v.Definition
	if d == nil {
		return
	}
	of := ""
	if d.Denominator != "" {
		of = ", of " + d.Denominator
	}
	fmt.Fprintf(w, "%s.\n%s%s, in %s. %s, by %s. %s. Rule %s.\n", strings.TrimSuffix(d.Text, "."), d.Numerator, of, d.Unit, d.Period, d.Basis, d.Population, d.Rule)
	for _, x := range d.Exclusions {
		fmt.Fprintf(w, "Without %s.\n", x)
	}
	for _, q := range v.Values {
		of := ""
		if q.Of != nil {
			of = " of " + cellName(q.Of)
		}
		fmt.Fprintf(w, "  %s%s: %s %s\n", cellName(q.Cell), of, q.Value, d.Unit)
	}
}

func cellName(at map[string]string) string {
	if len(at) == 0 {
		return "all"
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(at)) {
		parts = append(parts, k+" = "+at[k])
	}
	return strings.Join(parts, ", ")
}

func tellVerification(c *call, v *figure.Verification) error {
	if v.Release != "" {
		tellDefinition(c.out, v)
		fmt.Fprintln(c.out)
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	count := map[string]int{}
	for _, k := range v.Checks {
		count[k.Result]++
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Result, k.Check, k.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n%d passed, %d failed, %d not possible.\n", count[figure.Passed], count[figure.Failed], count[figure.NotPossible])
	return err
}
