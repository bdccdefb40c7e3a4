package rig

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/estimate"
	"plumbline/estimate/survey"
	"plumbline/figure"
	"plumbline/internal/store"
	"plumbline/protect"
)

// An Approver is a user with the private key that nobody else has.
type Approver struct {
	plumbline.Actor
	Key string // the key file
}

// Approvers gives the coalition's approvers their keys, and the log a witness,
// whose key file is returned too.
func Approvers(ctx context.Context, db *store.DB) (list []Approver, witness string, err error) {
	for _, a := range Actors() {
		if !plumbline.May(a, plumbline.ApproveRelease, plumbline.Public) {
			continue
		}
		file, public, err := figure.NewKey(rand.Reader, figure.ApproverKey, strings.TrimPrefix(string(a.User), "demo-"))
		if err != nil {
			return nil, "", err
		}
		if err := db.KeepReleaseKey(ctx, a, public); err != nil {
			return nil, "", err
		}
		list = append(list, Approver{a, file})
	}
	witness, public, err := figure.NewKey(rand.Reader, figure.WitnessKey, "witness.quayside-university.example")
	if err != nil {
		return nil, "", err
	}
	return list, witness, db.KeepWitness(ctx, secretary, public)
}

// A Draft is a release before it is made: what it says, and a table.
type Draft struct {
	ID, Series, Title string
	Definition        figure.Definition
	By                []string
	Data              [][]string // a header of By and n, and rows
	Values            []figure.Value
	Estimate          *figure.EstimateSpec // in place of By and Data
	Input             []byte               // what the estimate was read from
	Corrects          string               // the id of the release that this one corrects
	CorrectsData      [][]string           // what that one was made from
	Reason            string
}

// Make makes the release as the site's page does.
func (d Draft) Make(ctx context.Context, db *store.DB, by plumbline.Actor) (*figure.Made, []byte, error) {
	keys, err := db.ReleaseKeys(ctx, by)
	if err != nil {
		return nil, nil, err
	}
	spec := figure.MakeSpec{
		Release: figure.Release{ID: d.ID, Title: d.Title, Made: db.Now().Format(time.DateOnly), Reason: d.Reason,
			Figures: &figure.Figures{Series: d.Series, Definition: d.Definition, Values: d.Values, Software: figure.Software{Module: "plumbline", Version: "(devel)"}}},
		Suppress: protect.SuppressSpec{Tables: [][]string{d.By}, Count: "n", Min: 10},
		Places:   1, Licence: "CC-BY-4.0", Sources: []string{"Records of a fictional coalition, made up to try things out"},
		Nonce: make([]byte, 32),
	}
	rand.Read(spec.Nonce)
	for _, k := range keys {
		if k.Kind == figure.ApproverKey {
			spec.Release.Approvers = append(spec.Release.Approvers, k.Public)
		}
	}
	if d.Corrects != "" {
		old, err := db.PublishedRelease(ctx, d.Corrects)
		if err != nil {
			return nil, nil, err
		}
		ref, err := old.Files.Reference()
		if err != nil {
			return nil, nil, err
		}
		_, data, err := d.table(d.CorrectsData)
		if err != nil {
			return nil, nil, err
		}
		spec.Release.Supersedes = &ref
		spec.Earlier = []figure.EarlierRelease{{Files: old.Files, Data: data}}
	}
	var data *protect.Table
	if spec.Estimate, spec.Input = d.Estimate, d.Input; d.Estimate == nil {
		if spec.Input, data, err = d.table(d.Data); err != nil {
			return nil, nil, err
		}
	}
	made, err := figure.Make(ctx, data, spec)
	return made, spec.Nonce, err
}

// table reads rows as a file of them is read.
func (d Draft) table(rows [][]string) ([]byte, *protect.Table, error) {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		return nil, nil, err
	}
	t, err := protect.ReadTable(bytes.NewReader(b.Bytes()), d.ID+".csv", protect.ReadOptions{Columns: append(slices.Clone(d.By), "n")})
	return b.Bytes(), t, err
}

// Publish takes a release the whole way: it is proposed, two approve it with
// their keys, and it goes into the log.
func Publish(ctx context.Context, db *store.DB, f figure.Files, inputKey []byte, approvers []Approver) error {
	id, err := db.ProposeRelease(ctx, secretary, f, store.ReleaseInput{Key: inputKey})
	if err != nil {
		return err
	}
	for _, a := range approvers[:figure.Threshold] {
		signed, err := figure.Approve(f["statement.json"], a.Key)
		if err != nil {
			return err
		}
		if err := db.ApproveRelease(ctx, a.Actor, id, signed); err != nil {
			return err
		}
	}
	return db.PublishRelease(ctx, secretary, id, "")
}

// Releases publishes what a coalition would of its record: figures that stand,
// one that was corrected, and one that was withdrawn. Every page that shows
// them says that they are fictional.
func Releases(ctx context.Context, db *store.DB) error {
	approvers, witness, err := Approvers(ctx, db)
	if err != nil {
		return err
	}
	list, err := db.Summaries(ctx, secretary, store.Filter{Origin: "fictional"})
	if err != nil || len(list) == 0 {
		return err // a site with the public record alone publishes nothing
	}
	drafts, err := drafts(ctx, db, list)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		made, key, err := d.Make(ctx, db, secretary)
		if err != nil && d.Values != nil { // the small coalition has too few operations for it to be quoted
			d.Values = nil
			made, key, err = d.Make(ctx, db, secretary)
		}
		if err == nil {
			err = Publish(ctx, db, made.Files, key, approvers)
		}
		if err != nil {
			return fmt.Errorf("publish %s: %w", d.ID, err)
		}
	}
	if err := publishShares(ctx, db, approvers); err != nil {
		return err
	}
	if err := withdraw(ctx, db, "children-met-1", "The ages of the people met in one operation had been taken from its first report; an assessment has changed them since.", approvers); err != nil {
		return err
	}
	return Witness(ctx, db, witness)
}

// publishShares publishes an estimate by district, of a survey that nobody
// made, with too few answers in one.
func publishShares(ctx context.Context, db *store.DB, approvers []Approver) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, "district,venue,minor")
	for _, d := range []struct {
		name          string
		venues, every int // a minor among so many
	}{{"Harbour", 24, 6}, {"Old Town", 19, 9}, {"Saltmarsh", 14, 5}, {"Lime Quarter", 11, 7}, {"The Islands", 2, 4}} {
		for i := range d.venues * 10 {
			minor := 0
			if (i*i*7+i/10*i)%(2*d.every+1) < 2 { // as uneven as life
				minor = 1
			}
			fmt.Fprintf(&b, "%s,%s %d,%d\n", d.name, d.name, i/10, minor)
		}
	}
	table, err := estimate.ReadTable(bytes.NewReader(b.Bytes()), "answers.csv", estimate.ReadOptions{})
	if err != nil {
		return err
	}
	found, err := survey.Fit(ctx, table, survey.Spec{Y: "minor", Stat: survey.Proportion, By: "district", Design: survey.Design{Clusters: []string{"venue"}}})
	if err != nil {
		return err
	}
	result, err := json.Marshal(found)
	if err != nil {
		return err
	}
	spec, err := figure.ReadEstimates(result)
	if err != nil {
		return err
	}
	spec.By, spec.Question = []string{"district"}, "plumbline estimate survey answers.csv --y=minor --stat=proportion --by=district --cluster=venue"
	d := Draft{ID: "minors-asked-1", Series: "minors-asked", Title: "Minors among people asked at venues", Estimate: spec, Input: result,
		Definition: figure.Definition{Text: "People at venues who said that they are under 18", Numerator: "people who said that they are under 18", Denominator: "people asked at venues", Unit: "percent", Period: "2025",
			Basis: "the day they were asked", Population: "venues of five districts that do not exist, drawn from a made-up list", Rule: "1", Exclusions: []string{"people at venues that did not let the surveyors in"}}}
	made, key, err := d.Make(ctx, db, secretary)
	if err != nil {
		return err
	}
	return Publish(ctx, db, made.Files, key, approvers)
}

func withdraw(ctx context.Context, db *store.DB, id, reason string, approvers []Approver) error {
	old, err := db.PublishedRelease(ctx, id)
	if err != nil {
		return err
	}
	p := old.Statement.Predicate
	f, err := figure.Withdraw(old.Files, figure.Release{ID: id + "-withdrawn", Title: "Withdrawal: " + p.Title, Made: db.Now().Format(time.DateOnly), Approvers: p.Approvers, Reason: reason})
	if err != nil {
		return err
	}
	return Publish(ctx, db, f, nil, approvers)
}

// Witness cosigns the log as it is, as a witness who has not seen it before.
func Witness(ctx context.Context, db *store.DB, key string) error {
	text, err := db.ReleaseGrowth(ctx, 0)
	if err != nil {
		return err
	}
	g, err := figure.ParseGrowth(text)
	if err != nil {
		return err
	}
	p, err := db.Publisher(ctx)
	if err != nil {
		return err
	}
	line, err := figure.Cosign(g, nil, p.Log, key, db.Now())
	if err != nil {
		return err
	}
	return db.Cosign(ctx, secretary, line)
}

// drafts says what is published, in its order, with the numbers of the record.
func drafts(ctx context.Context, db *store.DB, list []store.Summary) ([]Draft, error) {
	met, children, accompanied := counts{}, counts{}, counts{}
	most := slices.MaxFunc(list, func(a, b store.Summary) int { return cmp.Compare(a.Met.Min(), b.Met.Min()) })
	first, last := 9999, 0
	for _, s := range list {
		at, ok := s.Began.Earliest()
		if !ok {
			continue
		}
		first, last = min(first, at.Year()), max(last, at.Year())
		year := strconv.Itoa(at.Year())
		met.add(s.Met.Min(), year, targeted(s.Kind))
		children.add(s.Tally.Children.Min(), year)
		accompanied.add(1, targeted(s.Kind), map[bool]string{true: "yes", false: "no, or not known"}[s.Accompanied == plumbline.Yes])
	}
	twice := maps.Clone(met)
	at, _ := most.Began.Earliest()
	twice.add(most.Met.Min(), strconv.Itoa(at.Year()), targeted(most.Kind))
	kept := counts{}
	for _, p := range db.Protocols() {
		scores, err := db.RuleScores(ctx, secretary, p.Name, store.Filter{Origin: "fictional"})
		if err != nil {
			return nil, err
		}
		sum := store.Sum(scores)
		kept.add(sum.Kept(), p.Name, "kept")
		kept.add(sum.Broken(), p.Name, "broken")
		kept.add(sum.Unknown(), p.Name, "cannot tell")
	}
	period := fmt.Sprintf("%d to %d", first, last)
	about := func(text, numerator, unit string) figure.Definition {
		return figure.Definition{Text: text, Numerator: numerator, Unit: unit, Period: period, Basis: "event", Population: "operations recorded by the fictional coalition of this demonstration", Rule: "1"}
	}
	people := about("People met in operations, each counted once an operation, at the lowest count that the record bears out", "people met", "people")
	people.Exclusions = []string{"officials, and staff of the organisations"}
	share := about("Operations at which a social or child protection worker was on the scene, or with the people within 30 minutes", "operations accompanied so", "percent")
	share.Denominator = "all operations, also those of which it is not known"
	findings := about("Findings: a rule of a standard, held against an operation to which it applies", "findings", "findings")
	young := about("Children met in operations", "people met who were under 18, as first recorded", "people")
	return []Draft{
		{ID: "people-met-1", Series: "people-met", Title: "People met in operations", Definition: people, By: []string{"year", "operation"}, Data: twice.rows("year", "operation")},
		{ID: "accompanied-1", Series: "accompanied", Title: "Operations with a social worker", Definition: share, By: []string{"operation", "accompanied"}, Data: accompanied.rows("operation", "accompanied"),
			Values: []figure.Value{{Cell: map[string]string{"accompanied": "yes"}, Of: map[string]string{}}}},
		{ID: "standards-kept-1", Series: "standards-kept", Title: "How often standards of care were kept", Definition: findings, By: []string{"standard", "result"}, Data: kept.rows("standard", "result")},
		{ID: "children-met-1", Series: "children-met", Title: "Children met in operations", Definition: young, By: []string{"year"}, Data: children.rows("year")},
		{ID: "people-met-2", Series: "people-met", Title: "People met in operations", Definition: people, By: []string{"year", "operation"}, Data: met.rows("year", "operation"),
			Corrects: "people-met-1", CorrectsData: twice.rows("year", "operation"), Reason: "An operation that two organisations had recorded was counted twice."},
	}, nil
}

func targeted(k plumbline.OperationKind) string {
	switch k {
	case "targeted_removal":
		return "targeted removal"
	case "":
		return "not known"
	}
	return "other"
}

// counts are numbers by the values of columns, joined by a stroke.
type counts map[string]int

func (c counts) add(n int, at ...string) {
	for i := range at {
		at[i] = cmp.Or(at[i], "not known")
	}
	c[strings.Join(at, "|")] += n
}

// rows are the table of the counts, with its header.
func (c counts) rows(columns ...string) [][]string {
	rows := [][]string{append(slices.Clone(columns), "n")}
	for _, at := range slices.Sorted(maps.Keys(c)) {
		rows = append(rows, append(strings.Split(at, "|"), strconv.Itoa(c[at])))
	}
	return rows
}
