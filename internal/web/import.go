package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"

	"plumbline"
	"plumbline/internal/exchange"
	"plumbline/internal/store"
)

const (
	importAddress = "/operations/import"

	// MaxUpload bounds what the import page takes, in bytes: a file, and what
	// a form puts around it.
	MaxUpload = exchange.MaxFile + 64<<10
)

type importPage struct {
	*Page
	File     string // its name, as its sender has it
	Problems []importProblem
	New      []store.Preview
	Known    []store.Preview
	Wrong    int // subjects with problems
	Digest   string
	Entries  int
}

// An importProblem is one fault with the place where it stands.
type importProblem struct{ Where, Text string }

// importForm asks for a file.
func (s *Server) importForm(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ImportRecords, plumbline.Public); err != nil {
		return err
	}
	return q.render("import.html", importPage{Page: q.page("operations", "import.title")})
}

// importCheck says what a file would bring, and writes nothing of it.
func (s *Server) importCheck(q *request) error {
	if err := plumbline.Allow(q.actor, plumbline.ImportRecords, plumbline.Public); err != nil {
		return err
	}
	p := importPage{Page: q.page("operations", "import.title")}
	name, body, err := q.upload()
	if p.File = name; err == nil {
		var b store.Bundle
		if b, err = readBundle(body); err == nil {
			err = q.preview(&p, b, body)
		}
	}
	if problems := plumbline.ProblemsOf(err); len(problems) > 0 && !errors.Is(err, plumbline.ErrForbidden) {
		p.add(problems)
		return q.renderStatus(http.StatusUnprocessableEntity, "import.html", p)
	}
	if err != nil {
		return err
	}
	if p.Wrong > 0 {
		return q.renderStatus(http.StatusUnprocessableEntity, "import.html", p)
	}
	return q.render("import.html", p)
}

// preview fills in what the store would do with a file, and keeps the file
// until its sender has said yes.
func (q *request) preview(p *importPage, b store.Bundle, body []byte) error {
	list, err := q.s.Store.Preview(q.Context(), q.actor, b)
	if err != nil {
		return err
	}
	for _, v := range list {
		switch {
		case v.Problems != nil:
			p.Wrong++
			p.add(v.Problems)
		case v.Entries == 0:
			p.Known = append(p.Known, v)
		default:
			p.New = append(p.New, v)
			p.Entries += v.Entries
		}
	}
	if p.Wrong > 0 || len(p.New) == 0 {
		body = nil // nothing of it can be brought in
	}
	digest, err := q.s.Store.KeepUpload(q.Context(), q.actor, p.File, body)
	if body != nil {
		p.Digest = digest
	}
	return err
}

// shownProblems is how many problems of a file are listed.
const shownProblems = 50

func (p *importPage) add(problems plumbline.Problems) {
	for _, pr := range problems[:min(len(problems), shownProblems-len(p.Problems))] {
		p.Problems = append(p.Problems, importProblem{pr.Field, p.Problem(pr)})
	}
}

func readBundle(body []byte) (b store.Bundle, err error) {
	if err := sniff(body); err != nil {
		return b, err
	}
	f, err := exchange.Read(bytes.NewReader(body), exchange.MaxFile)
	if err != nil {
		return b, err
	}
	return store.Bundle{Organisations: f.Organisations, Units: f.Units, Programmes: f.Programmes, Operations: f.Operations}, nil
}

// importBring brings in the file that was looked at last.
func (s *Server) importBring(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	_, body, err := s.Store.Upload(q.Context(), q.actor, typed.Get("digest"))
	if err != nil {
		return err
	}
	b, err := readBundle(body)
	if err != nil {
		return err
	}
	if _, err := s.Store.Import(q.Context(), q.actor, b, false, nil); err != nil {
		return err
	}
	if _, err := s.Store.KeepUpload(q.Context(), q.actor, "", nil); err != nil {
		return err
	}
	return q.done("/operations", "brought_in")
}

// upload is uploadOf for a file of the usual size.
func (q *request) upload() (name string, body []byte, err error) {
	return q.uploadOf(exchange.MaxFile)
}

// uploadOf reads the file of a form of parts as it comes, of at most so many
// bytes and one more. What the browser says
// of its type is not asked, and nothing is ever unpacked.
func (q *request) uploadOf(most int64) (name string, body []byte, err error) {
	if q.Header.Get("Content-Encoding") != "" {
		return "", nil, plumbline.Invalid("", "problem.packed")
	}
	kind, params, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return "", nil, plumbline.Invalid("", "problem.no_file")
	}
	parts := multipart.NewReader(q.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return "", nil, plumbline.Invalid("", "problem.no_file")
		}
		if err != nil {
			return "", nil, tooLarge(err, most)
		}
		if part.FormName() != "file" {
			continue
		}
		body, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return "", nil, tooLarge(err, most)
		}
		if len(body) == 0 && part.FileName() == "" {
			return "", nil, plumbline.Invalid("", "problem.no_file")
		}
		return part.FileName(), body, nil
	}
}

// tooLarge turns the end of the reader's patience into a problem, and a form
// that breaks off into another.
func tooLarge(err error, most int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return plumbline.Invalid("", "problem.too_large", "Want", strconv.FormatInt(most>>20, 10)+" MB")
	}
	return plumbline.Invalid("", "problem.truncated")
}

// sniff refuses by its first bytes what is no JSON text, whatever it is
// called: a packed file, a picture, a page, a text in another encoding.
func sniff(body []byte) error {
	if err := packed(body); err != nil {
		return err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	if len(text) > 0 && text[0] != '{' || bytes.HasPrefix(text, []byte("{\x00")) {
		return plumbline.Invalid("", "problem.not_json_file", "Got", http.DetectContentType(body))
	}
	return nil
}

// packed refuses by its first bytes a file that holds others.
func packed(body []byte) error {
	for _, packed := range []string{"PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "BZh", "\xfd7zXZ", "7z\xbc\xaf", "\x28\xb5\x2f\xfd", "Rar!"} {
		if bytes.HasPrefix(body, []byte(packed)) {
			return plumbline.Invalid("", "problem.packed")
		}
	}
	return nil
}
