// Command plumbline keeps the record of an anti-trafficking response and
// makes it answerable. Run it with -h for what it can do.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
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
	return []command{
		demoCommand, serveCommand, initCommand,
		importCommand, importClaimsCommand, exportCommand,
		balanceCommand, checkCommand, operationsCommand,
		programmeListCommand, programmeShowCommand, areaListCommand, areaShowCommand, dialogueListCommand, dialogueShowCommand, matterListCommand, matterShowCommand, publicationListCommand, publicationShowCommand,
		claimListCommand, claimShowCommand, claimThreadCommand, claimCompareCommand, claimSumCommand, claimCheckCommand,
		claimAboutCommand, claimWordsCommand, claimSourcesCommand, claimPositionsCommand, claimPolicyCommand,
		userAddCommand, userListCommand, userInviteCommand, userDisableCommand, userEnableCommand, userEndSessionsCommand, userForgetAllCommand,
		estimateCaptureCommand, estimateSurveyCommand, estimateChangeCommand, estimateSeriesCommand, estimateSurvivalCommand, estimateRespondentCommand,
		protectTableCommand, protectKeyCommand, protectPerturbCommand, protectAggregateCommand, protectSynthesiseCommand, protectBudgetCommand, protectMarginalsCommand, protectRiskCommand,
		figureListCommand, figureShowCommand, figureCheckCommand, figureTableCommand, figureKeyCommand, figureMakeCommand, figureApproveCommand, figurePublishCommand, figureWithdrawCommand, figureGrowthCommand, figureWitnessCommand, figureCosignCommand, verifyCommand,
		doctorCommand, backupCommand, restoreCommand,
		configCommand, secretCommand, versionCommand,
	}
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
	case ctx.Err() != nil: // whatever it looks like by now
		complain(s.err, "interrupted; nothing was half done", "")
	default:
		explain(s.err, err)
	}
	return exitFailed
}

// complain writes an error in one line, and a hint when there is one.
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
		complain(w, oneLine(err.Error()), "")
		return
	}
	what := problems[0].Error()
	// What stands before the problem says where: a file, mostly.
	if i := strings.Index(err.Error(), what); i > 0 {
		what = err.Error()[:i] + what
	}
	hint := ""
	if n := len(problems) - 1; n > 0 {
		hint = more(n, "more problem", "more problems") + " in this file; mend the first and run again"
	}
	complain(w, oneLine(what), hint)
}

// oneLine puts an error of several lines on one.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// more writes a number with its noun.
func more(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// fileError says what is wrong with a file, once, by the name that was given.
func fileError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if name == "-" {
		name = "standard input"
	}
	return fmt.Errorf("%s: %w", name, err)
}

// dispatch finds the command by its first one or two words.
func dispatch(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 {
		fmt.Fprint(s.err, usage(commands()))
		return usageError{"no command is given", "plumbline demo shows it at work"}
	}
	if args[0] == "help" && len(args) > 1 {
		args = append(args[1:], "-h")
	}
	if isHelp(args[0]) {
		fmt.Fprint(s.out, usage(commands()))
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
	return strange(args, s)
}

func isHelp(arg string) bool {
	return arg == "-h" || arg == "-help" || arg == "--help" || arg == "help"
}

// strange answers a command that does not exist: with those of its noun, if
// there are any.
func strange(args []string, s streams) error {
	var verbs []command
	var names []string
	for _, c := range commands() {
		if noun, verb, found := strings.Cut(c.name, " "); found && (noun == args[0] || verb == args[0]) {
			verbs, names = append(verbs, c), append(names, "plumbline "+c.name)
		}
	}
	switch {
	case len(verbs) > 0 && len(args) > 1 && isHelp(args[1]):
		fmt.Fprint(s.out, usage(verbs))
		return nil
	case len(verbs) > 0:
		return usageError{fmt.Sprintf("there is no command %q", strings.Join(args[:min(2, len(args))], " ")), "there is " + strings.Join(names, ", ")}
	}
	return usageError{fmt.Sprintf("there is no command %q", args[0]), "plumbline -h lists them"}
}

func start(ctx context.Context, c command, args []string, s streams) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return c.run(ctx, &call{streams: s, flags: flags, args: append([]string{c.help}, args...)})
}

// parse reads the flags, which may stand before, between and after the
// arguments, and checks how many arguments are left. After "--" everything is
// an argument.
func (c *call) parse(least, most int) error {
	help, rest := c.args[0], c.args[1:]
	var left []string
	for len(rest) > 0 {
		before := rest
		err := c.flags.Parse(rest)
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(c.out, "%s\n%s", help, flagList(c.flags))
			return err
		}
		if err != nil {
			return usageError{c.flags.Name() + ": " + flagProblem(err), firstLine(help)}
		}
		rest = c.flags.Args()
		if n := len(before) - len(rest); n > 0 && before[n-1] == "--" {
			left = append(left, rest...)
			break
		}
		if len(rest) > 0 {
			left, rest = append(left, rest[0]), rest[1:]
		}
	}
	if len(left) < least || len(left) > most {
		return usageError{fmt.Sprintf("%s wants %s, and got %d", c.flags.Name(), arguments(least, most), len(left)), firstLine(help)}
	}
	c.args = left
	return nil
}

// flagProblem says what flag says, with two hyphens as everywhere here.
func flagProblem(err error) string {
	text := err.Error()
	if name, found := strings.CutPrefix(text, "flag provided but not defined: -"); found {
		return "there is no flag --" + name
	}
	if name, found := strings.CutPrefix(text, "flag needs an argument: -"); found {
		return "--" + name + " wants a value"
	}
	return text
}

// flagList describes the flags of a command.
func flagList(flags *flag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + strings.ToUpper(value)
		}
		if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(&b, "  %-20s %s\n", "--"+f.Name+value, text)
	})
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

func arguments(least, most int) string {
	switch {
	case most == 0:
		return "no arguments"
	case least == most:
		return more(least, "argument", "arguments")
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func usage(list []command) string {
	var b strings.Builder
	b.WriteString("Plumbline keeps the record of an anti-trafficking response and makes it answerable.\n\nplumbline COMMAND, where COMMAND is one of\n\n")
	for _, c := range list {
		fmt.Fprintf(&b, "  %-20s %s\n", c.name, c.line)
	}
	b.WriteString("\nEach takes -h with an example. Results go to standard output, everything else to\nstandard error. Exit: 0 yes or done, 1 the answer is no, 2 could not.\n")
	return b.String()
}

var versionCommand = command{
	name: "version",
	line: "print the version",
	help: "plumbline version",
	run: func(_ context.Context, c *call) error {
		if err := c.parse(0, 0); err != nil {
			return err
		}
		info, ok := debug.ReadBuildInfo()
		if !ok {
			return errors.New("the program does not say how it was built")
		}
		fmt.Fprintf(c.out, "plumbline %s %s\n", info.Main.Version, info.GoVersion)
		return nil
	},
}

// printJSON writes one JSON object with every number in full.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
