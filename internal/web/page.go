package web

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"
	"time"
	"unicode"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/locale"
)

// A Page is what every page has: language, actor, title. A page's own struct
// embeds it, and templates call its methods.
type Page struct {
	*locale.Language
	Actor    plumbline.Actor
	SignedIn bool
	Public   bool // the site has pages for visitors
	Title    string
	Section  string           // the part of the site, for the navigation
	Origin   plumbline.Origin // of what is shown: fictional and public records say so
	Demo     bool
	Here     string // the address of this page without its language
	Now      time.Time
	Said     string // what has just been done, said once at the top
	Others   []*locale.Language
	Unread   int  // notices
	Leave    bool // somebody who must not be seen reading it may have it open
	Refresh  int  // seconds after which the page reads itself again without script; 0 for never

	names map[plumbline.ID]string // of what ids stand for, where a page shows entries

	server *Server
}

// Asset returns the address of an embedded file, named by its digest.
func (p *Page) Asset(name string) string { return p.server.assets.address(name) }

// May reports whether the actor may do a deed to records with the bond.
func (p *Page) May(deed, bond string) bool {
	return plumbline.May(p.Actor, plumbline.Deed(deed), plumbline.Bond(bond))
}

// IsClaim reports whether a source is a claim of the register, which has a
// page.
func (p *Page) IsClaim(source string) bool {
	if p.server.Store == nil {
		return exchange.Claims().Claim(source) != nil
	}
	return p.server.Store.ClaimsRead().Claim(source) != nil
}

// ClaimTongue marks the text of a claim of the public record as English, on a
// page in another language. In what tongue others were brought in nobody has said.
func (p *Page) ClaimTongue(id string) template.HTMLAttr {
	if exchange.Claims().Claim(id) != nil {
		return p.Tongue("public_record")
	}
	return ""
}

// SourceTongue marks the title of a source of the public record as English, on
// a page in another language.
func (p *Page) SourceTongue(id string) template.HTMLAttr {
	if exchange.Claims().Source(id) != nil {
		return p.Tongue("public_record")
	}
	return ""
}

// Tongue marks a text as it was recorded. The public record is in English, and
// is read aloud so on a page in another language. In what tongue others write
// nobody has said.
func (p *Page) Tongue(of plumbline.Origin) template.HTMLAttr {
	if of == "public_record" && p.Tag != "en" {
		return `lang="en"`
	}
	return ""
}

// Count writes a count with its bound: 12, at least 7, about 12, not known.
func (p *Page) Count(c plumbline.Count) string {
	if n, ok := c.Guess(); ok {
		return p.T("count.about", "Value", p.Number(n))
	}
	if n, ok := c.Exact(); ok {
		return p.Number(n)
	}
	hi, bounded := c.Max()
	switch {
	case bounded && c.Min() > 0:
		return p.T("count.between", "Low", p.Number(c.Min()), "High", p.Number(hi))
	case bounded:
		return p.T("count.at_most", "Value", p.Number(hi))
	case c.Min() > 0:
		return p.T("count.at_least", "Value", p.Number(c.Min()))
	}
	return p.T("count.unknown")
}

// When writes a moment as coarsely as it was told.
func (p *Page) When(w plumbline.When) string {
	if !w.Known() {
		return p.T("date.unknown")
	}
	first, second, isRange := strings.Cut(w.String(), "/")
	switch {
	case !isRange:
		return p.moment(first)
	case first == "..":
		return p.T("date.until", "Until", p.moment(second))
	case second == "..":
		return p.T("date.from", "From", p.moment(first))
	}
	return p.T("date.range", "From", p.moment(first), "Until", p.moment(second))
}

func (p *Page) moment(text string) string {
	bare, about := strings.CutSuffix(text, "~")
	said := bare
	for _, form := range []struct {
		length int // the forms differ in length: a failed try takes longer than the rest
		layout string
		write  func(time.Time) string
	}{
		{4, "2006", func(t time.Time) string { return t.Format("2006") }}, {7, "2006-01", p.Month}, {10, "2006-01-02", p.Day},
		{16, "2006-01-02T15:04", p.Moment}, {17, "2006-01-02T15:04Z07:00", p.Moment}, {22, "2006-01-02T15:04Z07:00", p.Moment}, {len(bare), time.RFC3339, p.Moment},
	} {
		if len(bare) != form.length {
			continue
		}
		if t, err := time.Parse(form.layout, bare); err == nil {
			said = form.write(t)
			break
		}
	}
	if about {
		return p.T("date.about", "When", said)
	}
	return said
}

// Word translates a word of one of the root's closed lists.
func (p *Page) Word(v any) string {
	value := fmt.Sprint(v)
	if value == "" {
		return p.T("word.not_known")
	}
	return p.T(wordKey(reflect.TypeOf(v), value))
}

func wordKey(t reflect.Type, value string) string {
	return snake(t.Name()) + "." + value
}

// snake turns PlaceKind into place_kind.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Ago writes how long ago something was, in hours, days or years.
func (p *Page) Ago(t time.Time) string {
	if t.IsZero() {
		return p.T("date.unknown")
	}
	d := p.Now.Sub(t)
	switch {
	case d < 0:
		return p.Day(t)
	case d < time.Hour:
		return p.T("ago.now")
	case d < 48*time.Hour:
		return p.T("ago.hours", "N", int(d.Hours()))
	case d < 2*365*24*time.Hour:
		return p.T("ago.days", "N", int(d.Hours()/24))
	}
	return p.T("ago.years", "N", int(d.Hours()/24/365))
}

// Later writes how long after an operation began something was.
func (p *Page) Later(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return p.T("later.minutes", "N", int(d.Minutes()))
	case d < 48*time.Hour:
		return p.T("later.hours", "N", int(d.Hours()))
	}
	return p.T("later.days", "N", int(d.Hours()/24))
}

// Problem writes a problem in the person's language.
func (p *Page) Problem(pr *plumbline.Problem) string {
	var pairs []any
	for name, v := range pr.Args {
		switch v := v.(type) {
		case plumbline.When:
			pairs = append(pairs, name, p.When(v))
		case int:
			pairs = append(pairs, name, p.Number(v))
		default:
			pairs = append(pairs, name, fmt.Sprint(v))
		}
	}
	if len(pairs) == 0 {
		return p.T(pr.Key)
	}
	return p.T(pr.Key, pairs...)
}

// Field writes the name of a field of a kind of entry: its own text when the
// kind has one, else the text that all kinds share.
func (p *Page) Field(kind, path string) string {
	name := lastName(path)
	if key := "field." + kind + "." + name; p.Has(key) {
		return p.T(key)
	}
	return p.T("field." + name)
}

// Hint writes the hint under a field, or nothing.
func (p *Page) Hint(kind, path string) string {
	for _, key := range []string{"hint." + kind + "." + lastName(path), "hint." + lastName(path)} {
		if p.Has(key) {
			return p.T(key)
		}
	}
	return ""
}

// lastName returns "aim" for "criteria.aim" and "points[2].text" gives "text".
func lastName(path string) string {
	path = path[strings.LastIndexByte(path, '.')+1:]
	name, _, _ := strings.Cut(path, "[")
	return name
}
