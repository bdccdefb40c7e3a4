package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"

	"plumbline"
	"plumbline/internal/store"
	"plumbline/ledger"
)

var doctorCommand = command{
	name: "doctor",
	line: "replay the ledger against the record and name every row that was changed",
	help: `plumbline doctor [--checkpoint FILE] [--save-checkpoint FILE] [--db …] [--json]

  plumbline doctor --db site.db
  plumbline doctor --db site.db --checkpoint kept.txt --save-checkpoint kept.txt

It changes nothing. Exit 1 when something in the database does not agree with
the ledger. That the newest entries are gone together with their lines, or that
all was written anew by who has the site's keys, shows only against a
checkpoint that is kept elsewhere: --save-checkpoint writes one when all is
well, and --checkpoint holds the ledger to it. The page Ledger shows them too.`,
	run: doctor,
}

func doctor(ctx context.Context, c *call) error {
	asJSON := c.flags.Bool("json", false, "print one JSON object")
	old := c.flags.String("checkpoint", "", "hold the ledger to the checkpoint in this `file`")
	keep := c.flags.String("save-checkpoint", "", "write a checkpoint to this `file` when all is well")
	conf := c.settings("db", "protocols")
	if err := c.parse(0, 0); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	var kept []byte
	if *old != "" {
		var err error
		if kept, err = readCheckpoint(*old); err != nil {
			return err
		}
	}
	if *keep != "" && exists(*keep) { // nothing else is written over
		if _, err := readCheckpoint(*keep); err != nil {
			return err
		}
	}
	db, err := conf.look(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	if db.Stale() {
		c.note("lists and findings are not compared: the site was last used with other protocols; --protocols names their folder")
	}
	if weak, err := db.Weakness(ctx); err != nil {
		return err
	} else if weak != "" {
		c.note(weak)
	}
	report := map[string]any{}
	faults, list := 0, []map[string]any{} // not null when there are none
	e, err := db.Examine(ctx, func(f store.Fault) {
		faults++
		if *asJSON {
			list = append(list, map[string]any{"subject": f.Subject, "id": f.ID, "version": f.Version, "entry": f.Entry, "what": f.What})
		} else {
			fmt.Fprintln(c.out, f)
		}
	})
	if err != nil {
		return err
	}
	if e.Backwards > 0 {
		c.note(fmt.Sprintf("the clock went back %s, the furthest after ledger entry %d, by %v: the order of the ledger is that of its numbers", more(int(e.Backwards), "time", "times"), e.At, e.Furthest))
	}
	grown := true
	if kept != nil {
		said, answer, err := growth(ctx, db, kept)
		if err != nil {
			return err
		}
		report["checkpoint"], grown = answer, answer["grown"].(bool)
		if !*asJSON {
			fmt.Fprintln(c.out, said)
		}
	}
	if *asJSON {
		report["rows"], report["entries"], report["hashes"], report["operations"], report["users"], report["faults"] = e.Rows, e.Entries, e.Hashes, e.Operations, e.Users, list
		if err := printJSON(c.out, report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(c.out, "%s and %s read, %s.\n", more(int(e.Rows), "row", "rows"), more(int(e.Entries), "ledger entry", "ledger entries"), more(faults, "fault", "faults"))
	}
	if faults > 0 || !grown {
		return errNo
	}
	if *keep == "" {
		return nil
	}
	signed, err := db.Checkpoint(ctx)
	if err != nil {
		return err
	}
	if err := store.WriteFile(*keep, func(w io.Writer) error { _, err := w.Write(signed); return err }); err != nil {
		return fileError(*keep, err)
	}
	return nil
}

// growth says whether the ledger still begins with what a checkpoint signed.
func growth(ctx context.Context, db *store.DB, kept []byte) (said string, answer map[string]any, err error) {
	then, now, err := db.CheckGrowth(ctx, kept)
	answer = map[string]any{"grown": err == nil, "then": then, "now": now}
	switch {
	case err == nil:
		return fmt.Sprintf("The ledger has grown from the checkpoint's %d entries to %d, and those stand as they stood.", then, now), answer, nil
	case errors.Is(err, ledger.ErrSignature):
		return "The checkpoint is not signed with this site's key: it is of another site, or somebody has changed the key.", answer, nil
	case errors.Is(err, ledger.ErrProof) && then > now:
		return fmt.Sprintf("The ledger was cut: it has %d entries, and had %d when the checkpoint was signed.", now, then), answer, nil
	case errors.Is(err, ledger.ErrProof):
		return fmt.Sprintf("The ledger was written anew: its first %d entries are not those of the checkpoint.", then), answer, nil
	case errors.Is(err, plumbline.ErrUnavailable) || ctx.Err() != nil:
		return "", nil, err
	}
	return fmt.Sprintf("The ledger cannot be held to the checkpoint: %v.", err), answer, nil
}

// readCheckpoint reads a file that holds a checkpoint, by its look: whether it
// is of this site's ledger is a question to the site.
func readCheckpoint(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, ledger.MaxCheckpoint+1))
	if err != nil {
		return nil, fileError(name, err)
	}
	var unknown *note.UnverifiedNoteError
	if _, err := note.Open(text, note.VerifierList()); !errors.As(err, &unknown) {
		return nil, usageError{name + " holds no checkpoint", "--save-checkpoint writes one, and the page Ledger shows one"}
	}
	return text, nil
}
