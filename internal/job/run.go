package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plumbline"
	"plumbline/estimate"
	"plumbline/internal/measure"
	"plumbline/internal/store"
)

// Kinds are the kinds of work that a server of a site does.
func Kinds(db *store.DB) map[string]Func {
	return map[string]Func{store.RunKind: func(ctx context.Context, j *store.Job, progress estimate.Progress) (*store.StudyAnswer, error) {
		w, err := db.Work(ctx, j)
		if err != nil {
			return nil, err
		}
		return Answer(ctx, w, progress)
	}}
}

// Answer asks a run's question of its files. A mistake in a file or in the
// question is a [Refusal]; data that do not determine a number are an answer.
func Answer(ctx context.Context, w *store.Work, progress estimate.Progress) (*store.StudyAnswer, error) {
	q := measure.Question{Verb: w.Run.Verb, Options: w.Run.Options}
	a, err := measure.Run(ctx, q, source(w.Files, q.Named()), progress)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	result, err := json.Marshal(a.Full)
	if err != nil {
		return nil, fmt.Errorf("write the result: %w", err)
	}
	sheet, err := json.Marshal(a.Sheet)
	if err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	out := &store.StudyAnswer{Reply: reply(a), Result: append(result, '\n'), Sheet: sheet}
	for i, p := range a.Plots {
		if left := strings.Join(strings.Fields(string(w.Study.LeftOut)), " "); left != "" { // a picture travels without its page
			p.Note = strings.TrimSpace("Left out: " + left + " " + p.Note)
		}
		out.Plots = append(out.Plots, store.StudyPlot{Name: p.Name, Inline: p.Markup(fmt.Sprintf("plot-%d", i+1)), File: string(p.File())})
	}
	return out, nil
}

// reply is what the record keeps of an answer.
func reply(a *measure.Answer) plumbline.StudyReply {
	r := a.Result
	known := func(n estimate.Number) *float64 {
		if !n.Known() {
			return nil
		}
		v := float64(n)
		return &v
	}
	shown := map[string]string{}
	for _, f := range a.Sheet.Facts {
		shown[f[0]] = f[1]
	}
	return plumbline.StudyReply{Shown: shown["estimate"], Limits: shown["interval"], Of: shown["of"], Version: r.Version, Method: r.Method, Definition: r.Definition,
		Estimate: known(r.Estimate), Lower: known(r.Lower), Upper: known(r.Upper), Level: r.Level, Refused: a.No}
}

// source opens the files of a run, each under its name. Those that options name
// are not what the question is asked of.
func source(files []store.WorkFile, named []string) measure.Source {
	in := measure.Source{Open: func(_ context.Context, name string, columns []string) (*estimate.Table, error) {
		i := slices.IndexFunc(files, func(f store.WorkFile) bool { return f.Name == name })
		if i < 0 {
			return nil, &Refusal{fmt.Sprintf("there is no file %q in this run", name)}
		}
		return estimate.ReadTable(bytes.NewReader(files[i].Body), name, estimate.ReadOptions{Columns: columns, MaxBytes: store.MaxStudyFile})
	}}
	for _, f := range files {
		if !slices.Contains(named, f.Name) {
			in.Files = append(in.Files, f.Name)
		}
	}
	return in
}

// refuse tells a mistake in what was given from a fault of ours.
func refuse(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if bad, ok := errors.AsType[*estimate.InputError](err); ok {
		return &Refusal{bad.Error()}
	}
	if bad, ok := errors.AsType[*measure.Refusal](err); ok {
		return &Refusal{bad.Error()}
	}
	return err
}
