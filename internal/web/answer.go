package web

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"plumbline"
)

// problemPage is the page for an error that a person can understand.
type problemPage struct {
	*Page
	Status  int
	Message string
	Request string     // the number to quote when asking for help
	Typed   url.Values // what was sent and could not be kept, to be sent again
}

// nowhere answers for every address that is none.
func nowhere(*request) error { return plumbline.NotFound("page") }

// answer turns an error into a status, a page and a line in the log. What is
// not there and what may not be seen look alike. Everything that a person
// cannot act on is a page with the request's number and nothing more.
func (s *Server) answer(q *request, err error) {
	status, message := http.StatusInternalServerError, ""
	problems := plumbline.ProblemsOf(err)
	page := q.page("", "problem.title")
	switch {
	case errors.Is(err, context.Canceled):
		return // the browser has gone away
	case errors.Is(err, plumbline.ErrNotFound):
		status, message = http.StatusNotFound, page.T("problem.page_not_found")
	case errors.Is(err, plumbline.ErrForbidden):
		status, message = http.StatusForbidden, page.T("problem.forbidden")
		if problems != nil {
			message = page.Problem(problems[0])
		}
	case errors.Is(err, plumbline.ErrConflict) && problems != nil:
		status, message = http.StatusConflict, page.Problem(problems[0])
	case errors.Is(err, plumbline.ErrInvalid) && problems != nil:
		status, message = http.StatusUnprocessableEntity, page.Problem(problems[0])
	case errors.Is(err, plumbline.ErrUnavailable):
		status, message = http.StatusServiceUnavailable, page.T("problem.unavailable")
		if problems != nil {
			message = page.Problem(problems[0])
		}
		q.w.Header().Set("Retry-After", "10")
	}
	number := rand.Text()[:8]
	if status >= 500 {
		s.Log.LogAttrs(q.Context(), slog.LevelError, "request failed", slog.String("request", number), slog.String("route", q.Pattern), slog.Any("error", err))
	}
	if message != "" {
		if err := q.renderStatus(status, "problem.html", problemPage{page, status, message, number, q.unkept(status)}); err == nil {
			return
		}
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.Header().Set("X-Request-Id", number)
	q.w.WriteHeader(status)
	_, _ = q.w.Write(s.broken)
}

// unkept returns what a form sent to a site that cannot keep it now, so that
// its page can send it again. Secrets are not put on a page.
func (q *request) unkept(status int) url.Values {
	if status != http.StatusServiceUnavailable || q.Method != http.MethodPost {
		return nil
	}
	typed, err := q.form()
	if err != nil {
		return nil
	}
	typed = maps.Clone(typed)
	maps.DeleteFunc(typed, func(name string, _ []string) bool {
		return strings.Contains(name, "password") || strings.Contains(name, "code")
	})
	return typed
}
