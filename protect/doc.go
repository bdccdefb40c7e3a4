// Package protect decides what may be published about people, and says what a
// reader could still work out.
//
// There are three ways out of the building, and one gate before each:
//
//   - [Suppress] makes a frequency table whose small counts are blanked, and whose
//     other blanks are chosen so that nobody can compute the small counts back; the
//     proof is a pair of tables for each small count that fit everything published.
//     [Perturb] makes the same table with cell-key noise instead of blanks.
//   - [Aggregate] and [Synthesise] make rounded counts and made-up rows, in the file
//     formats of Synthetic Data Showcase. No combination that fewer than k records
//     share appears in them. For one release of one data set.
//   - [Marginals] and [SynthesiseMarginals] make counts and rows under differential
//     privacy, which can be repeated until a [Budget] is spent.
//   - [Risk] is the gate: it attacks a release with the data it was made from, and
//     [Difference] with what was released before.
//
// Keep away from publishing what a [Report] or a [Protected] table holds beside the
// public part: reports count real people exactly.
//
// What is promised: the same input and seed give the same output, except where a
// secret source of chance is the protection; bad input is an [InputError] that says
// where it is and what is wanted; a release that could not be made safe is an error
// and never a weaker release.
package protect

// Version is the version of the methods: it changes whenever one could give
// another output for the same input.
const Version = "1"
