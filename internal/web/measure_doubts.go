package web

import (
	"strings"
	"sync"

	"plumbline/internal/locale"
	"plumbline/internal/measure"
)

// A doubt is a warning of the engine as a page says it.
type doubt struct {
	Text    string
	English bool // the catalogue has no words for it
}

// Doubts says the warnings of a sheet in the page's language. One that the
// catalogue has not, of an earlier version or a later, stays in English.
func (p *Page) Doubts(s measure.Sheet) []doubt {
	out := make([]doubt, len(s.Warnings))
	for i, text := range s.Warnings {
		out[i] = doubt{text, true}
		if i >= len(s.Doubts) {
			continue // kept before warnings had parts
		}
		d := s.Doubts[i]
		key, ok := doubtForms()[curly(d.Form)]
		if !ok {
			continue
		}
		said := p.T(key, letters(d.Args)...)
		if d.About != "" {
			said = p.T("measure.doubt_about", "Part", d.About, "Doubt", said)
		}
		out[i] = doubt{said, false}
	}
	return out
}

// doubtForms are the keys of the warnings by their English texts with the
// blanks in them.
var doubtForms = sync.OnceValue(func() map[string]string {
	blanks := make([]string, 8)
	for i := range blanks {
		blanks[i] = "{{." + string(rune('A'+i)) + "}}"
	}
	out := map[string]string{}
	for _, name := range doubtKeys {
		key := "measure.doubt." + name
		out[locale.Languages[0].T(key, letters(blanks)...)] = key
	}
	return out
})

// letters names values A, B and so on, as pairs for a text of the catalogue.
func letters(values []string) (pairs []any) {
	for i, v := range values {
		pairs = append(pairs, string(rune('A'+i)), v)
	}
	return pairs
}

// curly writes apostrophes as the catalogue does.
func curly(text string) string { return strings.ReplaceAll(text, "'", "’") }

// doubtKeys are the warnings of the engine that the catalogue has, under
// measure.doubt.
var doubtKeys = []string{
	"anticipation", "areas_opposed", "assumptions", "autocorrelation", "avoidance", "blind", "bottleneck", "bottleneck_2", "bound", "cause_specific",
	"choice_ignored", "choice_moves_number", "choice_without_number", "clusters_taken_apart", "competing_censored", "degrees_of_freedom",
	"degrees_of_freedom_2", "design_effect_borrowed", "edge", "empty", "empty_cells", "empty_group", "events_overlap", "few_clusters", "few_events",
	"few_points", "few_shared", "few_shared_2", "few_waves", "grid", "group_never_at_risk", "group_without_recruits", "hardly_mixed",
	"hazards_not_proportional", "infinite_replicates", "intervals_differ", "intervals_differ_2", "large_share", "left_truncation", "levels_differ",
	"levels_differ_2", "limits_beyond", "lonely_cluster", "lonely_second_stage", "long_lag", "many_differences", "missing_cluster",
	"missing_covariates", "missing_domain", "missing_group", "missing_group_2", "missing_values", "missing_values_2", "missing_values_3",
	"missing_values_4", "missing_values_5", "missing_values_6", "multiplicity", "neweywest_short", "no_acceleration", "no_before", "no_cases",
	"no_cases_2", "no_change_visible", "no_comparison", "no_design_effect", "no_equilibrium", "no_estimate", "no_estimate_2", "no_events", "no_noise",
	"no_noise_2", "no_overdispersion", "no_overlap", "no_ratio", "no_ratio_2", "no_ratio_limits", "no_upper_limit", "no_variance", "not_converged",
	"not_converged_2", "not_converged_3", "not_converged_4", "not_identifiable", "not_mixed", "not_settled", "not_settled_2", "one_cluster",
	"one_cluster_2", "one_group", "one_seed", "one_sided", "one_value", "open_limits", "other_lists_stepwise", "outside", "overdispersed", "prior",
	"referral", "replicates_lost", "replicates_lost_2", "rounds_differ", "rounds_not_described", "seed_dominates", "self_reported", "short_series",
	"slope_of_windows", "spillover", "ss_is_rds2", "subdistribution", "thin_groups", "trends_differ", "trends_differ_2", "two_lists", "underdispersed",
	"uneven_weights", "weights_from_population", "weights_scale", "zero_denominator",
}
