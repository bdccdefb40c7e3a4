package main

// The verbs of estimate: what -h says above their flags.

var estimateCaptureCommand = estimating("estimate capture", `plumbline estimate capture FILE.csv [--method M] [--sensitivity] [--plot FILE.svg] [--json]

  plumbline estimate capture lists.csv --sensitivity --plot lists.svg

FILE has a column of 0 and 1 for each list, and count: how many people were on
exactly those lists. Without count, each row is one person. - reads standard
input.

  A,B,C,count
  1,0,0,54
  1,1,0,15

Methods: stepwise (two-list terms by a tail test, with a bootstrap that repeats
the choice), main (independent lists), fixed (the --pairs given), pairs (all),
hierarchical (every model up to --order), decomposable (averages over graphs),
latent (kinds of people). Exit 1 when the lists do not determine a number.`)

var estimateSurveyCommand = estimating("estimate survey", `plumbline estimate survey FILE.csv --y VAR [--weights W] [--strata S] [--cluster C] [--by VAR] [--json]

  plumbline estimate survey venues.csv --y minor --interval logit --weights w --strata stratum --cluster venue

FILE has a row for each answer; - reads standard input. What is measured is one
of --y (a column, or a comparison such as 'age<18' or 'sex==f'), --ratio NUM/DEN
and --quantile VAR:0.5. --where 'age<18 && city==north' keeps a domain within
the whole design. A stratum with one cluster is handled by --lonely, and the
result says so. --by gives each group its own estimate, and --against the
difference of the others from one of them. --x fits a regression of --y, --with
tests its association with another column.`)

var estimateChangeCommand = estimating("estimate change", `plumbline estimate change FILE.csv --wave VAR --from A --to B --y VAR [design] [--json]
plumbline estimate change EARLIER.csv LATER.csv --y VAR [design] [--json]
plumbline estimate change --from-count 82/1005 --to-count 24/1091 [--deff 2.3] [--json]

  plumbline estimate change venues.csv --wave round --from 2012 --to 2015 --y minor --weights w --strata stratum --cluster venue

Both rounds stand in one FILE, or each in a file of its own with the same
columns. Places that have the same label in both rounds are the same places, in
two files as in one; with --independent each sample stands for itself, as those
of two areas do. From published counts no file is needed; the samples are then
taken as independent, each on n/deff. Rounds whose definition, places or age
method differ are not compared (exit 1), unless --allow-different.`)

var estimateSeriesCommand = estimating("estimate series", `plumbline estimate series FILE.csv --y VAR --time VAR --event T|VAR [--family F] [--slope] [--json]

  plumbline estimate series clinic.csv --y visits --time week --event raids --family quasipoisson --offset staff --plot clinic.svg

FILE has a row for every time, equally far apart; a time without a value has an
empty field, for missing is not zero. - reads standard input. An event is a
column of 0 and 1, or a value of --time from which the level is 1; several are
given as --event A --event B. The answer always says the smallest fall that the
series could have shown. --control area==north marks a second area in a long
file, one without the event, and asks for the difference between the two.`)

var estimateSurvivalCommand = estimating("estimate survival", `plumbline estimate survival FILE.csv --time VAR --event VAR [--by VAR] [--competing] [--cox a,b] [--json]

  plumbline estimate survival cases.csv --time days --event verdict --by court --plot verdict.svg

FILE has a row for each person; - reads standard input. --time is how long the
person was watched, --event 1 when it happened then (or --event-value) and 0
when the person was lost from sight. With --competing every value but 0 is an
end of its own: dismissal makes a verdict impossible, and one minus the curve
would overstate it. With --competing --cox, --event-value names the cause.`)

var estimateRespondentCommand = estimating("estimate respondent", `plumbline estimate respondent FILE.csv --id VAR --recruiter VAR --degree VAR --y VAR [--method M] [--json]

  plumbline estimate respondent people.csv --id id --recruiter recruiter --degree knows --y debt --plot debt.svg

FILE has a row for each respondent; - reads standard input. A seed has an empty
recruiter, seed, or its own id. --degree is how many of the population the
respondent knows. --y holds groups, whose shares are estimated, or numbers for
their mean (--stat mean). Methods: rds2 (Volz and Heckathorn), rds1 (Salganik
and Heckathorn; shares only), ss (Gile's successive sampling, which wants
--population N). Two intervals stand beside each other, since they can differ by
a factor of three.`)
