// Command load makes a site of the size of a country and measures the server
// on it. It is a command of its own, so that the product stays small.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

const usage = `load makes a large made-up site and measures the server on it

  go run ./cmd/load make --db FILE|postgres://… [--operations 20000] [--seed 1]
  go run ./cmd/load run  --db FILE|postgres://… [--seconds 3]
  go run ./cmd/load run  --db FILE --db postgres://…

make writes the operations through the store's import, with the ledger; run
starts the server as it is shipped, signs in fifty users and prints one table.
doc/speed.md says what the rows mean.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load: error:", err)
		os.Exit(2)
	}
}

// addresses are the sites that a flag names.
type addresses []string

func (a *addresses) String() string         { return fmt.Sprint(*a) }
func (a *addresses) Set(value string) error { *a = append(*a, value); return nil }

func run(ctx context.Context, args []string, out, notes io.Writer) error {
	if len(args) == 0 {
		return errors.New("say make or run; -h tells more")
	}
	var o options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(notes)
	flags.Usage = func() { fmt.Fprint(notes, usage); flags.PrintDefaults() }
	flags.Var(&o.sites, "db", "a site: a SQLite `file` or postgres:// address")
	flags.IntVar(&o.operations, "operations", 20_000, "how many operations the site has")
	flags.Uint64Var(&o.seed, "seed", 1, "what is drawn from")
	flags.Float64Var(&o.seconds, "seconds", 3, "how long each row is measured")
	flags.StringVar(&o.secret, "secret-file", "load.secret", "seals what the users sign in with; made when it is not there (`file`)")
	flags.StringVar(&o.profile, "profile", "", "write a profile of the processor to this `file`")
	verb := args[0]
	if verb == "-h" || verb == "--help" || verb == "help" {
		flags.Usage()
		return nil
	}
	if err := flags.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is too much", flags.Arg(0))
	case len(o.sites) == 0:
		return errors.New("--db says where the site is")
	case o.operations < 1:
		return errors.New("--operations is at least 1")
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	switch verb {
	case "make":
		for _, site := range o.sites {
			if err := makeSite(ctx, o, site, out, notes); err != nil {
				return err
			}
		}
		return nil
	case "run":
		return measureSites(ctx, o, out, notes)
	}
	return fmt.Errorf("%q is neither make nor run", verb)
}

type options struct {
	sites      addresses
	operations int
	seed       uint64
	seconds    float64
	profile    string
	secret     string
}
