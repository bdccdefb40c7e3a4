// Package series asks whether a series of counts or measurements changed when
// something happened: an interrupted time series (Lopez Bernal, Cummins &
// Gasparrini 2017), with its doubts.
//
// Start with [Fit]. The mean of time t is
//
//	g(μ_t) = log(offset_t) + b0 + b1·t + level·on_t + slope·on_t·(t − t0) + Σ_k (s_k sin + c_k cos)(2πkt/period) + covariates
//
// with g the logarithm for counts and the identity for measurements, on_t one
// from the event on, and t0 the last time before it.
//
// What the number takes for granted: without the event the old trend and
// seasons would have gone on; nothing else happened at the same time; people
// did not change their ways in expectation; counting was done the same way
// throughout. A comparison area without the event ([Spec].Control) answers for
// the second; nothing tests all of them. Keep away from series with a handful of
// points on one side of the event.
//
// A time without a count is missing and not zero: leave the field empty. A row
// that is not there at all is an error, because order and distance matter.
package series
