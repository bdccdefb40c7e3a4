package web

// engineWords are the words of the engine that the catalogue has: names of
// facts, heads and headings of tables, stages of long work. What is not here is
// the name of a column, or says a number, and stays as the engine writes it.
var engineWords = []string{
	"estimate", "interval", "method", "observed", "median", "replicates", "profile interval", "terms", "no overlap", "models weighed",
	"of", "answers", "degrees of freedom", "respondents", "seeds", "longest chain", "mean degree",
	"population", "homophily", "standard errors", "season", "values", "times", "dispersion", "deviance", "smallest visible fall",
	"statistic", "variance", "rows", "people", "events", "term", "coefficient",
	"se", "choice", "lower", "upper", "round", "as", "value", "share", "boot se",
	"from", "to", "event", "sum of", "check", "time", "at risk", "share without", "group", "by 25 %",
	"by 75 %", "mean", "end", "hazard ratio", "deff", "probability", "area", "areas", "against", "difference", "ratio",

	"Coefficients of the model", "The best models", "What other defensible choices would have given",
	"Both rounds", "The change", "Differences between groups", "Homophily",
	"Who recruited whom", "What changed at the event", "While an event was on, and at the last time",
	"What changed in each area", "Checks of the fit of each area", "Checks of the fit", "Curve", "Share who had each end by the last time",

	"bootstrap", "leave one out", "models", "graphs", "other choices", "chains", "groups", "sweeps",
}

// symbols are words of the engine that are the same in every language.
var symbols = []string{"AIC", "BIC", "F", "p", "n", "theta", "Peto", "log-rank"}

// holdings are what a column can seem to hold that is not taken in.
var holdings = []string{"names", "telephone numbers", "e-mail addresses", "addresses", "dates of birth", "numbers of identity papers", "places on a map", "free text"}

// guessCodes are the codes of the reasons of guesses.
var guessCodes = []string{"lists", "records", "chains", "series", "survival", "rounds", "design", "zero-one", "count", "name", "unique", "recruiter", "degree", "times",
	"numbers", "answer", "few", "step", "end", "one-weight", "earlier", "later", "areas", "two-strata", "whole-values", "form"}
