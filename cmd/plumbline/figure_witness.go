package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"plumbline/figure"
	"plumbline/ledger"
)

var figureGrowthCommand = command{
	name: "figure growth",
	line: "write what a witness is asked with: the log's checkpoint, and that it only grew",
	help: `plumbline figure growth LOG --key LOG-KEY [--old N]

  plumbline figure growth /srv/releases --key log.pub --old 12 > for-the-witness

N is the length at which the witness saw the log last; 0, or nothing, for one
that has not seen it. What is printed is the body of add-checkpoint in C2SP
tlog-witness, so that it can be sent to any witness that speaks it as well.`,
	run: func(_ context.Context, c *call) error {
		key := c.flags.String("key", "", "the log's public `key`, a policy, or a file of either")
		old := c.flags.Int64("old", 0, "the length at which the witness saw the log last (`N`)")
		if err := c.parse(1, 1); err != nil {
			return err
		}
		public, err := logKey("--key", *key)
		if err != nil {
			return err
		}
		log, err := figure.ReadLog(os.DirFS(c.args[0]), public)
		if err != nil {
			return logError(c.args[0], err)
		}
		g, err := log.GrowthFrom(*old)
		if err != nil {
			return usageError{fmt.Sprintf("the log has %s, and no witness can have seen it at %d", more(int(log.Size), "leaf", "leaves"), *old), "--old N, as the witness says it"}
		}
		_, err = c.out.Write(g.Text())
		return err
	},
}

// logKey reads the public key of a log from a flag.
func logKey(flag, value string) (string, error) {
	if value == "" {
		return "", usageError{flag + " is missing", flag + " log.pub, which plumbline figure key --log has printed"}
	}
	text, err := textOf(value)
	if err != nil {
		return "", err
	}
	p, err := figure.ParsePolicy([]byte(text))
	if err != nil {
		return "", err
	}
	if p.Log == "" {
		return "", usageError{fmt.Sprintf("%s %.60q names no log", flag, value), "the public key of a log, or a policy"}
	}
	return p.Log, nil
}

// logError tells a log that is not there from one that is not to be believed.
func logError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: there is no log of releases", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

var figureWitnessCommand = command{
	name: "figure witness",
	line: "cosign a log's checkpoint, as a third party that has seen that the log only grew",
	help: `plumbline figure witness GROWTH|LOG --key FILE --log LOG-KEY --state STATE

  plumbline figure witness for-the-witness --key witness.key --log log.pub --state seen > cosignature

GROWTH is what plumbline figure growth wrote, LOG a copy of the log. STATE is
the file in which this witness keeps the checkpoint that it cosigned last; it is
made the first time. What was cosigned once is never unsaid: a log that was
forked, changed or rolled back since is refused, with exit 1, and what was sent
together with STATE proves it. The cosignature is one line for the publisher.`,
	run: figureWitness,
}

func figureWitness(_ context.Context, c *call) error {
	key := c.flags.String("key", "", "the witness's private key (`FILE`)")
	of := c.flags.String("log", "", "the log's public `key`, or a file of it")
	state := c.flags.String("state", "", "where this witness keeps what it cosigned last (`STATE`)")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if *key == "" || *state == "" {
		return usageError{"--key or --state is missing", "--key witness.key --state seen"}
	}
	private, err := os.ReadFile(*key)
	if err != nil {
		return fileError(*key, err)
	}
	public, err := logKey("--log", *of)
	if err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(*state + ".lock").Lock() // one checkpoint after the other
	if err != nil {
		return fileError(*state, err)
	}
	defer unlock()
	kept, err := os.ReadFile(*state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileError(*state, err)
	}
	var line []byte
	g, err := growthOf(c.args[0], public, kept)
	if err == nil {
		line, err = figure.Cosign(g, kept, public, string(private), time.Now())
	}
	switch seen, asked := errors.AsType[figure.SeenError](err); {
	case asked:
		return usageError{fmt.Sprintf("this witness has seen the log at length %d, and is asked from %d", seen.Size, g.Old), fmt.Sprintf("plumbline figure growth LOG --old %d", seen.Size)}
	case errors.Is(err, ledger.ErrProof):
		complain(c.err, oneLine(err.Error()), fmt.Sprintf("keep %s and %s, and show both: together they prove it", c.args[0], *state))
		return errNo
	case errors.Is(err, ledger.ErrSignature):
		complain(c.err, fmt.Sprintf("%s is not signed by the log whose key was given", c.args[0]), "nothing was cosigned")
		return errNo
	case err != nil:
		return err
	}
	// The state is on the disk before the cosignature leaves.
	if err := keepState(*state, g.Checkpoint); err != nil {
		return fileError(*state, err)
	}
	_, err = c.out.Write(line)
	return err
}

// growthOf reads what a witness is asked with, or finds it out from a copy of the log.
func growthOf(name, public string, kept []byte) (*figure.Growth, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	if !info.IsDir() {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fileError(name, err)
		}
		g, err := figure.ParseGrowth(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return g, nil
	}
	log, err := figure.ReadLog(os.DirFS(name), public)
	if err != nil {
		return nil, logError(name, err)
	}
	if kept == nil {
		return log.GrowthFrom(0)
	}
	last, err := ledger.Open(kept, public)
	if err != nil {
		return nil, err
	}
	if last.Size > log.Size {
		return &figure.Growth{Old: log.Size, Checkpoint: log.Signed}, nil // rolled back, which Cosign says
	}
	return log.GrowthFrom(last.Size)
}

// keepState puts a file in the place of another, whole.
func keepState(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".plumbline-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

var figureCosignCommand = command{
	name: "figure cosign",
	line: "put the cosignatures of witnesses under the checkpoint of a log",
	help: `plumbline figure cosign LOG COSIGNATURE… --key FILE --witness KEY

  plumbline figure cosign /srv/releases cosignature --key log.key --witness witness.pub
  plumbline figure publish met-2025 --log /srv/releases --key log.key

FILE is the log's private key. A cosignature that does not fit the log's
checkpoint of today is refused. To publish a release again gives it a proof for
the cosigned checkpoint, and changes nothing else.`,
	run: func(_ context.Context, c *call) error {
		var known []string
		key := c.flags.String("key", "", "the log's private key (`FILE`)")
		c.repeated(&known, "witness", "the public `key` of a witness, a policy, or a file of either; may be given again")
		if err := c.parse(2, 20); err != nil {
			return err
		}
		if *key == "" || len(known) == 0 {
			return usageError{"--key or --witness is missing", "--key log.key --witness witness.pub"}
		}
		text, err := os.ReadFile(*key)
		if err != nil {
			return fileError(*key, err)
		}
		var keys []string
		for _, value := range known {
			text, err := textOf(value)
			if err != nil {
				return err
			}
			p, err := figure.ParsePolicy([]byte(text))
			if err != nil {
				return fmt.Errorf("--witness %.60q: %w", value, err)
			}
			keys = append(keys, p.Witnesses...)
		}
		if _, err := os.Stat(filepath.Join(c.args[0], "checkpoint")); err != nil {
			return logError(c.args[0], err)
		}
		w, err := figure.WriteLog(c.args[0], string(text))
		if err != nil {
			return err
		}
		defer w.Close()
		signed := w.Signed
		for _, name := range c.args[1:] {
			line, err := os.ReadFile(name)
			if err != nil {
				return fileError(name, err)
			}
			if signed, err = figure.AddCosignatures(signed, line, keys); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if err := w.Recheckpoint(signed); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "The checkpoint of length %d has %s.\n", w.Size, more(len(c.args)-1, "cosignature more", "cosignatures more"))
		return err
	},
}
