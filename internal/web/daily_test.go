//go:build unix

package web

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

// Every role's home page says what needs it, and nothing that it may not do.
func TestHomes(t *testing.T) {
	s := newSite(t)
	for role, want := range map[plumbline.Role][]string{
		plumbline.Worker:        {"Canal Road, a girl of fourteen", "Say where they are"},
		plumbline.Coordinator:   {"Canal Road, a girl of fourteen", "Bring in a file"},
		plumbline.PoliceLiaison: {"Canal Road, a girl of fourteen"},
		plumbline.Monitor:       {"Unaccounted for the longest", "Newest operations"},
		plumbline.Oversight:     {"Unaccounted for the longest", "Newest operations"},
		plumbline.Analyst:       {"Newest operations"},
		plumbline.Reader:        {"Newest operations"},
		plumbline.Administrator: {"Last changes of users", "No invitation is open"},
	} {
		page := s.as(role).ok("/")
		page.says(want...)
		acts := strings.Contains(page.text(), "Say where they are") || strings.Contains(page.text(), "Record it")
		if may := role == plumbline.Worker || role == plumbline.Coordinator || role == plumbline.PoliceLiaison; acts && !may {
			t.Errorf("%s is offered what it may not do:\n%s", role, page.text())
		}
	}
	// Overdue first.
	var due []string
	for _, li := range s.as(plumbline.Coordinator).ok("/").page.all("li") {
		for _, span := range li.all("span") {
			if span.has("due") {
				due = append(due, strings.TrimSpace(span.text()))
			}
		}
	}
	late := func(text string) bool { return strings.Contains(text, "late") }
	if i := slices.IndexFunc(due, func(d string) bool { return !late(d) }); i >= 0 && slices.ContainsFunc(due[i:], late) || len(due) < 2 {
		t.Errorf("what is overdue does not come first: %q", due)
	}
}

// A line is kept in the record without opening a form, put off, and read by
// who may; nobody writes one where they may not.
func TestNoteInSeconds(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Worker)
	const op = "/operations/canal-road"
	var form url.Values
	for _, f := range v.ok(op).page.all("form") {
		if f.attr["action"] == op+"/notes" {
			form = f.values()
		}
	}
	form.Set("text", "Asked at the station again.")
	v.sent(op+"/notes", form).says("Your note is in the record.", "Asked at the station again.", "Worker, Lime House")
	if again := v.post(op+"/notes", form); again.Code != http.StatusSeeOther || len(s.operation("canal-road").Notes) != 1 {
		t.Errorf("sent twice: %d, %d notes", again.Code, len(s.operation("canal-road").Notes))
	}
	form.Set("text", " ")
	if a := v.post(op+"/notes", form); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty note: %d, want 422", a.Code)
	}
	if a := s.as(plumbline.PoliceLiaison).ok(op); strings.Contains(a.text(), "Asked at the station") {
		t.Error("who answers for the unit reads what others noted about it")
	}
	if a := s.as(plumbline.PoliceLiaison).ok(op + "/history"); strings.Contains(a.text(), "Asked at the station") {
		t.Error("who answers for the unit reads what others noted about it, in the history")
	}
	for _, role := range []plumbline.Role{plumbline.Monitor, plumbline.Analyst, plumbline.Oversight} {
		if a := s.as(role).post(op+"/notes", url.Values{"id": {"n"}, "text": {"x"}}); a.Code != http.StatusForbidden {
			t.Errorf("a note by %s: %d, want 403", role, a.Code)
		}
	}
}

// An open action is marked as done from the home page, as a correction with
// its reason, and then asks for nothing more.
func TestDoneFromHome(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	debrief := &plumbline.Debrief{Head: plumbline.Head{ID: "db-1"}, Actions: []plumbline.Action{{What: "Carry receipts", Due: plumbline.At(s.db.Now().Add(24 * time.Hour))}}}
	coordinator := userOf(plumbline.Coordinator)
	const op = "mill-lane"
	if err := s.db.Write(t.Context(), coordinator, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: op}, Changes: []store.Change{{Entry: debrief}}}); err != nil {
		t.Fatal(err)
	}
	v.ok("/").says("agreed in the debrief and not done: Carry receipts")
	form := url.Values{"id": {"x"}, "about": {"db-1"}, "what": {"Carry receipts"}, "done": {"1"}, "back": {"home"}}
	if page := v.sent("/operations/"+op+"/notes", form); strings.Contains(page.text(), "Carry receipts") {
		t.Error("what is done is asked for again")
	}
	if a := v.post("/operations/"+op+"/notes", form); a.Code != http.StatusConflict {
		t.Errorf("done twice: %d, want 409", a.Code)
	}
	got := s.operation(op).Find("db-1").(*plumbline.Debrief)
	if !got.Actions[0].Done.Known() {
		t.Errorf("the action is %+v", got.Actions[0])
	}
}

// Two openings of one form have a draft each; one is thrown away; one whose
// entry was changed meanwhile is shown beside what stands now.
func TestDrafts(t *testing.T) {
	s := newSite(t)
	v, other := s.as(plumbline.Worker), s.as(plumbline.Coordinator)
	const address = "/operations/canal-road/entries/movement/new"
	var forms []string
	for _, by := range []string{"the first", "the second"} {
		form := v.ok(address).form()
		form.Set("by", by)
		forms = append(forms, draftAddress(address, form.Get("id")))
		if a := v.post("/drafts", url.Values{"form": {forms[len(forms)-1]}, "title": {"Add"}, "body": {form.Encode()}}); a.Code != http.StatusNoContent {
			t.Fatalf("keep a draft: %d", a.Code)
		}
	}
	delete(v.cookies, sessionCookie) // the time-out
	v = s.as(plumbline.Worker)
	if n := strings.Count(v.ok(address).text(), "Go on with it"); n != 2 {
		t.Errorf("the form offers %d drafts, want 2", n)
	}
	for i, by := range []string{"the first", "the second"} {
		if got := v.ok(forms[i]).form().Get("by"); got != by {
			t.Errorf("draft %d holds %q, want %q", i, got, by)
		}
	}
	if strings.Contains(other.ok(address).text(), "Go on with it") || other.ok(forms[0]).form().Get("by") != "" {
		t.Error("somebody else is shown a draft")
	}
	v.sent("/drafts", url.Values{"form": {forms[0]}, "forget": {"1"}}).says("The draft is gone.")
	if n := strings.Count(v.ok(address).text(), "Go on with it"); n != 1 {
		t.Errorf("after one was thrown away the form offers %d, want 1", n)
	}

	const entry = "/operations/canal-road/entries/operation/canal-road"
	form := v.ok(entry).form()
	form.Set("result", "What I was typing")
	v.post("/drafts", url.Values{"form": {draftAddress(entry, "canal-road")}, "title": {"Correct"}, "body": {form.Encode()}})
	op := s.operation("canal-road").Operation
	op.Result = "What a colleague wrote"
	worker := userOf(plumbline.Worker)
	if err := s.db.Write(t.Context(), worker, store.Batch{Subject: store.Subject{Kind: plumbline.KindOperation, ID: "canal-road"}, Reason: "Known now", Changes: []store.Change{{Entry: &op, Version: s.operation("canal-road").Version("canal-road")}}}); err != nil {
		t.Fatal(err)
	}
	a := v.get(draftAddress(entry, "canal-road"))
	if a.Code != http.StatusConflict {
		t.Fatalf("a draft that was outrun: %d, want 409", a.Code)
	}
	a.says("What a colleague wrote", "What I was typing")
}

// A list is kept under a name, counted, and forgotten; an address of elsewhere
// is not.
func TestSavedLists(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Monitor)
	v.sent("/filters", url.Values{"name": {"Not accompanied"}, "address": {"/operations?accompanied=no&country=&after=zz"}}).says("The list is saved.", "Not accompanied")
	v.ok("/").says("Not accompanied")
	for _, a := range v.ok("/").page.all("a") {
		if strings.Contains(a.text(), "Not accompanied") && a.attr["href"] != "/operations?accompanied=no" {
			t.Errorf("the list leads to %q", a.attr["href"])
		}
	}
	if strings.Contains(s.as(plumbline.Worker).ok("/").text(), "Not accompanied") {
		t.Error("somebody else is shown the list")
	}
	for _, address := range []string{"https://elsewhere.example/operations", "//elsewhere.example/operations", `/\elsewhere.example`, "/people", "/operations/../people", "javascript:alert(1)", "/operations?year=x", ""} {
		if a := v.post("/filters", url.Values{"name": {"x"}, "address": {address}}); a.Code != http.StatusNotFound {
			t.Errorf("%q: %d, want 404", address, a.Code)
		}
	}
	if a := v.post("/filters", url.Values{"name": {" "}, "address": {"/operations"}}); a.Code != http.StatusUnprocessableEntity {
		t.Errorf("a list without a name: %d, want 422", a.Code)
	}
	v.sent("/filters", url.Values{"name": {"Not accompanied"}, "address": {"/operations?accompanied=no"}, "forget": {"1"}, "back": {"home"}})
	if strings.Contains(v.ok("/operations").text(), "Not accompanied") {
		t.Error("the list is still there")
	}
}

// What is printed says what it was taken from, has numbers beside each
// picture, and holds nothing that its reader may not see.
func TestPrintedPages(t *testing.T) {
	s := newSite(t)
	page := s.as(plumbline.Coordinator).ok("/operations/canal-road/print")
	page.says("Fictional coalition", "Canal Road, a girl of fourteen", "UTC", "Printed by Coordinator, Harbour Legal Aid", "Ledger:", "root", "Version")
	if n := len(page.page.all("nav")); n != 0 {
		t.Errorf("%d navigations are printed", n)
	}
	figures, tables := len(page.page.all("figure")), 0
	for _, table := range page.page.all("table") {
		if table.has("figures") {
			tables++
		}
	}
	if figures != 2 || tables != figures {
		t.Errorf("%d pictures and %d tables of their numbers", figures, tables)
	}
	s.as(plumbline.Reader).ok("/operations/chiang-mai-2003/print").says("Public record")
	s.as(plumbline.Coordinator).ok("/units/unit-protection/print").says("Harbour District protection unit", "Printed by")

	// A liaison who has not filed reads no other account in print either.
	for _, o := range []plumbline.ID{"pier-street-raid", "canal-road", "mill-lane-vice"} {
		told, err := s.db.Operation(t.Context(), userOf(plumbline.PoliceLiaison), o)
		if err != nil || told.Withheld == 0 {
			continue
		}
		print := s.as(plumbline.PoliceLiaison).ok("/operations/" + string(o) + "/print").text()
		for _, acc := range s.operation(o).TellersHeard() {
			for _, p := range acc.Points {
				if acc.Organisation != userOf(plumbline.PoliceLiaison).Organisation && strings.Contains(print, strings.Join(strings.Fields(string(p.Text)), " ")) {
					t.Errorf("%s: a withheld account is printed", o)
				}
			}
		}
	}
}

// Who reads a record stands in its list of readers, for those who took part.
func TestReaders(t *testing.T) {
	s := newSite(t)
	s.as(plumbline.Analyst).ok("/operations/canal-road")
	s.as(plumbline.Monitor).ok("/operations/canal-road/print")
	s.as(plumbline.Worker).ok("/operations/canal-road/readers").says("Analyst, Quayside University", "Monitor, Riverside Workers’ Association", "Quayside University, study group")
	if a := s.as(plumbline.PoliceLiaison).get("/operations/canal-road/readers"); a.Code != http.StatusForbidden {
		t.Errorf("who answers for the unit: %d, want 403", a.Code)
	}
}

// sendFile sends a file of operations as a browser does.
func (v *visitor) sendFile(name, kind string, body []byte) *answer {
	v.s.t.Helper()
	return v.sendFileTo(importAddress, name, kind, body)
}

func (v *visitor) sendFileTo(address, name, kind string, body []byte) *answer {
	v.s.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h := map[string][]string{"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {kind}}
	part, err := w.CreatePart(h)
	if err == nil {
		_, err = part.Write(body)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		v.s.t.Fatal(err)
	}
	return v.do("POST", address, w.FormDataContentType(), &b)
}

// A file that is not what its name says, or that is made to do harm, gets one
// clear answer in good time, and nothing is written.
func TestImportRefuses(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	unchanged := s.unchanged("bad files")
	var zipped, gzipped bytes.Buffer
	z := zip.NewWriter(&zipped)
	f, err := z.Create("operations.json")
	g := gzip.NewWriter(&gzipped)
	zeros := make([]byte, 8<<20) // unpacked it would be a thousand times its size
	_, err1 := f.Write(zeros)
	_, err2 := g.Write(zeros)
	if err := errors.Join(err, err1, err2, z.Close(), g.Close()); err != nil {
		t.Fatal(err)
	}
	utf := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(`{"format":"plumbline.operations/1"}`)) {
		utf = append(utf, byte(u), byte(u>>8))
	}
	open := `{"format":"plumbline.operations/1","operations":[`
	op := `{"operation":{"id":"x","title":"X","origin":"site"`
	for _, file := range []struct {
		name, kind string
		body       []byte
		says       string
	}{
		{"a.json", "application/json", []byte("\x89PNG\r\n\x1a\n0000"), "not a JSON file"},
		{"a.json", "application/json", []byte("<!doctype html><script>alert(1)</script>"), "not a JSON file"},
		{"a.json", "application/json", []byte("%PDF-1.7"), "not a JSON file"},
		{"a.json", "application/json", utf, "not a JSON file"},
		{"a.json", "application/json", zipped.Bytes(), "packed file"},
		{"a.json", "application/json", gzipped.Bytes(), "packed file"},
		{"a.zip", "application/zip", zipped.Bytes(), "packed file"},
		{"a.json", "application/json", []byte(`{"format":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"), "cannot be read"},
		{"a.json", "application/json", []byte(`{"format":"plumbline.operations/1","operations":[` + strings.Repeat("[],", maxValues) + "[]]}"), "more than"},
		{"a.json", "application/json", []byte(open + op + `,"debrief_due_days":1e999999}}]}`), "whole number"},
		{"a.json", "application/json", []byte(open + op + `,"place":"` + strings.Repeat("a", 10<<20) + `"}}]}`), "at most 300"},
		{"a.json", "application/json", []byte(open + op + `,"title":"Y"}}]}`), "stands here twice"},
		{"a.json", "application/json", []byte(open + op), "cut short"},
		{"a.json", "application/json", nil, "empty"},
		{"a.json", "application/json", bytes.Repeat([]byte(" "), exchange.MaxFile+1), "larger than"},
	} {
		a := v.sendFile(file.name, file.kind, file.body)
		if a.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s, %q: %d, want 422\n%.300s", file.name, file.says, a.Code, a.text())
			continue
		}
		a.says(file.says, "Nothing was written.")
		if n := len(a.page.all("code")); n > shownProblems {
			t.Errorf("%q: %d problems are listed", file.says, n)
		}
	}
	v.header.Set("Content-Encoding", "gzip")
	if a := v.sendFile("a.json", "application/json", gzipped.Bytes()); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "packed file") {
		t.Errorf("a body that is packed itself: %d", a.Code)
	}
	v.header.Del("Content-Encoding")
	if a := v.post(importAddress, url.Values{"file": {"{}"}}); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "Choose a file first") {
		t.Errorf("no file at all: %d", a.Code)
	}
	unchanged()
}

const maxValues = 2_000_000

// A file is looked at first, and comes in whole when its sender says so; what
// is there already is named.
func TestImport(t *testing.T) {
	s := newSite(t)
	v := s.as(plumbline.Coordinator)
	file := func(id, title string) []byte {
		var b bytes.Buffer
		r := &plumbline.Record{Operation: plumbline.Operation{Head: plumbline.Head{ID: plumbline.ID(id)}, Title: title, Origin: "fictional"}}
		known := &s.operation("dock-gate-visit").Operation
		if err := exchange.Write(&b, &exchange.File{Operations: []*plumbline.Record{r, {Operation: *known}}}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	unchanged := s.unchanged("looking at a file")
	a := v.sendFile("ours.json", "application/octet-stream", file("brought-in", "Brought in"))
	if a.Code != http.StatusUnprocessableEntity { // the other is there, and differs
		t.Fatalf("a file with one that differs: %d\n%s", a.Code, a.text())
	}
	a.says("already on record", "operations[1]")
	unchanged()

	var b bytes.Buffer
	r := &plumbline.Record{Operation: plumbline.Operation{Head: plumbline.Head{ID: "brought-in"}, Title: "Brought in", Origin: "fictional"}}
	if err := exchange.Write(&b, &exchange.File{Operations: []*plumbline.Record{r}}); err != nil {
		t.Fatal(err)
	}
	a = v.sendFile("ours.json", "image/png", b.Bytes())
	if a.Code != http.StatusOK {
		t.Fatalf("look at a file: %d\n%s", a.Code, a.text())
	}
	a.says("ours.json can be brought in. Nothing has been written yet.", "Brought in", "1 new")
	unchanged()
	var digest string
	for _, in := range a.page.all("input") {
		if in.attr["name"] == "digest" {
			digest = in.attr["value"]
		}
	}
	if a := s.as(plumbline.Oversight).post(importAddress+"/bring-in", url.Values{"digest": {digest}}); a.Code != http.StatusForbidden {
		t.Errorf("brought in by oversight: %d, want 403", a.Code)
	}
	if a := v.post(importAddress+"/bring-in", url.Values{"digest": {"another"}}); a.Code != http.StatusConflict {
		t.Errorf("another file than was looked at: %d, want 409", a.Code)
	}
	v.sent(importAddress+"/bring-in", url.Values{"digest": {digest}}).says("Everything in the file has been brought in.")
	if s.operation("brought-in").Operation.Title != "Brought in" {
		t.Error("it is not there")
	}
	if a := v.post(importAddress+"/bring-in", url.Values{"digest": {digest}}); a.Code != http.StatusConflict {
		t.Errorf("brought in twice: %d, want 409", a.Code)
	}
	v.sendFile("ours.json", "application/json", b.Bytes()).says("is here already, and alike")
}

// Somebody is told what others did, and marks it as read.
func TestNoticesPage(t *testing.T) {
	s := newSite(t)
	subject := store.Subject{Kind: plumbline.KindOperation, ID: "canal-road"}
	monitor := userOf(plumbline.Monitor)
	if err := s.db.Write(t.Context(), userOf(plumbline.Coordinator), store.Batch{Subject: subject, Changes: []store.Change{{Entry: &plumbline.Account{
		Head: plumbline.Head{ID: "asked-1"}, Organisation: monitor.Organisation, Teller: "Riverside", Asked: plumbline.At(s.db.Now())}}}}); err != nil {
		t.Fatal(err)
	}
	v := s.as(plumbline.Monitor)
	v.ok("/").says("Notices (1)", "your organisation was asked for its account")
	page := v.ok("/notices")
	page.says("Canal Road, a girl of fourteen", "your organisation was asked for its account")
	for _, f := range page.page.all("form") {
		if f.attr["action"] == "/notices/read" {
			page = v.sent("/notices/read", f.values())
		}
	}
	if strings.Contains(page.text(), "Notices (1)") {
		t.Error("the notice is still unread")
	}
}
