// Package survival answers how long until something happens, when some people
// were watched for a shorter time than others: how long until someone was
// recognised, until a verdict, until release.
//
// Start with [Fit]: survival curves of groups, medians, whether groups differ,
// several ends that compete, and Cox regression.
//
// What the numbers take for granted: those who were lost from sight were like
// those who were not (censoring tells nothing of what comes next); everybody was
// watched from the beginning of their time. When only people who were
// recognised are in the data, the second fails, and no estimator in here mends
// it: the times of those never recognised are not there to be seen.
//
// Where another end can come first (a case dismissed before a verdict), one
// minus the Kaplan-Meier curve overstates: ask for competing ends.
package survival
