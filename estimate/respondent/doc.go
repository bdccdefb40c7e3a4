// Package respondent estimates shares and means of a hidden population from a
// sample in which respondents recruit each other (respondent-driven sampling).
//
// Start with [Fit]. Three estimators: RDS-I (Salganik & Heckathorn 2004) from
// who recruits whom, RDS-II (Volz & Heckathorn 2008) from how many people each
// respondent knows, and Gile's successive sampling (2011), which also knows that
// nobody takes part twice and needs a guess of the size of the population. The
// mean of numbers is that of RDS-II and of successive sampling; its bootstrap
// recruits between classes of the numbers as groups recruit from each other.
//
// What the numbers take for granted: everybody hangs together in one network;
// people know each other both ways; they recruit at random among those they
// know; they say truly how many that are; and the chains are long enough to
// forget where they began. Self-reported numbers of acquaintances, seeds alike
// to each other, and groups that coupons do not pass between are how such
// samples fail, and the intervals do not include them.
//
// The methods of finding an interval differ by factors of two and three on the
// same data. Each group therefore has two, and a warning where they part.
package respondent
