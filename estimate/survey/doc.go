// Package survey estimates means, totals, proportions, ratios and quantiles
// from a sample drawn by design: strata, clusters of two stages, finite
// populations, unequal weights, and domains inside them. It also says whether
// something changed between two rounds.
//
// Start with [Fit] for one round, [Change] for two rounds in one file,
// [ChangeOfCounts] for two published counts, and [Regress] for a model.
//
// What the numbers take for granted, in words: every person of the population
// had a known chance above zero of being asked, that chance is what the weights
// say, and clusters of one stratum were drawn independently of each other. A
// sample of whoever was easiest to find has no such chances, and nothing in
// here repairs it.
//
// Variances are Taylor linearised (Woodruff 1971; Binder 1983): an estimate is
// written as a weighted sum of z_i, and the variance of that sum is taken
// between the totals of the first-stage clusters within strata,
//
//	V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_j (z_hj − z̄_h)²,
//
// and, when a second stage and its finite populations are given, the same
// inside every cluster times f_h (Särndal, Swensson & Wretman 1992, ch. 4). A
// domain keeps every cluster of the design: clusters without anyone of the
// domain count as zeros (Cochran 1977, 5A.14).
package survey
