// Command plumbline keeps the record of an anti-trafficking response and
// makes it answerable. Run it with -h for what it can do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"plumbline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv})
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes, so that tests can hold them.
type streams struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string
}

// The answers that a command gives to the shell.
const (
	exitYes    = 0 // yes, or done
	exitNo     = 1 // the answer is no: a check failed, something is broken
	exitFailed = 2 // could not: bad usage, unreadable or invalid input, interrupted
)

// errNo is returned by a command whose answer is no.
var errNo = errors.New("no")

// usageError is bad usage; hint says what to do.
type usageError struct{ what, hint string }

func (e usageError) Error() string { return e.what }

// A command is one verb, or a noun and a verb.
type command struct {
	name string
	line string // one line for the list
	help string // usage with an example
	run  func(ctx context.Context, c *call) error
}

// A call is one run of a command.
type call struct {
	streams
	flags *flag.FlagSet
	args  []string
}

func commands() []command {
	return []command{demoCommand, serveCommand, initCommand, importCommand, exportCommand, balanceCommand, checkCommand, operationsCommand, userAddCommand, userListCommand, doctorCommand, configCommand, versionCommand}
}

func run(ctx context.Context, args []string, s streams) int {
	err := dispatch(ctx, args, s)
	var usage usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitYes
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &usage):
		complain(s.err, usage.what, usage.hint)
	case errors.Is(err, context.Canceled):
		complain(s.err, "interrupted; nothing was half done", "")
	default:
		explain(s.err, err)
	}
	return exitFailed
}

func complain(w io.Writer, what, hint string) {
	fmt.Fprintln(w, "plumbline: error: "+what)
	if hint != "" {
		fmt.Fprintln(w, "plumbline: hint: "+hint)
	}
}

// explain writes an error as one line, and says how many more there are.
func explain(w io.Writer, err error) {
	problems := plumbline.ProblemsOf(err)
	if len(problems) == 0 {
		complain(w, err.Error(), "")
		return
	}
	what := problems[0].Error()
	// What stands before the problem says where: a file, mostly.
	if whole := err.Error(); strings.HasSuffix(whole, problems.Error()) && len(problems) > 1 || strings.HasSuffix(whole, what) {
		if i := strings.Index(whole, what); i > 0 {
			what = whole[:i] + what
		}
	}
	hint := ""
	if n := len(problems) - 1; n > 0 {
		hint = fmt.Sprintf("%d more like this; mend the first and run again", n)
	}
	complain(w, what, hint)
}

// dispatch finds the command by its first one or two words.
func dispatch(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		fmt.Fprint(s.out, usage())
		return nil
	}
	for words := min(2, len(args)); words > 0; words-- {
		name := strings.Join(args[:words], " ")
		for _, c := range commands() {
			if c.name == name {
				return start(ctx, c, args[words:], s)
			}
		}
	}
	return usageError{fmt.Sprintf("there is no command %q", strings.Join(args[:min(2, len(args))], " ")), "plumbline -h lists them"}
}

func start(ctx context.Context, c command, args []string, s streams) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return c.run(ctx, &call{streams: s, flags: flags, args: append([]string{c.help}, args...)})
}

// parse reads the flags, which may stand before, between and after the
// arguments, and checks how many arguments are left.
func (c *call) parse(least, most int) error {
	help, rest := c.args[0], c.args[1:]
	var left []string
	for len(rest) > 0 {
		err := c.flags.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(c.out, help)
			c.flags.SetOutput(c.out)
			c.flags.PrintDefaults()
			return err
		}
		if err != nil {
			return usageError{err.Error(), firstLine(help)}
		}
		if rest = c.flags.Args(); len(rest) > 0 {
			left, rest = append(left, rest[0]), rest[1:]
		}
	}
	if len(left) < least || len(left) > most {
		return usageError{fmt.Sprintf("%s wants %s, and got %d", c.flags.Name(), arguments(least, most), len(left)), firstLine(help)}
	}
	c.args = left
	return nil
}

func arguments(least, most int) string {
	switch {
	case most == 0:
		return "no arguments"
	case least == most && least == 1:
		return "one argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func usage() string {
	var b strings.Builder
	b.WriteString("Plumbline keeps the record of an anti-trafficking response and makes it answerable.\n\nplumbline COMMAND, where COMMAND is one of\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-20s %s\n", c.name, c.line)
	}
	b.WriteString("\nEach takes -h with an example. Results go to standard output, everything else to\nstandard error. Exit: 0 yes or done, 1 the answer is no, 2 could not.\n")
	return b.String()
}
