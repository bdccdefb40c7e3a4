package rig

import (
	"context"
	_ "embed" // the published counts
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"plumbline"
	"plumbline/internal/job"
	"plumbline/internal/store"
)

//go:embed studies/uk-2013.csv
var ukLists []byte

//go:embed studies/sicily.csv
var sicily []byte

// A toldStudy is a study with its file and the questions asked of it.
type toldStudy struct {
	plumbline.Study
	told []plumbline.Entry // who took part, whom surveyors referred
	file string
	body []byte
	runs []plumbline.StudyRun
}

// Studies writes the demonstration's studies as its analyst would, and answers
// their questions by the same work as a server does. It does nothing where the
// site has no record of the analyst's organisation.
func Studies(ctx context.Context, db *store.DB, seed uint64) error {
	analyst := Actors()[5]
	organisations, err := db.Organisations(ctx, analyst)
	if err != nil {
		return err
	}
	there := false
	for _, o := range organisations {
		there = there || o.ID == analyst.Organisation
	}
	if !there {
		return nil
	}
	for _, s := range studies(seed) {
		s.Organisation = analyst.Organisation
		if err := db.Write(ctx, analyst, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: s.ID}, Changes: []store.Change{{Entry: &s.Study}}}); err != nil {
			return fmt.Errorf("begin the study %s: %w", s.ID, err)
		}
		if err := db.KeepData(ctx, analyst, s.ID, plumbline.StudyData{Head: plumbline.Head{ID: "data"}, Name: s.file}, s.body); err != nil {
			return fmt.Errorf("give the study %s its data: %w", s.ID, err)
		}
		var told []store.Change
		for _, e := range s.told {
			told = append(told, store.Change{Entry: e})
		}
		if told != nil {
			if err := db.Write(ctx, analyst, store.Batch{Subject: store.Subject{Kind: plumbline.KindStudy, ID: s.ID}, Changes: told}); err != nil {
				return fmt.Errorf("tell who took part in the study %s: %w", s.ID, err)
			}
		}
		for _, run := range s.runs {
			run.Data = []plumbline.ID{"data"}
			if err := db.AskStudy(ctx, analyst, s.ID, run); err != nil {
				return fmt.Errorf("ask the study %s: %w", s.ID, err)
			}
		}
	}
	return job.New(job.Options{Store: db, Kinds: job.Kinds(db)}).Drain(ctx)
}

func studies(seed uint64) []toldStudy {
	run := func(id plumbline.ID, verb string, options ...string) plumbline.StudyRun {
		return plumbline.StudyRun{Head: plumbline.Head{ID: id}, Verb: verb, Options: options}
	}
	share := func(id plumbline.ID) plumbline.StudyRun {
		return run(id, "survey", "--y=minor", "--stat=proportion", "--strata=zone", "--cluster=venue", "--weights=weight")
	}
	harbour := plumbline.Study{
		Origin: "fictional", Place: "Harbour district", Area: harbourDistrict, Ages: "several",
		Definition: "A person offered for sex in an establishment who is under eighteen, by documents or, without them, by two surveyors who judge apart.",
		Population: "People offered in establishments that a stranger can find",
		Frame:      "All establishments on a map made on foot in the month before; a third of them drawn in each zone, and everyone present in one hour.",
		LeftOut:    "Street, online and private homes; establishments that turn surveyors away.",
		Duty:       "The surveyor leaves, and tells the guardian on call the same hour. Nobody is questioned on the spot.",
		Asked:      plumbline.Exactly(431), Refused: plumbline.Exactly(38),
		DoneBy: "Quayside University", PaidBy: "A foundation that pays no service in the district", CommissionedBy: "Office for Police Oversight",
		MayPublish: plumbline.Yes, DataAccess: "Whoever asks in writing gets the file without the venues’ numbers.", TiesTold: "One of the authors trained officers of the protection unit until 2023.",
	}
	first, second := harbour, harbour
	first.Head, first.Title, first.From, first.Until = plumbline.Head{ID: "harbour-first-round"}, "Children offered in the harbour district, first round", date("2024-03"), date("2024-04")
	second.Head, second.Title, second.From, second.Until = plumbline.Head{ID: "harbour-second-round"}, "Children offered in the harbour district, second round", date("2026-03"), date("2026-04")
	return []toldStudy{
		{Study: plumbline.Study{
			Head:  plumbline.Head{ID: "uk-lists", Sources: []string{"UK National Crime Agency Strategic Assessment 2013", "Bales, Hesketh and Silverman 2015, Significance 12(3):16-21"}},
			Title: "Potential victims of trafficking in the United Kingdom, 2013", Origin: "site", Place: "United Kingdom", From: date("2013"), Until: date("2013"), Ages: "not_asked",
			Definition: "A potential victim of human trafficking, by the judgement of whoever put the person on a list.",
			Population: "People in the United Kingdom whom any of six kinds of body could have met",
			Frame:      "Lists of local authorities (LA), non-government organisations (NG), police forces (PF), government bodies (GO), the general public (GP) and the National Crime Agency (NCA).",
			LeftOut:    "Whoever no such body could have met. The published analysis joins PF and NCA; here they stand apart.",
		}, file: "uk-2013.csv", body: ukLists, runs: []plumbline.StudyRun{
			run("stepwise", "capture", "--method=stepwise", "--seed=1"),
		}},
		{Study: plumbline.Study{
			Head:  plumbline.Head{ID: "sicily-ban", Sources: []string{"Lopez Bernal, Cummins and Gasparrini 2017, Int J Epidemiol 46:348-355"}},
			Title: "Hospital admissions in Sicily before and after the smoking ban", Origin: "site", Place: "Sicily", From: date("2002"), Until: date("2006-11"), Ages: "documents",
			Definition: "An admission to hospital for an acute coronary episode, of people aged 0 to 69.",
			Population: "Residents of Sicily",
			Frame:      "All admissions on the hospitals’ registers, by month.",
			LeftOut:    "Whoever was not admitted. It stands here to show how a series is read.",
		}, file: "sicily.csv", body: sicily, runs: []plumbline.StudyRun{
			run("ban", "series", "--y=aces", "--time=time", "--event=smokban", "--family=quasipoisson", "--offset=stdpop"),
		}},
		{Study: first, told: []plumbline.Entry{
			&plumbline.StudyGroup{Head: plumbline.Head{ID: "surveyed"}, Who: "People offered in establishments", Number: plumbline.AtLeast(390), Found: "Present in the hour of the visit."},
			&plumbline.StudyGroup{Head: plumbline.Head{ID: "owners"}, Who: "Owners and managers, asked for the map", Number: plumbline.Between(0, 15), Found: "By surveyors, on foot."},
			&plumbline.SurveyReferral{Head: plumbline.Head{ID: "referred-march"}, Month: date("2024-03"), People: plumbline.Exactly(3), Outcome: "helped"},
			&plumbline.SurveyReferral{Head: plumbline.Head{ID: "referred-april"}, Month: date("2024-04"), People: plumbline.Exactly(1), Outcome: "lost_sight"},
		}, file: "harbour-2024.csv", body: harbourRound(seed, 1, .115), runs: []plumbline.StudyRun{share("share")}},
		{Study: second, told: []plumbline.Entry{
			&plumbline.Elsewhere{Head: plumbline.Head{ID: "looked-nearby"}, Sign: "nearby", Found: plumbline.Yes, Area: cinderHill, At: date("2026-04"), What: "One evening on foot in Cinder Hill: rooms let by the week, two women who had worked on Pier Street. Nobody was counted."},
			&plumbline.Elsewhere{Head: plumbline.Head{ID: "looked-price"}, Sign: "price", Found: plumbline.No, At: date("2026-03"), What: "Eleven people asked what is charged: as in the first round."},
		}, file: "harbour-2026.csv", body: harbourRound(seed, 2, .052), runs: []plumbline.StudyRun{share("share")}},
	}
}

func date(text string) plumbline.When {
	w, err := plumbline.ParseWhen(text)
	if err != nil {
		panic(err)
	}
	return w
}

// harbourRound makes up a round of a survey: establishments drawn in three
// zones, of which some have children and most have none.
func harbourRound(seed, round uint64, share float64) []byte {
	r := rand.New(rand.NewPCG(seed, round))
	var b strings.Builder
	b.WriteString("zone,venue,weight,minor\n")
	for i, venues := range []int{14, 11, 9} {
		zone := i + 1
		for v := range venues {
			p := math.Min(.9, share*math.Exp(.7*r.NormFloat64())*(.6+.3*float64(zone)))
			for range 8 + r.IntN(12) {
				minor := 0
				if r.Float64() < p {
					minor = 1
				}
				fmt.Fprintf(&b, "%d,%d-%02d,%.1f,%d\n", zone, zone, v+1, 2.5+.5*float64(zone), minor)
			}
		}
	}
	return []byte(b.String())
}
