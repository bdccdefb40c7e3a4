package plumbline

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of problem a caller can act on. Every other error is internal.
var (
	ErrInvalid     = errors.New("invalid")
	ErrNotFound    = errors.New("not found")
	ErrForbidden   = errors.New("forbidden")
	ErrConflict    = errors.New("conflict")
	ErrUnavailable = errors.New("unavailable")
)

// A Problem is an error that a person can act on. Key names a message in the
// catalogue; Args fill its blanks. The text of Error is for logs and for the
// command line, in English.
type Problem struct {
	Kind  error  // one of the Err values above
	Key   string // message key, such as "problem.count_above_head"
	Field string // where: "movements[2].from"; empty for the whole
	Args  map[string]any
}

// Invalid returns a problem of kind ErrInvalid with pairs of argument name
// and value.
func Invalid(field, key string, args ...any) *Problem {
	return problem(ErrInvalid, field, key, args)
}

// NotFound returns a problem of kind ErrNotFound for the thing named.
func NotFound(what string) *Problem {
	return problem(ErrNotFound, "", "problem.not_found", []any{"What", what})
}

// Conflict returns a problem of kind ErrConflict.
func Conflict(field, key string, args ...any) *Problem {
	return problem(ErrConflict, field, key, args)
}

func problem(kind error, field, key string, args []any) *Problem {
	p := &Problem{Kind: kind, Key: key, Field: field}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[args[i].(string)] = args[i+1]
	}
	return p
}

// Error gives the field, the message in English and nothing else.
func (p *Problem) Error() string {
	text := problemText(p.Key, p.Args)
	if p.Field == "" {
		return text
	}
	return p.Field + ": " + text
}

// Unwrap returns the kind, so that errors.Is(err, ErrInvalid) holds.
func (p *Problem) Unwrap() error { return p.Kind }

// In returns the problem with its field inside another: "movements[2]".
func (p *Problem) In(outer string) *Problem {
	q := *p
	switch {
	case q.Field == "":
		q.Field = outer
	case outer != "":
		q.Field = outer + "." + q.Field
	}
	return &q
}

// Problems is several problems found at once.
type Problems []*Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As see each problem.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// orNil returns ps as an error, or nil when there are none.
func (ps Problems) orNil() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// ProblemsOf returns the problems inside err, or nil when it holds none.
func ProblemsOf(err error) Problems {
	var many Problems
	if errors.As(err, &many) {
		return many
	}
	var one *Problem
	if errors.As(err, &one) {
		return Problems{one}
	}
	return nil
}

// problemText fills the English message of a key. The catalogue of
// internal/locale holds the same keys in every language, and a test there
// compares the English.
func problemText(key string, args map[string]any) string {
	text, ok := ProblemTexts[key]
	if !ok {
		return key
	}
	var blanks []string
	for name, v := range args {
		blanks = append(blanks, "{{."+name+"}}", fmt.Sprint(v))
	}
	return strings.NewReplacer(blanks...).Replace(text) // in one pass: what fills a blank may look like one
}

// ProblemTexts holds the English messages that this package can produce.
var ProblemTexts = map[string]string{
	"problem.not_found":            "There is no {{.What}} with that name, or you may not see it.",
	"problem.needed":               "This is needed.",
	"problem.figure_denominator":   "A figure in {{.Got}} needs a denominator where it is a part of something, and has none where it is not.",
	"problem.figure_fact":          "“{{.Got}}” is not a fact that this figure can count.",
	"problem.figure_file":          "This is not the file of a figure: {{.What}}",
	"problem.not_one_of":           "“{{.Got}}” is not one of the answers: {{.Want}}.",
	"problem.too_long":             "This is {{.Got}} characters long; at most {{.Want}} fit here.",
	"problem.not_text":             "This is not readable text (UTF-8), or holds characters that do not print.",
	"problem.formula":              "This begins with “{{.Got}}”, which a spreadsheet would run as a formula. Begin with a letter or a digit.",
	"problem.bad_count":            "“{{.Got}}” is not a count. Write a whole number such as 12, “12+” for at least, “~12” for about, or leave it empty when it is not known.",
	"problem.bad_when":             "“{{.Got}}” is not a date. Write 2003, 2003-05, 2003-05-23, or 2003-05-23T21:30+07:00; add ~ for about; leave it empty when it is not known.",
	"problem.bad_year":             "“{{.Got}}” is not a year or a range of years. Write 2003, or 2003-2010.",
	"problem.bad_id":               "“{{.Got}}” is not an id: lower-case letters, digits and hyphens, at most 64.",
	"problem.same_id":              "The id “{{.Got}}” is used twice.",
	"problem.no_such":              "There is no {{.What}} “{{.Got}}” in this record.",
	"problem.count_above_head":     "{{.Got}} people are entered, but only {{.Head}} were met. Which is right? Correct the head count or a group.",
	"problem.parts_above_whole":    "The parts of this group come to {{.Got}} people; the group has {{.Want}}.",
	"problem.split_cycle":          "This group is, through its parts, a part of itself.",
	"problem.before_operation":     "This is dated {{.Got}}, before the operation began ({{.Want}}).",
	"problem.end_before_start":     "This ends ({{.Got}}) before it begins ({{.Want}}).",
	"problem.no_decider":           "Say who decided this class. A class without a decider is not kept.",
	"problem.child_by_age":         "The age given is under 18, so the class is child, whatever else is true.",
	"problem.adult_by_age":         "The age given is 18 or more, so the class is not child.",
	"problem.handed_to_self":       "The one who hands over and the one who takes over are the same.",
	"problem.handover_cycle":       "Two hand-overs at the same moment go in a circle. Give the times apart, or correct one.",
	"problem.individual_count":     "One person is one person: the count must be exactly 1.",
	"problem.no_people":            "A group of nobody is not entered. Leave the count empty when it is not known.",
	"problem.forbidden":            "Your role may not do this.",
	"problem.account_first":        "File your unit’s own account first. Other accounts open after that.",
	"problem.version":              "Somebody changed this while you were writing. Both versions are shown below.",
	"problem.reason_needed":        "Say why you correct this. The old text stays readable.",
	"problem.unchanged":            "Nothing was changed.",
	"problem.format":               "This file says it is “{{.Got}}”; this version of Plumbline reads “{{.Want}}”.",
	"problem.truncated":            "The file ends in the middle. It was cut short; get it again.",
	"problem.not_json":             "The file cannot be read at line {{.Line}}, column {{.Column}}: {{.What}}.",
	"problem.unknown_field":        "There is no field “{{.Got}}” here.",
	"problem.unknown_field_near":   "There is no field “{{.Got}}” here. Is it “{{.Want}}”?",
	"problem.same_field":           "This field stands here twice. Which one is right?",
	"problem.want_text":            "A text in quotation marks is wanted here.",
	"problem.want_number":          "A whole number of zero or more is wanted here.",
	"problem.want_bool":            "Either true or false is wanted here.",
	"problem.want_list":            "A list in square brackets is wanted here.",
	"problem.want_object":          "Fields in curly brackets are wanted here.",
	"problem.no_format":            "The file does not say what it is. It needs a field “format” that says “{{.Want}}”.",
	"problem.empty_file":           "The file is empty.",
	"problem.not_utf8":             "The file is not readable text (UTF-8) at line {{.Line}}, column {{.Column}}.",
	"problem.after_end":            "The file goes on after its end, at line {{.Line}}, column {{.Column}}.",
	"problem.not_one_operation":    "The file holds {{.Got}} operations; exactly one is read here.",
	"problem.too_large":            "The file or text is larger than {{.Want}}.",
	"problem.disk_full":            "The disk of this site is full, so nothing was kept. Reading goes on. Tell whoever runs the site.",
	"problem.already_there":        "“{{.Got}}” is already on record.",
	"problem.other_upload":         "The file you looked at is not here any more. Send it again.",
	"problem.no_file":              "Choose a file first.",
	"problem.packed":               "This is a packed file (zip, gzip or the like). Unpack it and send the JSON file that is in it.",
	"problem.not_json_file":        "This is not a JSON file, whatever its name says: it begins like {{.Got}}. Send a file that was taken out of Plumbline, or made for it.",
	"problem.too_many":             "There are more than {{.Want}} of these.",
	"problem.unknown_unit":         "There is no unit “{{.Got}}”.",
	"problem.unknown_organisation": "There is no organisation “{{.Got}}”.",
	"problem.unknown_study":        "There is no study “{{.Got}}”.",
	"problem.unknown_area":         "There is no area “{{.Got}}”.",
	"problem.area_itself":          "An area is neither in itself nor compared with itself. Name another.",
	"problem.bad_month":            "“{{.Got}}” is no month. Write it as 2027-03.",
	"problem.no_contacts":          "Nobody has told a month’s contacts of this service here.",
	"problem.row_quotes":           "The quotation marks in this row do not open and close.",
	"problem.row_length":           "This row has {{.Got}} fields; the first row has {{.Want}}.",
	"problem.row_twice":            "This month, service and setting stands in the file twice.",
	"problem.part_over_whole":      "This is {{.Got}}, and it is a part of {{.Want}}.",
	"problem.counted_twice":        "Your organisation has counted this service, in this setting, for {{.Got}} already. Correct that count, or add the two.",
	"problem.unknown_programme":    "There is no programme “{{.Got}}”.",
	"problem.unknown_dialogue":     "There is no dialogue “{{.Got}}”.",
	"problem.stance_twice":         "Your organisation has said already what it holds of this. Correct that.",
	"problem.bad_amount":           "“{{.Got}}” is no sum of money. Write whole units: 250000, 250000+ for at least, ~250000 for about.",
	"problem.bad_currency":         "“{{.Got}}” is no currency. Write its three letters, such as USD.",
	"problem.same_version":         "This target has a definition “{{.Got}}” already. Give this one another name.",
	"problem.bad_digest":           "This is no SHA-256 digest: 64 digits and letters a to f.",
	"problem.other_origin":         "“{{.Got}}” comes from elsewhere than this record: what is made up is not mixed with what is real.",
	"problem.other_digest":         "This is not the digest of the words above.",
	"problem.unknown_operation":    "There is no operation “{{.Got}}”.",
	"problem.password_short":       "The password has fewer than {{.Want}} characters.",
	"problem.password_plain":       "This password is too easily guessed: it repeats itself, or holds your sign-in name.",
	"problem.password_differs":     "The two are not the same.",
	"problem.code_wrong":           "This is not the code of this moment. Wait for the next one, and look whether the clock of your phone is right.",
	"problem.own_access":           "You cannot do this to yourself. Ask another administrator.",
	"problem.not_csv":              "This is not a table of text (CSV): it begins like {{.Got}}. In a spreadsheet, choose “Save as” and CSV UTF-8.",
	"problem.bad_table":            "The table cannot be read: {{.What}}",
	"problem.identifying":          "The column “{{.Got}}” looks as if it names or finds people. It is not kept here: leave it out.",
	"problem.no_column":            "Nothing would be left of the file. Keep at least one column.",
	"problem.no_rows":              "The table has a header and no rows.",
	"problem.run_ended":            "This run has ended already.",
	"problem.bad_event":            "“{{.Got}}” is not a month after the first. Write one such as 2027-03, after {{.From}} and no later than {{.Until}}.",
	"problem.no_months":            "The record that you may see has no operation that is dated to the month, so there is no series to make.",
	"problem.before_raised":        "This happened ({{.Got}}) before the matter was raised ({{.Want}}).",
	"problem.unknown_matter":       "There is no matter “{{.Got}}”.",
	"problem.refused_see_matters":  "Matters are read by who works on the response, who raised them, and who owes the answer.",
	"problem.refused_raise_matter": "Your role reads matters and does not raise or answer them.",

	"problem.claim_formula":    "This begins with “{{.Got}}”, which a spreadsheet would run. Begin with a letter or a digit.",
	"problem.claim_id":         "“{{.Got}}” is not an id of a claim: up to 64 letters, digits, dots, hyphens and underscores.",
	"problem.claim_figure":     "“{{.Got}}” is not a figure. Write it as the hint shows.",
	"problem.claim_unit":       "Say what is counted: a figure is of something.",
	"problem.claim_definition": "Give the definition, or say what is missing.",
	"problem.claim_link":       "“{{.Got}}” is not a link to another claim.",
	"problem.claim_no_claim":   "There is no claim “{{.Got}}”.",
	"problem.claim_itself":     "A claim is not linked to itself.",
	"problem.claim_twice":      "“{{.Got}}” stands here twice.",
	"problem.claim_adults":     "Begin as the hint shows, and say where it is said.",
	"problem.claim_citation":   "“{{.Got}}” is no citation. Write it as the hint shows.",
	"problem.claim_method":     "“{{.Got}}” does not say how a figure was made. Write it as the hint shows.",
	"problem.claim_when":       "“{{.Got}}” is no date. Write it as the hint shows.",
	"problem.claim_word":       "“{{.Got}}” is none of the words that the hint names.",
	"problem.claim_words":      "“{{.Got}}” is no word with what it stands for. Write it as the hint shows.",
	"problem.claim_circle":     "These claims would repeat or derive from each other in a circle: {{.Got}}.",
	"problem.reply_again":      "This link has been used {{.Want}} times. Ask who sent it for another.",

	// Why a deed is refused: "problem.refused_" and the deed, and what the table of who may do what cannot say.
	"problem.refused_see_operation":        "Your role sees no records of operations. Another user of your organisation may.",
	"problem.refused_see_accounts":         "A liaison reads other accounts after filing the unit’s own.",
	"problem.refused_record":               "The facts of an operation are changed by an organisation that took part in it or recorded it first, and by the unit’s liaison. Others may file an account of their own, which stands beside.",
	"problem.refused_file_account":         "Your role tells no accounts. A field worker, coordinator, monitor or oversight body of an organisation does, and the unit’s liaison.",
	"problem.refused_account_of_another":   "An account is its teller’s: nobody else changes it or tells in its name. You can file an account for your own organisation, when you belong to one.",
	"problem.refused_keep_units":           "A unit’s record is kept by coordinators and by the unit’s liaison.",
	"problem.refused_keep_house":           "Users and organisations are kept by administrators.",
	"problem.refused_see_people":           "Who has which role is seen by coordinators, oversight and administrators.",
	"problem.refused_see_ledger":           "Your role does not see the ledger.",
	"problem.refused_import_records":       "Files are brought in by coordinators.",
	"problem.refused_export_records":       "Records are taken out by coordinators and oversight; analysts and readers take out the public record.",
	"problem.refused_see_readers":          "Who has read a record is seen by who took part or recorded it first, and by oversight.",
	"problem.refused_see_studies":          "Studies are read by coordinators, monitors, oversight and analysts, and by workers of the organisation that keeps them.",
	"problem.refused_see_rows":             "The rows of a study are for the organisation that keeps it, for oversight and for analysts.",
	"problem.refused_keep_studies":         "A study is kept by coordinators, monitors and analysts of one organisation. You are none of them, or belong to no organisation.",
	"problem.refused_note_of_another":      "A note is its organisation’s: nobody else changes it or writes in its name.",
	"problem.refused_origin":               "Where a record comes from cannot be changed, and the public record is only brought in from its file.",
	"problem.refused_own_role":             "Nobody changes their own role, organisation or units. Ask another administrator.",
	"problem.force_role":                   "Who belongs to a police, immigration or military body is its liaison or a reader: other roles see what is held about it.",
	"problem.foreign_unit":                 "A liaison answers for units of the own organisation. “{{.Got}}” belongs to another.",
	"problem.refused_see_areas":            "Areas are seen by who works on the response, watches or studies it.",
	"problem.refused_tell_area":            "What is counted in an area is told by workers, coordinators and monitors, each for their own organisation.",
	"problem.refused_keep_areas":           "Areas are named by coordinators.",
	"problem.refused_entry_of_another":     "This is what another organisation tells: nobody else changes it or tells in its name. You can tell what your own organisation knows.",
	"problem.refused_see_programme":        "Programmes are seen by who works on the response, and by readers of the organisation that pays.",
	"problem.refused_keep_programmes":      "A programme’s record is kept by coordinators.",
	"problem.refused_object":               "Your role tells no objections. A field worker, coordinator, monitor or oversight body does, for its own organisation.",
	"problem.refused_objection_of_another": "An objection is its teller’s: nobody else changes it or tells in its name. You can tell one for your own organisation.",
	"problem.refused_see_dialogues":        "Dialogues are seen by who works on the response, and by others when their own organisation was asked.",
	"problem.refused_speak":                "Your role does not speak in dialogues. A field worker, coordinator, monitor or oversight body does, for its own organisation.",
	"problem.refused_convene":              "The list and the record of a dialogue are kept by a coordinator, monitor or oversight body of the organisation that convened it.",
	"problem.refused_see_stories":          "Your role does not see what was published of people.",
	"problem.refused_keep_stories":         "What was published of a person, and what the press asked, is kept by field workers and coordinators of the organisation itself.",
	"problem.refused_approve_release":      "The publication of figures is approved by coordinators, analysts and oversight.",
	"problem.refused_hear_people":          "What people say to an organisation is read by its own field workers and coordinators.",
	"problem.refused_propose_release":      "Figures are proposed for publication by coordinators and analysts.",
	"problem.refused_publish_release":      "Approved figures are published by coordinators.",
	"problem.budget_known":                 "There is a budget of that name already.",
	"problem.budget_spent":                 "Somebody else has just spent of this budget. Nothing was looked at; send it again.",
	"problem.no_budget":                    "Choose a budget: noise of this kind spends of one.",
	"problem.not_number":                   "“{{.Got}}” is not a number.",
	"problem.path_names":                   "Noise in each count belongs to its records: say which column names them.",
	"problem.path_record":                  "Only noise in each count asks for the column that names records. Leave it empty.",
	"problem.path_records":                 "This way needs a row for each record. Leave the column of counts empty, or hide small counts instead.",
	"problem.release_empty":                "There is nothing to publish: the record counts no case here.",
	"problem.release_made_up":              "Made-up records are not published from a real site.",
	"problem.release_mean":                 "This figure is an average, which no table of counts can protect. Publish the counts behind it.",
	"problem.release_no_result":            "This question has no number that could be published.",
	"problem.release":                      "This cannot be released: {{.Why}}",
	"problem.release_approvers":            "The release has to name the approvers of this site as they are now; ask those who approve for their keys, or make it again.",
	"problem.release_data":                 "This is not the table that {{.Got}} was made from.",
	"problem.release_few":                  "Two people have to add their keys before anything can be proposed: {{.N}} have.",
	"problem.release_id":                   "There is a release with this id already. Give another.",
	"problem.release_key":                  "You have no key here. Add your public key first.",
	"problem.release_key_known":            "This key is in use here already.",
	"problem.release_log":                  "The log’s key does not open with this site’s secret. Without it nothing can be added to the log.",
	"problem.release_published":            "This release is published. What was wrong is corrected or withdrawn by a new one.",
	"problem.release_signed":               "Propose it before anybody has signed: approvals are made on this site’s copy.",
	"problem.release_unpublished":          "Only what is published can be withdrawn or corrected.",
	"problem.refused_keep_claims":          "Claims are brought in and corrected by coordinators.",
	"problem.refused_invite_reply":         "A claimant is invited to answer by coordinators, monitors and oversight.",
}
