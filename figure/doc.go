// Package figure holds claims: what somebody said, where, with which figure,
// on which source, and how it stands to what others said. It computes from
// that how far a claim can be relied on; nobody types a status.
//
// [ReadClaims] reads a register. [Register.Status] says what the published
// rules say of a claim, and why. [Register.Thread] gathers everything that a
// claim is tied to. [Compare] says whether figures may stand in one line, and
// refuses when they may not; [Register.Sum] adds what may be added. [Claim.Grade]
// says how much is shown of how a figure was made, [Register.CitationFaults] what
// is wrong with how claims name their sources, and [Register.Topic] gathers what
// is claimed of one thing.
//
// To hold a claim says nothing about its truth.
//
// It also publishes figures. [Make] protects a table and states what it is,
// [Approve] signs, [Publish] puts it into a [Log], and [Verify] makes every check
// that a reader can make with the files alone. doc/releases.md has the format.
package figure
