package protect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// spendEnv makes this test binary a program that spends of the budget named, until it is refused or killed.
const spendEnv = "PLUMBLINE_TEST_SPEND"

// oneSpending is what every spending costs.
var oneSpending = Spending{Release: "r", On: "2026-11-22", Rho: 0.0004}

func TestSpender(t *testing.T) {
	name := os.Getenv(spendEnv)
	if name == "" {
		return // it is not that program
	}
	for {
		b, err := OpenBudget(name)
		if err != nil {
			t.Fatal(err)
		}
		if err = b.Spend(oneSpending); err == nil {
			fmt.Println("spent")
		}
		b.Close()
		if errors.Is(err, ErrOverspent) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// spender starts the program and counts what it says it has spent, up to so many.
func spender(ctx context.Context, t *testing.T, name string, until int) (spent int, cmd *exec.Cmd) {
	t.Helper()
	cmd = exec.CommandContext(ctx, os.Args[0], "-test.run=^TestSpender$")
	cmd.Env = append(os.Environ(), spendEnv+"="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for spent < until && in.Scan() {
		if in.Text() == "spent" {
			spent++
		}
	}
	return spent, cmd
}

// What was spent stays spent when the program is killed at any moment, and nothing is spent that there is not.
func TestBudgetSurvivesKill(t *testing.T) {
	name := filepath.Join(t.TempDir(), "budget.json")
	b, err := NewBudget("a test", 1, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	if err := CreateBudget(name, b); err != nil {
		t.Fatal(err)
	}
	if err := CreateBudget(name, b); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a budget was written over another: %v", err)
	}
	most := 0 // how many there are
	for trial := *b; trial.Spend(oneSpending) == nil; {
		most++
	}
	said := 0
	count := func() int {
		t.Helper()
		b, err := OpenBudget(name)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if b.Total() > b.Epsilon || len(b.Spent) < said {
			t.Fatalf("%d are spent, epsilon %v; %d were said to be", len(b.Spent), b.Total(), said)
		}
		return len(b.Spent)
	}
	for round := range 8 {
		n, cmd := spender(t.Context(), t, name, 1+round%3)
		said += n
		cmd.Process.Kill() // SIGKILL where there is one
		cmd.Wait()
		count()
	}
	// Two at once, to the end.
	_, one := spender(t.Context(), t, name, 1)
	_, two := spender(t.Context(), t, name, 1)
	if err := errors.Join(one.Wait(), two.Wait()); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != most {
		t.Errorf("%d were spent, want %d and no more", got, most)
	}
}

func TestBudgetFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "budget.json")
	b, err := NewBudget("a test", 1, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	if err := CreateBudget(name, b); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	// By another name it is the same budget.
	for i, n := range []string{name, link, name} {
		b, err := OpenBudget(n)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Spent) != i {
			t.Errorf("%d are spent, want %d", len(b.Spent), i)
		}
		if err := b.Spend(oneSpending); err != nil {
			t.Error(err)
		}
		b.Close()
		if err := b.Spend(oneSpending); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("a closed budget: %v", err)
		}
	}
	// A folder that cannot be written to spends nothing, and says so.
	if os.Geteuid() != 0 {
		b, err := OpenBudget(name)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(dir, 0o700)
		if err := b.Spend(oneSpending); err == nil {
			t.Error("it was spent and not kept")
		}
	}
	if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBudget(name); err == nil {
		t.Error("what is no budget was opened")
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBudget(link); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a budget that is not there: %v", err)
	}
}
