package web

import (
	"testing"

	"pgregory.net/rapid"
)

func barExhibits(sp speaker) []exhibit {
	rows := []barRow{
		{in(sp, "Immigration enforcement is kept apart from an operation to protect children.", "يُفصل إنفاذ قوانين الهجرة عن عملية لحماية الأطفال."), 2, 5, 21},
		{in(sp, "Children found are taken out and helped.", "يُخرج الأطفال الذين يُعثر عليهم ويُساعَدون."), 9, 1, 18},
		{in(sp, "Nobody is held who is not accused.", "لا يُحتجز من ليس متهمًا."), 0, 0, 28},
		{in(sp, "A debrief is held.", "تُعقد مراجعة."), 12, 0, 0},
		{in(sp, "Nothing to say", "لا شيء يقال"), 0, 0, 0},
	}
	what := in(sp, "Rule", "القاعدة")
	return []exhibit{
		{"bar", barPicture(sp, what, rows)},
		{"bar-nothing", barPicture(sp, what, nil)},
	}
}

func TestSmallBar(t *testing.T) {
	sp := english(t)
	for _, row := range []barRow{{"one", 1, 2, 3}, {"none", 0, 0, 0}, {"few", 0, 1, 400}} {
		p := smallBar(sp, row)
		if _, problems := inspectPicture(p.SVG); len(problems) > 0 {
			t.Errorf("%v: %q", row, problems)
		}
	}
}

func TestBarProperties(t *testing.T) {
	en, ar := english(t), arabic(t)
	rapid.Check(t, func(t *rapid.T) {
		var rows []barRow
		n := rapid.IntRange(0, 9999)
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			rows = append(rows, barRow{rapid.StringN(0, 120, -1).Draw(t, "label"), n.Draw(t, "k"), n.Draw(t, "b"), n.Draw(t, "u")})
		}
		for _, sp := range []*tongue{en, ar} {
			checkPicture(t, "bar", barPicture(sp, "Rule", rows))
		}
	})
}
