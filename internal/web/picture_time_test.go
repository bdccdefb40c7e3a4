package web

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"plumbline"
)

// in picks the text of the speaker's language, for what is entered and not
// translated.
func in(sp speaker, english, arabic string) string {
	if sp.RTL() {
		return arabic
	}
	return english
}

func timeExhibits(t testing.TB, sp speaker) []exhibit {
	samples := map[string]*plumbline.Record{}
	for _, s := range flowSamples(t) {
		samples[s.name] = s.r
	}
	r := samples["exact"]
	began, _ := r.Operation.Began.Earliest()
	after := func(hours float64) time.Time { return began.Add(time.Duration(hours * float64(time.Hour))) }
	step := func(s plumbline.Step, done plumbline.Done, at string) {
		r.Steps = append(r.Steps, &plumbline.StepTaken{Step: s, Done: done, At: when(t, at)})
	}
	step("services_ready", "done", "2026-01-08")
	step("rights_told", "done", "2026-01-10T22:05Z")
	step("medical_triage", "not_done", "2026-01-11T04:00Z")
	step("belongings_receipt", "", "")
	step("referral_made", "done", "2026-01")
	p := r.Presences[2]
	p.Individual = true
	r.Movements = append(r.Movements, &plumbline.Movement{Presence: p.ID, State: "unknown", From: when(t, "2026-04-01")})
	clocks := []Clock{
		{in(sp, "A social worker is present, or close by, before the first interview.", "أخصائية اجتماعية حاضرة أو قريبة قبل أول مقابلة."), after(.5), after(.4), "kept"},
		{in(sp, "Nobody who is not accused is held longer than a day.", "لا يُحتجز أحد غير متهم أكثر من يوم."), after(24), after(60), "broken"},
		{in(sp, "Every child is seen by a doctor.", "كل طفل يراه طبيب."), after(72), time.Time{}, "unknown"},
		{in(sp, "A debrief is held, with those affected heard, and what was found is written down and answered by somebody who was not there.", "تُعقد مراجعة يُسمع فيها المتأثرون."), after(14 * 24), time.Time{}, "overdue"},
		{in(sp, "Where everybody is, is asked again after a year.", "يُسأل مجددًا عن مكان كل واحد بعد سنة."), after(365 * 24), time.Time{}, "not_yet_due"},
		{in(sp, "The warrant was issued before.", "صدر الإذن قبل ذلك."), time.Time{}, after(-26), "kept"},
	}
	young := samples["this-morning"]
	return []exhibit{
		{"time-exact", timelinePicture(sp, r, clocks, pictureNow)},
		{"time-unknown-head", timelinePicture(sp, samples["unknown-head"], clocks[2:2:2], pictureNow)},
		{"time-many", timelinePicture(sp, samples["many"], nil, pictureNow)},
		{"time-this-morning", timelinePicture(sp, young, []Clock{{clocks[0].Label, pictureNow.Add(time.Hour), time.Time{}, "not_yet_due"}}, pictureNow)},
		{"time-nothing", timelinePicture(sp, samples["nothing"], nil, pictureNow)},
		{"time-undated", timelinePicture(sp, samples["undated"], nil, pictureNow)},
	}
}

func TestTimeline(t *testing.T) {
	axis := timeAxis{before: 0, start: 60, year: 500, end: 530}
	last := axis.x(-1e9)
	for _, hours := range []float64{-1e5, -48, -1, 0, .5, 1, 24, 72, 720, 2160, hoursAYear, 2 * hoursAYear, 1e7} {
		x := axis.x(hours)
		if x < last || x < axis.before || x > axis.end {
			t.Errorf("%v hours stand at %v, after %v", hours, x, last)
		}
		last = x
	}
}

func anyClocks(t *rapid.T) (clocks []Clock) {
	moment := func(name string) time.Time {
		if rapid.Bool().Draw(t, name) {
			return time.Time{}
		}
		return pictureNow.Add(time.Duration(rapid.IntRange(-20000, 20000).Draw(t, name)) * time.Hour)
	}
	for range rapid.IntRange(0, 12).Draw(t, "clocks") {
		clocks = append(clocks, Clock{
			Label: rapid.StringN(0, 200, -1).Draw(t, "label"), Due: moment("due"), Happened: moment("happened"),
			State: rapid.SampledFrom([]string{"", "kept", "broken", "unknown", "not_yet_due", "overdue", "surprise"}).Draw(t, "state"),
		})
	}
	return clocks
}

func TestTimelineProperties(t *testing.T) {
	en, ar := english(t), arabic(t)
	rapid.Check(t, func(t *rapid.T) {
		r, clocks := anyRecord.Draw(t, "record"), anyClocks(t)
		for range rapid.IntRange(0, 5).Draw(t, "steps") {
			r.Steps = append(r.Steps, &plumbline.StepTaken{Step: "rights_told", Done: plumbline.Done(rapid.SampledFrom(plumbline.Done("").Values()).Draw(t, "done")), At: anyWhen.Draw(t, "at")})
		}
		for _, sp := range []*tongue{en, ar} {
			p := timelinePicture(sp, r, clocks, pictureNow)
			checkPicture(t, "time", p)
			if got, want := len(p.Table.Rows), len(clocks)+len(r.Movements)+len(r.Steps); got != want {
				t.Errorf("the table has %d rows, want %d", got, want)
			}
		}
	})
}
