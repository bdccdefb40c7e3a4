package web

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
)

type releasesPage struct {
	*Page
	Proposals, Published []*store.ReleaseSummary
	Next                 string // the address of what was published before
	Keys, Witnesses      []store.ReleaseKey
	Budgets              []budgetRow
	Own                  *store.ReleaseKey // the key of who looks
	Size                 int64             // of the public log
	Few                  bool              // too few have keys for anything to be proposed
	Problem              string            // of what was not taken
	Typed                url.Values
}

// A budgetRow is what releases of a set of records may lose, and have lost.
type budgetRow struct {
	Name, Spent, Of, Left string
	Releases              int
}

// releases lists what is proposed and what is published, and the keys.
func (s *Server) releases(q *request) error { return q.releases(http.StatusOK, "", url.Values{}) }

func (q *request) releases(status int, problem string, typed url.Values) error {
	p := releasesPage{Page: q.page("releases", "releases.title"), Problem: problem, Typed: typed}
	var err error
	if p.Proposals, err = q.s.Store.Proposals(q.Context(), q.actor); err != nil {
		return err
	}
	next := ""
	if p.Published, next, err = q.s.Store.Published(q.Context(), store.PublishedFilter{After: q.FormValue("after"), Limit: publishedPerPage}); err != nil {
		return err
	}
	if next != "" {
		p.Next = "/releases?" + url.Values{"after": {next}}.Encode()
	}
	keys, err := q.s.Store.ReleaseKeys(q.Context(), q.actor)
	if err != nil {
		return err
	}
	site, err := q.s.Store.Publisher(q.Context())
	if err != nil {
		return err
	}
	p.Size = site.Size
	for _, k := range keys {
		if k.Kind == figure.WitnessKey {
			p.Witnesses = append(p.Witnesses, k)
			continue
		}
		if k.User == q.actor.User {
			p.Own = &k
		}
		p.Keys = append(p.Keys, k)
	}
	p.Few = len(p.Keys) < figure.Threshold
	if p.Budgets, err = q.budgets(p.Page); err != nil {
		return err
	}
	return q.renderStatus(status, "releases.html", p)
}

func (q *request) budgets(p *Page) (rows []budgetRow, err error) {
	list, err := q.s.Store.Budgets(q.Context(), q.actor)
	for _, b := range list {
		by := map[string]bool{}
		for _, s := range b.Spent { // a release spends twice: its id, and for what
			id, _, _ := strings.Cut(s.Release, " ")
			by[id] = true
		}
		rows = append(rows, budgetRow{b.Data, p.Decimal(b.Total()), p.Decimal(b.Epsilon), p.Decimal(max(0, b.Epsilon-b.Total())), len(by)})
	}
	return rows, err
}

// toApprove counts the releases that wait for the actor's approval.
func (q *request) toApprove() (n int, err error) {
	if !plumbline.May(q.actor, plumbline.ApproveRelease, plumbline.Public) {
		return 0, nil
	}
	keys, err := q.s.Store.ReleaseKeys(q.Context(), q.actor)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(keys, func(k store.ReleaseKey) bool { return k.User == q.actor.User })
	list, err := q.s.Store.Proposals(q.Context(), q.actor)
	for _, r := range list {
		if i >= 0 && slices.Contains(r.Approvers, keys[i].Public) && !slices.Contains(r.Signed, keys[i].Public) {
			n++
		}
	}
	return n, err
}

// keepKey keeps a public key: of who sends it, or of a witness; takes
// cosignatures; and begins a budget.
func (s *Server) keepKey(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	said := "release_key"
	switch {
	case typed.Has("remove"):
		err, said = s.Store.RemoveWitness(q.Context(), q.actor, typed.Get("remove")), "release_witness_gone"
	case typed.Has("witness"):
		err, said = s.Store.KeepWitness(q.Context(), q.actor, typed.Get("witness")), "release_witness"
	case typed.Has("cosignature"):
		err, said = s.Store.Cosign(q.Context(), q.actor, []byte(typed.Get("cosignature"))), "release_cosigned"
	case typed.Has("budget"):
		err, said = q.beginBudget(typed), "release_budget"
	default:
		err = s.Store.KeepReleaseKey(q.Context(), q.actor, typed.Get("key"))
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && errors.Is(err, plumbline.ErrInvalid) {
		return q.releases(http.StatusUnprocessableEntity, q.page("", "").Problem(problems[0]), typed)
	}
	if err != nil {
		return err
	}
	return q.done("/releases", said)
}

// beginBudget says what releases of a set of records may lose.
func (q *request) beginBudget(typed url.Values) error {
	var numbers [2]float64
	for i, name := range []string{"epsilon", "delta"} {
		var err error
		if numbers[i], err = strconv.ParseFloat(strings.TrimSpace(typed.Get(name)), 64); err != nil {
			return plumbline.Invalid(name, "problem.not_number", "Got", typed.Get(name))
		}
	}
	return q.s.Store.BeginBudget(q.Context(), q.actor, typed.Get("budget"), numbers[0], numbers[1])
}

type releasePage struct {
	publishedPage
	Checks    []figure.Check // as a stranger would make them now
	Asked     []approverRow
	Threshold int
	Mine      bool // who looks is one of the approvers and has not signed yet
	Problem   string
}

// An approverRow is one who may approve, and whether they have.
type approverRow struct {
	Name string
	Has  bool
}

// release shows a proposal with what was found of it, and how to approve it.
func (s *Server) release(q *request) error { return q.release(http.StatusOK, "") }

func (q *request) release(status int, problem string) error {
	r, err := q.s.Store.Release(q.Context(), q.actor, q.PathValue("release"))
	if err != nil {
		return err
	}
	keys, err := q.s.Store.ReleaseKeys(q.Context(), q.actor)
	if err != nil {
		return err
	}
	p := releasePage{publishedPage: publishedPage{Page: q.page("releases", ""), R: r, Figures: r.Statement.Predicate.Figures}, Threshold: figure.Threshold, Problem: problem}
	p.Title = r.Statement.Predicate.Title
	if p.Tables, err = q.publishedTables(p.Page, r); err != nil {
		return err
	}
	if err := p.numbers(r); err != nil {
		return err
	}
	if p.Changes, err = q.releaseCorrections(p.Page, r); err != nil {
		return err
	}
	for _, c := range figure.Verify(q.Context(), r.Files, figure.VerifySpec{Limit: makeLimit}).Checks {
		if c.Result != figure.NotPossible {
			p.Checks = append(p.Checks, c)
		}
	}
	for _, key := range r.Statement.Predicate.Approvers {
		row := approverRow{Has: slices.Contains(r.Signers, key)}
		row.Name, _, _ = strings.Cut(key, "+")
		if i := slices.IndexFunc(keys, func(k store.ReleaseKey) bool { return k.Public == key }); i >= 0 {
			row.Name = keys[i].Name
			p.Mine = p.Mine || keys[i].User == q.actor.User && !row.Has && r.Published.IsZero()
		}
		p.Asked = append(p.Asked, row)
	}
	return q.renderStatus(status, "release.html", p)
}

// releaseFile sends a proposal in one file, or the key to its data.
func (s *Server) releaseFile(q *request) error {
	id := q.PathValue("release")
	var data []byte
	name := id + ".zip"
	switch q.PathValue("file") {
	case "release.zip":
		r, err := s.Store.Release(q.Context(), q.actor, id)
		if err != nil {
			return err
		}
		if data, err = r.Files.Zip(); err != nil {
			return err
		}
	case "input-key":
		in, err := s.Store.ReleaseInput(q.Context(), q.actor, id)
		if err != nil {
			return err
		}
		name, data = id+".input-key", []byte(hex.EncodeToString(in.Key)+"\n")
	default:
		return plumbline.NotFound("page")
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	q.w.WriteHeader(http.StatusOK)
	_, _ = q.w.Write(data) // the browser has gone away
	return nil
}

// releaseDo approves, publishes, withdraws or takes back.
func (s *Server) releaseDo(q *request) error {
	id, ctx := q.PathValue("release"), q.Context()
	fields, files, err := q.parts()
	if err != nil {
		return err
	}
	to, said := "/releases/"+id, ""
	switch fields.Get("do") {
	case "approve":
		err, said = s.Store.ApproveRelease(ctx, q.actor, id, files["file"]), "release_approved"
	case "publish":
		err, said, to = s.Store.PublishRelease(ctx, q.actor, id, s.logHost()), "release_published", "/published/"+id
	case "discard":
		err, said, to = s.Store.DiscardRelease(ctx, q.actor, id), "release_discarded", "/releases"
	case "withdraw":
		to, err = q.withdraw(id, strings.TrimSpace(fields.Get("reason")))
		said = "release_proposed"
	default:
		return plumbline.NotFound("page")
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && (errors.Is(err, plumbline.ErrInvalid) || errors.Is(err, plumbline.ErrConflict)) {
		return q.release(http.StatusUnprocessableEntity, q.page("", "").Problem(problems[0]))
	}
	if err != nil {
		return err
	}
	return q.done(to, said)
}

// logHost names the log when it is begun: the site's address, when it has one
// that others can find it at.
func (s *Server) logHost() string {
	if s.URL == nil || s.Demo || strings.HasPrefix(s.URL.Host, "localhost") {
		return ""
	}
	return s.URL.Host
}

// withdraw proposes the withdrawal of a published release, and returns its
// address.
func (q *request) withdraw(id, reason string) (string, error) {
	if reason == "" {
		return "", plumbline.Invalid("reason", "problem.reason_needed")
	}
	old, err := q.s.Store.Release(q.Context(), q.actor, id)
	if err != nil {
		return "", err
	}
	w := figure.Release{ID: id + "-withdrawn", Title: "Withdrawal: " + old.Statement.Predicate.Title, Made: q.s.Store.Now().Format(time.DateOnly), Reason: reason}
	if w.Approvers, err = q.approvers(); err != nil {
		return "", err
	}
	f, err := figure.Withdraw(old.Files, w)
	if err != nil {
		return "", plumbline.Invalid("", "problem.release", "Why", err.Error())
	}
	next, err := q.s.Store.ProposeRelease(q.Context(), q.actor, f, store.ReleaseInput{})
	return "/releases/" + next, err
}

func (q *request) approvers() (list []string, err error) {
	keys, err := q.s.Store.ReleaseKeys(q.Context(), q.actor)
	for _, k := range keys {
		if k.Kind == figure.ApproverKey {
			list = append(list, k.Public)
		}
	}
	return list, err
}

// parts reads a form of parts as it comes: fields, and files that are never
// unpacked. A form without files may come as any other.
func (q *request) parts() (fields url.Values, files map[string][]byte, err error) {
	kind, params, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		fields, err = q.form()
		return fields, nil, err
	}
	fields, files = url.Values{}, map[string][]byte{}
	parts := multipart.NewReader(q.Body, params["boundary"])
	for range 60 {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, files, nil
		}
		if err != nil {
			return nil, nil, tooLarge(err, MaxUpload)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, tooLarge(err, MaxUpload)
		}
		if _, params, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition")); params["filename"] != "" || part.FileName() != "" {
			files[part.FormName()] = body
		} else if !bytes.ContainsRune(body, 0) {
			fields.Set(part.FormName(), strings.ToValidUTF8(string(body), "\uFFFD"))
		}
	}
	return nil, nil, plumbline.Invalid("", "problem.not_text")
}
