package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline"
	"plumbline/figure"
	"plumbline/internal/store"
	"plumbline/ledger"
	"plumbline/protect"
)

type releasesPage struct {
	*Page
	Proposals, Published []*store.Release
	Keys, Witnesses      []store.ReleaseKey
	Own                  *store.ReleaseKey // the key of who looks
	Size                 int64             // of the public log
	Few                  bool              // too few have keys for anything to be proposed
	Problem, Typed       string            // of a key that was not taken
}

// releases lists what is proposed and what is published, and the keys.
func (s *Server) releases(q *request) error { return q.releases(http.StatusOK, "", "") }

func (q *request) releases(status int, problem, typed string) error {
	list, err := q.s.Store.Releases(q.Context(), q.actor)
	if err != nil {
		return err
	}
	keys, err := q.s.Store.ReleaseKeys(q.Context(), q.actor)
	if err != nil {
		return err
	}
	site, err := q.s.Store.Publisher(q.Context())
	if err != nil {
		return err
	}
	p := releasesPage{Page: q.page("releases", "releases.title"), Size: site.Size, Problem: problem, Typed: typed}
	for _, r := range list {
		if r.Published.IsZero() {
			p.Proposals = append(p.Proposals, r)
		} else {
			p.Published = append(p.Published, r)
		}
	}
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
	return q.renderStatus(status, "releases.html", p)
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
	list, err := q.s.Store.Releases(q.Context(), q.actor)
	for _, r := range list {
		if i >= 0 && r.Published.IsZero() && slices.Contains(r.Statement.Predicate.Approvers, keys[i].Public) && !slices.Contains(r.Signers, keys[i].Public) {
			n++
		}
	}
	return n, err
}

// keepKey keeps a public key: of who sends it, or of a witness; and takes
// cosignatures.
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
	default:
		err = s.Store.KeepReleaseKey(q.Context(), q.actor, typed.Get("key"))
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && errors.Is(err, plumbline.ErrInvalid) {
		return q.releases(http.StatusUnprocessableEntity, q.page("", "").Problem(problems[0]), typed.Get("key")+typed.Get("witness")+typed.Get("cosignature"))
	}
	if err != nil {
		return err
	}
	return q.done("/releases", said)
}

type releasePage struct {
	*Page
	R         *store.Release
	Figures   *figure.Figures
	Tables    []publishedTable
	Checks    []figure.Check // as a stranger would make them now
	Approvers []approverRow
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
	p := releasePage{Page: q.page("releases", ""), R: r, Figures: r.Statement.Predicate.Figures, Threshold: figure.Threshold, Problem: problem}
	p.Title = r.Statement.Predicate.Title
	if p.Tables, err = q.publishedTables(p.Page, r); err != nil {
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
		p.Approvers = append(p.Approvers, row)
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
		key, err := s.Store.InputKey(q.Context(), q.actor, id)
		if err != nil {
			return err
		}
		name, data = id+".input-key", []byte(hex.EncodeToString(key)+"\n")
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
	next, err := q.s.Store.ProposeRelease(q.Context(), q.actor, f, nil)
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

// makeLimit is how long a page works on a release: a larger table is for the
// command line.
const makeLimit = 10 * time.Second

type proposePage struct {
	*Page
	Typed    url.Values
	Errors   []string
	Earlier  []*store.Release // of the series, which readers have
	Corrects string
}

// proposeForm asks for a table and what it says. It can begin with what an
// earlier release of the series said.
func (s *Server) proposeForm(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return err
	}
	typed := url.Values{"min": {"10"}, "basis": {"event"}, "rule": {"1"}, "licence": {"CC-BY-4.0"}}
	after := q.URL.Query().Get("after") + q.URL.Query().Get("corrects")
	if after != "" {
		r, err := s.Store.Release(q.Context(), q.actor, after)
		if err != nil {
			return err
		}
		f := r.Statement.Predicate.Figures
		if f == nil || r.Published.IsZero() {
			return plumbline.NotFound("release")
		}
		d := f.Definition
		for name, value := range map[string]string{"title": r.Statement.Predicate.Title, "series": f.Series, "text": d.Text, "numerator": d.Numerator, "denominator": d.Denominator, "unit": d.Unit, "period": d.Period,
			"basis": d.Basis, "population": d.Population, "rule": d.Rule, "exclusions": strings.Join(d.Exclusions, "\n"), "min": strconv.Itoa(f.Method.K), "corrects": q.URL.Query().Get("corrects")} {
			typed.Set(name, value)
		}
	}
	return q.proposeAgain(http.StatusOK, typed, nil)
}

func (q *request) proposeAgain(status int, typed url.Values, problems []string) error {
	p := proposePage{Page: q.page("releases", "propose.title"), Typed: typed, Errors: problems, Corrects: typed.Get("corrects")}
	var err error
	if p.Earlier, err = q.earlier(typed.Get("series")); err != nil {
		return err
	}
	return q.renderStatus(status, "propose.html", p)
}

// Is returns what was typed into a field.
func (p proposePage) Is(name string) string { return p.Typed.Get(name) }

// earlier returns what is published of a series, oldest first: readers have it.
func (q *request) earlier(series string) (list []*store.Release, err error) {
	all, err := q.s.Store.Published(q.Context())
	for _, r := range slices.Backward(all) {
		if f := r.Statement.Predicate.Figures; f != nil && f.Series == series && series != "" {
			list = append(list, r)
		}
	}
	return list, err
}

// propose makes a release of a table, or takes one that was made elsewhere.
func (s *Server) propose(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ProposeRelease, plumbline.Public); err != nil {
		return err
	}
	typed, files, err := q.parts()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.Context(), makeLimit)
	defer cancel()
	var f figure.Files
	var key []byte
	if bytes.HasPrefix(files["file"], []byte("PK")) {
		f, err = figure.ParseZip(files["file"])
	} else {
		f, key, err = q.make(ctx, typed, files)
	}
	id := ""
	if err == nil {
		id, err = s.Store.ProposeRelease(ctx, q.actor, f, key)
	}
	switch problems := plumbline.ProblemsOf(err); {
	case err == nil:
		return q.done("/releases/"+id, "release_proposed")
	case errors.Is(err, context.DeadlineExceeded):
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, []string{q.lang.T("propose.too_long", "N", int(makeLimit.Seconds()))})
	case errors.Is(err, plumbline.ErrForbidden) || q.Context().Err() != nil:
		return err
	case len(problems) > 0:
		var texts []string
		for _, p := range problems {
			texts = append(texts, q.page("", "").Problem(p))
		}
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, texts)
	default: // of the engine: a sentence on what is wrong with the table or the text
		_, ofTable := errors.AsType[*protect.InputError](err)
		_, ofText := errors.AsType[definitionError](err)
		if !ofTable && !ofText && !errors.Is(err, figure.ErrUnsafe) && !errors.Is(err, figure.ErrMalformed) {
			return err
		}
		return q.proposeAgain(http.StatusUnprocessableEntity, typed, []string{err.Error()})
	}
}

// make makes a release of the table that was sent.
func (q *request) make(ctx context.Context, typed url.Values, files map[string][]byte) (figure.Files, []byte, error) {
	if len(files["file"]) == 0 {
		return nil, nil, plumbline.Invalid("file", "problem.no_file")
	}
	at := func(name string) string { return strings.TrimSpace(typed.Get(name)) }
	var by []string
	for _, column := range strings.FieldsFunc(at("by"), func(r rune) bool { return r == ',' || r == '،' || r == ';' }) {
		by = append(by, strings.TrimSpace(column))
	}
	if len(by) == 0 {
		return nil, nil, &protect.InputError{Option: "by", Wrong: q.lang.T("propose.no_columns"), Want: "year, outcome"}
	}
	least, err := strconv.Atoi(at("min"))
	if err != nil {
		return nil, nil, &protect.InputError{Option: "min", Wrong: at("min"), Want: "10"}
	}
	d := figure.Definition{Text: at("text"), Numerator: at("numerator"), Denominator: at("denominator"), Unit: at("unit"), Period: at("period"), Basis: at("basis"), Population: at("population"), Rule: at("rule")}
	for line := range strings.Lines(at("exclusions")) {
		if line = strings.TrimSpace(line); line != "" {
			d.Exclusions = append(d.Exclusions, line)
		}
	}
	series := at("series")
	if series == "" {
		series = at("id")
	}
	spec := figure.MakeSpec{
		Release: figure.Release{ID: at("id"), Title: at("title"), Made: q.s.Store.Now().Format(time.DateOnly),
			Figures: &figure.Figures{Series: series, Definition: d, Software: software()}},
		Suppress: protect.SuppressSpec{Tables: [][]string{by}, Count: at("count"), Min: least}, Places: 1,
		Licence: at("licence"), Sources: []string{"Records that the publisher holds and that are not public"}, Input: files["file"], Nonce: make([]byte, 32),
	}
	if source := at("source"); source != "" {
		spec.Sources = []string{source}
	}
	rand.Read(spec.Nonce)
	if spec.Release.Approvers, err = q.approvers(); err != nil {
		return nil, nil, err
	}
	if len(spec.Release.Approvers) < figure.Threshold {
		return nil, nil, plumbline.Invalid("", "problem.release_few", "N", len(spec.Release.Approvers))
	}
	if cell := at("value"); cell != "" {
		if spec.Release.Figures.Values, err = quotedCells(cell, at("of")); err != nil {
			return nil, nil, err
		}
	}
	columns := slices.Clone(by)
	if spec.Suppress.Count != "" {
		columns = append(columns, spec.Suppress.Count)
	}
	earlier, err := q.earlier(series)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range earlier {
		e := figure.EarlierRelease{Files: r.Files}
		if data := files["earlier-"+r.ID]; len(data) > 0 {
			if err := q.committed(r, data); err != nil {
				return nil, nil, err
			}
			if e.Data, err = protect.ReadTable(bytes.NewReader(data), r.ID, protect.ReadOptions{Columns: columns}); err != nil {
				return nil, nil, err
			}
		}
		if r.ID == at("corrects") {
			ref, err := r.Files.Reference()
			if err != nil {
				return nil, nil, err
			}
			spec.Release.Supersedes, spec.Release.Reason = &ref, at("reason")
		}
		spec.Earlier = append(spec.Earlier, e)
	}
	table, err := protect.ReadTable(bytes.NewReader(spec.Input), "table.csv", protect.ReadOptions{Columns: columns})
	if err != nil {
		return nil, nil, err
	}
	made, err := figure.Make(ctx, table, spec)
	if err != nil {
		if _, ok := errors.AsType[*protect.InputError](err); !ok && ctx.Err() == nil && !errors.Is(err, figure.ErrUnsafe) {
			err = definitionError{err}
		}
		return nil, nil, err
	}
	return made.Files, spec.Nonce, nil
}

// A definitionError is what package figure says of a definition or a value.
type definitionError struct{ error }

func (e definitionError) Unwrap() error { return e.error }

// committed refuses data that an earlier release was not made from, as far as
// the key to its commitment is here.
func (q *request) committed(r *store.Release, data []byte) error {
	key, err := q.s.Store.InputKey(q.Context(), q.actor, r.ID)
	if err != nil || len(key) == 0 {
		return err
	}
	if sum := ledger.Commit(key, data); hex.EncodeToString(sum[:]) != r.Statement.Predicate.Figures.Inputs.Commitment {
		return plumbline.Invalid("", "problem.release_data", "Got", r.ID)
	}
	return nil
}

// quotedCells reads the cell that is quoted, as "outcome=home, year=2025", and
// what it is a part of.
func quotedCells(cell, of string) ([]figure.Value, error) {
	read := func(text string) (map[string]string, error) {
		at := map[string]string{}
		if text = strings.TrimSpace(text); text == "" || text == "all" {
			return at, nil
		}
		for _, pair := range strings.Split(text, ",") {
			column, value, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, &protect.InputError{Option: "value", Wrong: text, Want: "outcome=home, year=2025"}
			}
			at[strings.TrimSpace(column)] = strings.TrimSpace(value)
		}
		return at, nil
	}
	var v figure.Value
	var err error
	if v.Cell, err = read(cell); err == nil && of != "" {
		v.Of, err = read(of)
	}
	return []figure.Value{v}, err
}

// software says what this program is.
func software() figure.Software {
	s := figure.Software{Module: "plumbline", Version: "(devel)"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		s.Version = info.Main.Version
	}
	return s
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
