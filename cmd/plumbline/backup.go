package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"plumbline/internal/store"
)

var backupCommand = command{
	name: "backup",
	line: "write everything a site holds to one file, while it runs",
	help: `plumbline backup FILE [--to age1…] [--db …]

  plumbline backup /srv/backup/site-2026-11-22.backup --db site.db
  plumbline backup - --to age1… | ssh elsewhere 'cat > site.backup.age'

FILE is new: nothing is written over. With - it goes to standard output. It is
of one moment, though others may write meanwhile, and of no engine: restore
reads it into SQLite and PostgreSQL. Who has it has the whole site, keys too, so
encrypt what leaves the machine: --to takes an age recipient, several times if
wanted. Sessions and invitations are left out: after a restore everybody signs
in anew.`,
	run: backup,
}

func backup(ctx context.Context, c *call) error {
	var to recipients
	c.flags.Var(&to, "to", "encrypt to this age `recipient`; may stand several times")
	conf := c.settings("db")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	name := c.args[0]
	if name != "-" && exists(name) {
		return usageError{name + " is there already", "a backup is a new file; put the date into its name"}
	}
	db, err := conf.look(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	var m store.Manifest
	write := func(w io.Writer) error {
		closed := func() error { return nil }
		if len(to) > 0 {
			sealed, err := age.Encrypt(w, to...)
			if err != nil {
				return err
			}
			w, closed = sealed, sealed.Close
		}
		m, err = db.Backup(ctx, w, c.progress())
		return errors.Join(err, closed())
	}
	if name == "-" {
		if err := write(c.out); err != nil {
			return fileError("standard output", err)
		}
		return nil
	}
	if err := store.WriteFile(name, write); err != nil {
		return fileError(name, err)
	}
	fmt.Fprintf(c.out, "%s: %s of %s, tables of version %d.\n", name, more(int(m.Rows()), "row", "rows"), more(len(m.Tables), "table", "tables"), m.Schema)
	return nil
}

// recipients are those whom a backup is encrypted to.
type recipients []age.Recipient

func (r *recipients) String() string { return "" }

func (r *recipients) Set(text string) error {
	list, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return errors.New("not a recipient of age: age-keygen makes a key, whose public half begins with age1")
	}
	*r = append(*r, list...)
	return nil
}

var restoreCommand = command{
	name: "restore",
	line: "fill an empty site from a backup, or check one",
	help: `plumbline restore FILE [--identity KEYFILE] [--check] [--db FILE|postgres://…]

  plumbline restore site-2026-11-22.backup --check
  plumbline restore site-2026-11-22.backup --db restored.db

With - it reads standard input. All of it is restored or nothing: a file that was
cut short or changed is refused, as is a place where there is a site already.
Record and ledger are compared before it is done. --check reads the file to its
end and writes nothing. An encrypted backup needs --identity, the file that
age-keygen wrote. No server may use the database meanwhile.`,
	run: restore,
}

func restore(ctx context.Context, c *call) error {
	identity := c.flags.String("identity", "", "open an encrypted backup with the key in this `file`")
	check := c.flags.Bool("check", false, "read the backup to its end and write nothing")
	faulty := c.flags.Bool("with-faults", false, "restore also what does not agree with its ledger")
	conf := c.settings("db", "protocols")
	if err := c.parse(1, 1); err != nil {
		return err
	}
	if err := conf.finish(c); err != nil {
		return err
	}
	name := c.args[0]
	// The file is read to its end before anything is written: a restore would
	// notice too, and take back what it wrote, but only after a while.
	var m store.Manifest
	if *check || name != "-" {
		err := c.readBackup(ctx, name, *identity, func(r io.Reader) (err error) {
			m, err = store.CheckBackup(r)
			return err
		})
		if err != nil {
			return err
		}
	}
	if *check {
		fmt.Fprintf(c.out, "%s is whole: %s of %s, tables of version %d, of %s.\n", name, more(int(m.Rows()), "row", "rows"), more(len(m.Tables), "table", "tables"), m.Schema, m.At.Format("2006-01-02 15:04:05 UTC"))
		return nil
	}
	if err := conf.place(); err != nil {
		return err
	}
	protocols, err := conf.protocols()
	if err != nil {
		return err
	}
	isNew := !conf.isPostgres() && !exists(conf.Database)
	faults := 0
	how := store.Restoration{Progress: c.progress(), Faulty: *faulty, Fault: func(f store.Fault) {
		faults++
		fmt.Fprintln(c.out, f)
	}}
	err = c.readBackup(ctx, name, *identity, func(r io.Reader) (err error) {
		m, err = store.Restore(ctx, store.Options{Address: conf.Database, Protocols: protocols, Log: c.log()}, r, how)
		return err
	})
	if err != nil && isNew {
		err = errors.Join(err, removeSite(conf.Database))
	}
	if errors.Is(err, store.ErrFaults) {
		c.note(fmt.Sprintf("nothing was restored: %s; --with-faults restores it all the same", more(faults, "fault", "faults")))
		return errNo
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Restored %s of %s to %s: %s.\n", more(int(m.Rows()), "row", "rows"), m.At.Format("2006-01-02 15:04:05 UTC"), hideSecret(conf.Database), more(faults, "fault", "faults"))
	return nil
}

// readBackup opens a backup, and the encryption around it if there is one.
func (c *call) readBackup(ctx context.Context, name, identity string, read func(io.Reader) error) error {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fileError(name, err)
		}
		defer f.Close()
		in = f
	}
	// Through a pipe, so that an interrupt ends it even when nothing comes.
	out, pipe := io.Pipe()
	defer out.Close()
	defer context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })()
	go func() {
		_, err := io.Copy(pipe, in)
		pipe.CloseWithError(err)
	}()
	r := bufio.NewReader(out)
	begin, err := r.Peek(len(ageBegins))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fileError(name, err)
	case string(begin) == ageBegins && identity == "":
		return usageError{name + " is encrypted", "--identity names the file with the key that age-keygen wrote"}
	}
	var plain io.Reader = r
	if string(begin) == ageBegins {
		if plain, err = unseal(r, name, identity); err != nil {
			return err
		}
	}
	if err := read(plain); err != nil {
		if errors.Is(err, store.ErrBackup) {
			return fileError(name, err)
		}
		return err
	}
	return nil
}

const ageBegins = "age-encryption.org/v1\n"

func unseal(r io.Reader, name, identity string) (io.Reader, error) {
	text, err := os.ReadFile(identity)
	if err != nil {
		return nil, fileError(identity, err)
	}
	keys, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, usageError{identity + " holds no key of age", "age-keygen writes one, which begins with AGE-SECRET-KEY-"}
	}
	plain, err := age.Decrypt(r, keys...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, usageError{fmt.Sprintf("%s is encrypted to somebody else than %s", name, identity), ""}
	}
	if err != nil {
		return nil, fileError(name, fmt.Errorf("%w: %w", store.ErrBackup, err))
	}
	return damaged{plain}, nil
}

// damaged says of an encrypted backup that cannot be read on that it is none,
// as store says of others.
type damaged struct{ io.Reader }

func (d damaged) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: it was cut short or changed: %w", store.ErrBackup, err)
	}
	return n, err
}
