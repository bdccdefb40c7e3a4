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
// they show where the number goes, not how sure it is. Classes of model that
// take seconds are tried only when the spec asks for them.
func sensitivity(ctx context.Context, h *histories, s Spec, r *Result) ([]Alternative, error) {
	tell, slow := s.Progress, s.Sensitivity
	s.Bootstrap, s.Replicates, s.Sensitivity, s.Progress = 0, nil, false, nil
	// Chains for every alternative would take hours: the stepwise choice stands in
	// for them, and they run once, not for long, beside the other classes.
	lists := s
	if s.Method == Latent {
		lists.Method = Stepwise
		r.Warn("other_lists_stepwise", "With lists left out or merged, the number is that of the stepwise method.")
	}
	s.Mixture.Longest = 4 * firstRound

	tries := otherLists(h, lists)
	for _, m := range []Method{Main, Pairs, Stepwise, Hierarchical, Decomposable, Latent} {
		if m == s.Method || !slow && (m == Decomposable || m == Latent || m == Hierarchical && len(h.lists) > quickLists) {
			continue
		}
		u := s
		u.Method, u.Pairs = m, nil
		if u.Criterion == "" || u.Order < 2 {
			u.Criterion, u.Order = "bic", 2
		}
		tries = append(tries, try{"model " + string(m), h, u})
	}
	found := make([]*Alternative, len(tries))
	err := estimate.Each(ctx, len(tries), "other choices", tell, func(_, i int) error {
		t := tries[i]
		t.s.Order = min(t.s.Order, max(2, len(t.h.lists)-1))
		a := &Alternative{What: t.what, Estimate: estimate.Null, Lower: estimate.Null, Upper: estimate.Null}
		if len(t.h.rows) > 0 {
			other, err := fit(ctx, t.h, nil, t.s)
			var refused *estimate.InputError
			switch {
			case errors.As(err, &refused): // the method does not take so many lists
				return nil
			case err != nil:
				return err
			}
			a.Estimate, a.Lower, a.Upper = other.Estimate, other.Lower, other.Upper
		}
		found[i] = a
		return nil
	})
	out := []Alternative{}
	for _, a := range found {
		if a != nil {
			out = append(out, *a)
		}
	}
	return out, err
}

// quickLists have so few hierarchical models that all are fitted without being
// asked for.
const quickLists = 5

type try struct {
	what string
	h    *histories
	s    Spec
}

func otherLists(h *histories, s Spec) []try {
	if len(h.lists) == fewestLists {
		return nil
	}
	var out []try
	for i, l := range h.lists {
		out = append(out, try{"without " + l, h.without(i), s.renamed(l, "", l, "")})
	}
	for i, a := range h.lists {
		for j := i + 1; j < len(h.lists); j++ {
			b := h.lists[j]
			out = append(out, try{a + "+" + b + " merged", h.merged(i, j), s.renamed(a, a+"+"+b, b, a+"+"+b)})
		}
	}
	return out
}

// renamed changes the pairs of the fixed model along with two lists; a pair
// whose list is no more, or that became one list, goes.
func (s Spec) renamed(from, to, from2, to2 string) Spec {
	if s.Method != Fixed {
		return s
	}
	change := func(l string) string {
		switch l {
		case from:
			return to
		case from2:
			return to2
		}
		return l
	}
	old := s.Pairs
	s.Pairs = nil
	for _, p := range old {
		q := [2]string{change(p[0]), change(p[1])}
		if q[0] != "" && q[1] != "" && q[0] != q[1] {
			s.Pairs = append(s.Pairs, q)
		}
	}
	if s.Pairs == nil {
		s.Method = Main
	}
	return s
}
