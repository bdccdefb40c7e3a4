package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"plumbline/protect"
)

var protectRiskCommand = command{
	name: "protect risk",
	line: "attack a file as a reader could, and say what was found",
	help: `plumbline protect risk FILE.csv [--against SENSITIVE.csv] [--k 10] [--json]

  plumbline protect risk synthetic.csv --against cases.csv --made-by synthesise --k 10

Without --against the file itself is measured, as data that nobody has
protected. --made-by says how the file was made, and makes releases of halves
of the data for the membership test; --held-out FILE.csv uses records kept out
of the file. --made-by dp wants --epsilon: rare combinations are then noted and
do not stop it. The report counts real people exactly: keep it with the data.
Exit 1 when something found should stop the release.`,
	run: protectRisk,
}

func protectRisk(ctx context.Context, c *call) error {
	asJSON := c.flags.Bool("json", false, "print one JSON object")
	spec := protect.RiskSpec{}
	c.flags.IntVar(&spec.K, "k", 10, "the smallest `group` that may be shown")
	c.flags.IntVar(&spec.Length, "length", 3, "the longest `combination` that is counted")
	c.flags.Uint64Var(&spec.Seed, "seed", 1, "splits the data for the membership test")
	c.flags.BoolVar(&spec.Formal, "formal", false, "the file was made under differential privacy: rare combinations are noted and do not stop it")
	against := c.flags.String("against", "", "the data that the file was made from (`FILE`)")
	var earlier []string
	c.repeated(&earlier, "earlier", "the data that an earlier release was made from (`FILE`); may be given again")
	heldOut := c.flags.String("held-out", "", "records of the same kind that were kept out of the file (`FILE`)")
	made := c.flags.String("made-by", "", "`how` the file was made: synthesise or dp")
	epsilon := c.flags.Float64("epsilon", 0, "with --made-by dp: the privacy `loss` that it was made with")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	switch {
	case *made == "synthesise":
		spec.Make = protect.MakeSynthesis(protect.SynthesisSpec{K: spec.K, Length: spec.Length, Seed: spec.Seed})
	case *made == "dp" && *epsilon == 0:
		return usageError{"--epsilon is missing", "--made-by dp --epsilon 1"}
	case *made == "dp":
		spec.Formal = true
		spec.Make = protect.MakeMarginals(protect.MarginalsSpec{Epsilon: *epsilon, Length: spec.Length, Min: spec.K})
	case *made != "":
		return usageError{fmt.Sprintf("--made-by %q", *made), "synthesise or dp"}
	}
	released, err := c.sensitive(ctx, c.args[0], protect.ReadOptions{})
	if err != nil {
		return err
	}
	read := func(name string) (*protect.Table, error) {
		return c.sensitive(ctx, name, protect.ReadOptions{Columns: released.Header()})
	}
	if *against != "" {
		if spec.Sensitive, err = read(*against); err != nil {
			return err
		}
	}
	for _, name := range earlier {
		t, err := read(name)
		if err != nil {
			return err
		}
		spec.Earlier = append(spec.Earlier, t)
	}
	if *heldOut != "" {
		if spec.HeldOut, err = read(*heldOut); err != nil {
			return err
		}
	}
	report, err := protect.Risk(ctx, released, spec)
	if err != nil {
		return c.blameProtect(err)
	}
	if *asJSON {
		err = printJSON(c.out, report)
	} else {
		err = tellRisk(c, report)
	}
	if err == nil && !report.Safe {
		return errNo
	}
	return err
}

func tellRisk(c *call, r *protect.Report) error {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Result, f.Code, f.Text)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	verdict := "Nothing found stops this release. The report itself must not leave."
	if !r.Safe {
		verdict = "This should not be released. The report itself must not leave either."
	}
	_, err := fmt.Fprintln(c.out, "\n"+verdict)
	return err
}
