package web

import (
	"strconv"
	"time"

	"plumbline"
	"plumbline/internal/store"
)

type noticesPage struct {
	*Page
	Rows  []noticeRow
	Until int64 // what is shown here, in microseconds, can be marked as read
}

// A noticeRow is a notice with the place where it leads.
type noticeRow struct {
	store.Notice
	Address string
}

// noticeList shows the actor's notices, newest first.
func (s *Server) noticeList(q *request) error {
	p := noticesPage{Page: q.page("notices", "notices.title")}
	var err error
	if p.Rows, err = q.notices(p.Page); err != nil {
		return err
	}
	p.Until = p.Now.UnixMicro()
	return q.render("notices.html", p)
}

func (q *request) notices(p *Page) (rows []noticeRow, err error) {
	list, err := q.s.Store.Notices(q.Context(), q.actor)
	for _, n := range list {
		row := noticeRow{Notice: n}
		if n.Kind == store.NoticeHeard {
			row.Title, row.Address = p.T("heard.title"), "/heard"
		}
		if id := string(n.Subject.ID); id != "" {
			if row.Address = "/operations/" + id; n.Subject.Kind == plumbline.KindStudy {
				row.Address = runAddress(n.Subject.ID, n.Entry)
			} else if n.Subject.Kind == plumbline.KindMatter {
				row.Address = "/matters/" + id
			}
			switch n.Kind {
			case store.NoticeReply:
				row.Address = "/claims/" + id + "/replies"
			case store.NoticeAsked:
				row.Address += "/entries/account/new"
			case store.NoticeFiled:
				row.Address += "#accounts"
			case store.NoticeCorrected:
				row.Address += "/history"
			}
		}
		rows = append(rows, row)
	}
	return rows, err
}

// readNotices marks as read what the actor was shown.
func (s *Server) readNotices(q *request) error {
	typed, err := q.form()
	if err != nil {
		return err
	}
	until, err := strconv.ParseInt(typed.Get("until"), 10, 64)
	if err != nil {
		return plumbline.Invalid("until", "problem.needed")
	}
	if err := s.Store.ReadNotices(q.Context(), q.actor, time.UnixMicro(until)); err != nil {
		return err
	}
	return q.done("/notices", "")
}
