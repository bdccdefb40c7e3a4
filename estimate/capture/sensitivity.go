package capture

import (
	"context"
	"errors"

	"plumbline/estimate"
)

// sensitivity estimates again under other defensible choices: each list left
// out, each pair of lists merged into one, and each class of model. Leaving a
// list out also loses the people who are only on it; merging loses nobody.
//
// The limits are those of the model chosen in each case, without a bootstrap:
// they show where the number goes, not how sure it is.
func sensitivity(ctx context.Context, h *histories, s Spec, r *Result) ([]Alternative, error) {
	s.Bootstrap, s.Replicates, s.Sensitivity = 0, nil, false
	if s.Method == Latent {
		// Long chains for every alternative would take hours.
		s.Method = Stepwise
	}
	type try struct {
		what string
		h    *histories
		s    Spec
	}
	var tries []try
	add := func(what string, h *histories, s Spec) { tries = append(tries, try{what, h, s}) }
	if len(h.lists) > fewestLists && s.Method != Fixed {
		for i, l := range h.lists {
			add("without "+l, h.without(i), s)
		}
		for i := range h.lists {
			for j := i + 1; j < len(h.lists); j++ {
				add(h.lists[i]+"+"+h.lists[j]+" merged", h.merged(i, j), s)
			}
		}
	}
	if s.Method == Fixed {
		for i, l := range h.lists {
			if len(h.lists) > fewestLists {
				u := s
				u.Pairs = nil
				for _, p := range s.Pairs {
					if p[0] != l && p[1] != l {
						u.Pairs = append(u.Pairs, p)
					}
				}
				if u.Pairs == nil {
					u.Method = Main
				}
				add("without "+l, h.without(i), u)
			}
		}
	}
	for _, m := range []Method{Main, Pairs, Stepwise, Hierarchical, Decomposable} {
		if string(m) == r.Method {
			continue
		}
		u := s
		u.Method, u.Pairs = m, nil
		if m == Hierarchical && (u.Criterion == "" || u.Order == 0) {
			u.Criterion, u.Order = "bic", 2
		}
		add("model "+string(m), h, u)
	}
	var out []Alternative
	for i, t := range tries {
		if s.Progress != nil {
			s.Progress("other choices", i, len(tries))
		}
		t.s.Progress = nil
		if t.s.Method == Hierarchical {
			t.s.Order = min(t.s.Order, max(2, len(t.h.lists)-1))
		}
		a := Alternative{What: t.what, Estimate: estimate.Null, Lower: estimate.Null, Upper: estimate.Null}
		if len(t.h.rows) > 0 {
			alt, err := fit(ctx, t.h, nil, t.s)
			var unfit *estimate.InputError
			switch {
			case errors.As(err, &unfit): // the method does not take this many lists
				continue
			case err != nil:
				return nil, err
			}
			a.Estimate, a.Lower, a.Upper = alt.Estimate, alt.Lower, alt.Upper
		}
		out = append(out, a)
	}
	return out, ctx.Err()
}
