package web

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

// toldClaim is a claim as files have it: with what the rules say of it.
type toldClaim struct {
	*figure.Claim
	Status []figure.Status `json:"status"`
}

// claimsJSON sends the whole register.
func (s *Server) claimsJSON(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	list := make([]toldClaim, 0, len(r.Claims))
	for _, c := range r.Claims {
		list = append(list, toldClaim{c, r.Status(c)})
	}
	return q.send("application/json", "plumbline-claims.json", func(b *bytes.Buffer) error {
		return json.NewEncoder(b).Encode(map[string]any{"claims": list})
	})
}

// claimsCSV sends the whole register as a file that can be brought in again.
func (s *Server) claimsCSV(q *request) error {
	r, err := s.register(q.Context())
	if err != nil {
		return err
	}
	return q.send("text/csv; charset=utf-8", "plumbline-claims.csv", func(b *bytes.Buffer) error { return figure.WriteCSV(b, r.Claims) })
}

// send writes a file to a buffer first, so that one that fails half-way is
// never sent.
func (q *request) send(kind, name string, write func(*bytes.Buffer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", kind)
	if name != "" {
		q.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	_, _ = q.w.Write(b.Bytes()) // the browser has gone away
	return nil
}

// thing is an object of schema.org.
type thing map[string]any

// claimReview sends a claim as a ClaimReview of schema.org. Its rating is what
// the rules say, in words: whether a claim is true or false is not said.
func (q *request) claimReview(id string) error {
	r, err := q.s.register(q.Context())
	if err != nil {
		return err
	}
	c := r.Claim(id)
	if c == nil {
		return plumbline.NotFound("claim")
	}
	versions, err := q.s.Store.ClaimHistory(q.Context(), id)
	if err != nil {
		return err
	}
	replies, err := q.s.Store.Replies(q.Context(), plumbline.Actor{}, id)
	if err != nil {
		return err
	}
	return q.send("application/ld+json", "", func(b *bytes.Buffer) error {
		e := json.NewEncoder(b)
		e.SetIndent("", " ")
		return e.Encode(q.review(r, c, versions, replies))
	})
}

func (q *request) review(r *figure.Register, c *figure.Claim, versions []store.ClaimVersion, replies []store.Reply) thing {
	page := q.address() + "/claims/" + c.ID
	var names, why []string
	for _, s := range r.Status(c) {
		names, why = append(names, q.lang.T("claim_status."+s.Code)), append(why, s.Code+": "+s.Why+".")
	}
	appearance := thing{"@type": "CreativeWork", "name": c.Document, "description": c.Locator}
	claim := thing{"@type": "Claim", "name": c.Text, "appearance": appearance, "author": thing{"@type": "Thing", "name": c.Claimant}}
	if c.Place != "" {
		claim["spatialCoverage"] = c.Place
	}
	if c.Period != "" {
		claim["temporalCoverage"] = c.Period
	}
	if c.Cited != "" {
		claim["citation"] = c.Cited
	}
	review := thing{
		"@context": "https://schema.org", "@type": "ClaimReview", "@id": page, "url": page, "identifier": c.ID,
		"claimReviewed": c.Text, "itemReviewed": claim, "author": thing{"@type": "Organization", "name": "Plumbline, " + q.Host, "url": q.address()},
		"reviewRating": thing{"@type": "Rating", "alternateName": strings.Join(names, "; "), "ratingExplanation": strings.Join(why, " "),
			"description": "Computed by published rules. It says on what the claim rests and how it stands to others, not whether it is true."},
	}
	if last := versions[len(versions)-1]; !last.At.IsZero() {
		review["dateModified"] = last.At.Format(time.RFC3339)
		review["version"] = last.Version
	}
	var comments []thing
	for _, reply := range replies {
		if reply.Withheld == "" {
			comments = append(comments, thing{"@type": "Comment", "text": reply.Text, "dateCreated": reply.At.Format(time.RFC3339),
				"author": thing{"@type": "Thing", "name": reply.Name, "description": "says so; not checked"}})
		}
	}
	if comments != nil {
		review["comment"] = comments
	}
	return review
}
