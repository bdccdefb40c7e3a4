package exchange

import (
	"bytes"
	_ "embed"
	"slices"

	"plumbline"
)

// A Ground is a point that claims of different sides say, or rest on. Nobody
// has agreed to it but by what they claimed: each side says its own words.
type Ground struct {
	ID    string // G-02
	Point string
	Sides []GroundSide
}

// A GroundSide is one claim that says the point, with the kind of
// organisation or person whose claim it is.
type GroundSide struct {
	Claim string
	Kind  plumbline.OrganisationKind
}

// Kinds returns the kinds of those who say it, each once.
func (g *Ground) Kinds() (kinds []plumbline.OrganisationKind) {
	for _, s := range g.Sides {
		if !slices.Contains(kinds, s.Kind) {
			kinds = append(kinds, s.Kind)
		}
	}
	return kinds
}

//go:embed publicrecord/common_ground.csv
var groundCSV []byte

// CommonGround returns the points that claims of different sides of the
// published documents say, those first that most kinds of people say.
func CommonGround() (all []*Ground) {
	rows, err := readTable(bytes.NewReader(groundCSV), []string{"id", "point", "claim", "kind"})
	if err != nil {
		panic("exchange: the embedded common ground does not read: " + err.Error())
	}
	for _, r := range rows {
		i := slices.IndexFunc(all, func(g *Ground) bool { return g.ID == r[0] })
		if i < 0 {
			i, all = len(all), append(all, &Ground{ID: r[0], Point: r[1]})
		}
		all[i].Sides = append(all[i].Sides, GroundSide{r[2], plumbline.OrganisationKind(r[3])})
	}
	slices.SortStableFunc(all, func(a, b *Ground) int { return len(b.Kinds()) - len(a.Kinds()) })
	return all
}
