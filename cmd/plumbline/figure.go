package main

import (
	"context"
	"crypto/rand"
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
		interval := ""
		if q.Interval != nil {
			interval = "; " + q.Interval.String()
		}
		fmt.Fprintf(w, "  %s%s: %s %s%s\n", cellName(q.Cell), of, q.Value, d.Unit, interval)
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
