package web

import (
	"math"
	"slices"
	"strings"
	"time"

	"plumbline"
)

// Words that stand in a flow for what is in no closed list.
const (
	classNever   plumbline.Class = "never"  // counted, and in no entry
	classAdults  plumbline.Class = "adults" // small groups drawn together
	classSeveral plumbline.Class = "several"
	stateSeveral plumbline.State = "several"
)

// maxFlowRows is how many streams a flow shows side by side; more are drawn
// together, and the table keeps them apart.
const maxFlowRows = 12

// A flowRow is everybody of one class who went the same way. Its count comes
// from the record as the balance's do, so that the two cannot differ.
type flowRow struct {
	class     plumbline.Class
	path      []flowState // one a column
	presences []plumbline.ID
	count     plumbline.Count
}

type flowState struct {
	state   plumbline.State
	undated bool
}

// unaccounted are the columns in which nobody answers for the row.
func (row *flowRow) unaccounted() (mask int) {
	for i, s := range row.path {
		if s.state == "unknown" {
			mask |= 1 << i
		}
	}
	return mask
}

// flowColumns returns the moments of the flow that have come: 24 h, 72 h and
// 90 days, and before that day comes, now. An operation that nobody dated is
// taken to be long past.
func flowColumns(r *plumbline.Record, now time.Time) (columns []plumbline.Checkpoint) {
	age := r.Now(now)
	_, dated := r.Operation.Began.Earliest()
	for _, at := range plumbline.Checkpoints {
		switch at.Name {
		case "24h", "72h", "90d":
			if !dated || at.After <= age.After {
				columns = append(columns, at)
			}
		}
	}
	if len(columns) < 3 {
		columns = append(columns, age)
	}
	return columns
}

// flowRows returns everyone met by class and by where they were, in the order
// of the closed lists; those whom nobody entered come last.
func flowRows(r *plumbline.People, columns []plumbline.Checkpoint) (rows []flowRow) {
	where := make([]map[plumbline.ID]flowState, len(columns))
	for i, at := range columns {
		where[i] = map[plumbline.ID]flowState{}
		for _, s := range r.Balance(at).States {
			for _, id := range s.Presences {
				where[i][id] = flowState{s.State, s.Undated}
			}
		}
	}
	add := func(class plumbline.Class, presences []plumbline.ID, at func(int) flowState) {
		row := flowRow{class: class, presences: presences}
		for i := range columns {
			row.path = append(row.path, at(i))
		}
		rows = append(rows, row)
	}
	entered := plumbline.Exactly(0)
	for _, p := range r.Presences {
		if p.PartOf == "" {
			entered = entered.Add(p.Count)
		}
		if isNone(r.Left(p)) {
			continue // all have gone into parts
		}
		add(r.Class(p), []plumbline.ID{p.ID}, func(i int) flowState {
			if s, ok := where[i][p.ID]; ok {
				return s
			}
			return flowState{state: "unknown"}
		})
	}
	if !isNone(r.Operation.HeadCount.Sub(entered)) {
		add(classNever, nil, func(int) flowState { return flowState{state: "unknown"} })
	}
	return joinFlow(r, rows)
}

// flowPeople returns how many people are in rows, each of them once.
func flowPeople(r *plumbline.People, rows ...flowRow) plumbline.Count {
	in := map[plumbline.ID]bool{}
	never := plumbline.Exactly(0)
	for _, row := range rows {
		for _, id := range row.presences {
			in[id] = true
		}
		if row.class == classNever {
			never = r.Operation.HeadCount
			for _, p := range r.Presences {
				if p.PartOf == "" {
					never = never.Sub(p.Count)
				}
			}
		}
	}
	return r.Among(func(p *plumbline.Presence) bool { return in[p.ID] }).Add(never)
}

func isNone(c plumbline.Count) bool {
	n, exact := c.Exact()
	return exact && n == 0
}

func compareFlow(a, b flowRow) int {
	order := func(c plumbline.Class) int {
		switch c {
		case classAdults:
			return 10*slices.Index(c.Values(), "adult_coerced") + 1 // never between the rows of another class
		case classSeveral:
			return 1000
		case classNever:
			return 1001
		}
		return 10 * slices.Index(c.Values(), string(c))
	}
	if d := order(a.class) - order(b.class); d != 0 {
		return d
	}
	place := func(s flowState) int {
		n := 2 * slices.Index(s.state.Values(), string(s.state))
		if s.state == stateSeveral {
			n = 999
		}
		if s.state == "unknown" {
			n = 1000
		}
		if s.undated {
			n++
		}
		return n
	}
	for i := range a.path {
		if d := place(a.path[i]) - place(b.path[i]); d != 0 {
			return d
		}
	}
	return 0
}

// mergeFlow draws the smallest groups together until at most so many rows are
// left: first those of one class that went different ways, then whole classes.
// People for whom nobody answers are never put with people for whom somebody
// does, and those whom nobody entered stay by themselves.
func mergeFlow(r *plumbline.People, rows []flowRow, most int) []flowRow {
	rows = slices.Clone(rows)
	for len(rows) > most {
		if i, j, ok := nearestRows(rows); ok {
			rows[i] = mergeRows(r, rows[i], rows[j])
			rows = slices.Delete(rows, j, j+1)
		} else if a, b, ok := nearestClasses(rows); ok {
			for i := range rows {
				if rows[i].class == a || rows[i].class == b {
					rows[i].class = mergedClass(a, b)
				}
			}
		} else {
			return rows
		}
		rows = joinFlow(r, rows)
	}
	return rows
}

// joinFlow puts rows that have come to be alike into one, and counts those
// that nobody has counted.
func joinFlow(r *plumbline.People, rows []flowRow) (joined []flowRow) {
	for _, row := range rows {
		same := func(other flowRow) bool { return other.class == row.class && slices.Equal(other.path, row.path) }
		if i := slices.IndexFunc(joined, same); i >= 0 {
			joined[i].presences = slices.Concat(joined[i].presences, row.presences)
			joined[i].count = plumbline.Count{}
		} else {
			joined = append(joined, row)
		}
	}
	for i, row := range joined {
		if !row.count.Known() {
			joined[i].count = flowPeople(r, row)
		}
	}
	slices.SortStableFunc(joined, compareFlow)
	return joined
}

// nearestRows returns two rows of one class that differ least and are small.
func nearestRows(rows []flowRow) (i, j int, ok bool) {
	least := math.Inf(1)
	for a := range rows {
		for b := a + 1; b < len(rows); b++ {
			if rows[a].class != rows[b].class || rows[a].unaccounted() != rows[b].unaccounted() {
				continue
			}
			cost := float64(flowSize(rows[a].count) + flowSize(rows[b].count))
			for k := range rows[a].path {
				if rows[a].path[k] != rows[b].path[k] {
					cost += 1e3
				}
			}
			if cost < least {
				i, j, ok, least = a, b, true, cost
			}
		}
	}
	return i, j, ok
}

// nearestClasses returns the two smallest classes, of one colour if there are
// such.
func nearestClasses(rows []flowRow) (a, b plumbline.Class, ok bool) {
	sizes := map[plumbline.Class]int{}
	var classes []plumbline.Class
	for _, row := range rows {
		if row.class == classNever {
			continue
		}
		if !slices.Contains(classes, row.class) {
			classes = append(classes, row.class)
		}
		sizes[row.class] += flowSize(row.count)
	}
	least := math.Inf(1)
	for i, x := range classes {
		for _, y := range classes[i+1:] {
			cost := float64(sizes[x] + sizes[y])
			if classColour(x) != classColour(y) {
				cost += 1e12
			}
			if cost < least {
				a, b, ok, least = x, y, true, cost
			}
		}
	}
	return a, b, ok
}

func mergedClass(a, b plumbline.Class) plumbline.Class {
	if classColour(a) == "3" && classColour(b) == "3" {
		return classAdults
	}
	return classSeveral
}

func mergeRows(r *plumbline.People, a, b flowRow) flowRow {
	m := flowRow{class: a.class, path: slices.Clone(a.path), presences: slices.Concat(a.presences, b.presences)}
	for i := range m.path {
		if a.path[i] == b.path[i] {
			continue
		}
		if a.path[i].state != b.path[i].state {
			m.path[i].state = stateSeveral
		}
		m.path[i].undated = false
	}
	m.count = flowPeople(r, m)
	return m
}

// flowSize is the number that a stream's width can show: the count, the guess,
// or the least that it can be.
func flowSize(c plumbline.Count) int {
	if n, ok := c.Guess(); ok {
		return n
	}
	return c.Min()
}

// classColour is the number of a class's colour in the style sheet.
func classColour(c plumbline.Class) string {
	switch c {
	case "child":
		return "1"
	case "dependant_child":
		return "2"
	case "adult_coerced", "adult_not_coerced", "adult_not_determined", classAdults:
		return "3"
	case "accused":
		return "4"
	}
	return "5"
}

// A flowNode is the rows that stand together in one column.
type flowNode struct {
	column      int
	first, last int // rows
	count       plumbline.Count
	label, sub  []string
	unknown     bool
}

// The measures of a flow. Labels stand above their band, from the bar of
// their column to the next, so that no stream can run through a word: within
// a column a node's first band runs level and the others swing away below it.
const (
	flowBar     = 14
	flowGap     = 14 // between rows
	flowTall    = 190
	flowPerson  = 14 // the widest that one person is drawn
	flowUnknown = 16 // the width of a group that nobody has counted
)

// flowPicture shows everyone met: their class, and where they were as time
// went by. Widths are in proportion to counts that are known; a group whose
// count is not exact has a dashed edge, and one for which nobody answers is
// hatched.
func flowPicture(sp speaker, r *plumbline.Record, now time.Time) picture {
	columns := flowColumns(r, now)
	met := r.People()
	all := flowRows(met, columns)
	rows := mergeFlow(met, all, maxFlowRows)

	last := 142.0
	at := []float64{8, 104}
	width, class := 720.0, ""
	if len(columns) > 2 {
		width, class = 800, "wide"
	}
	if len(columns) == 1 {
		at[1] = 180
	}
	pitch := (width - at[1] - last) / float64(len(columns))
	for i := range columns {
		at = append(at, at[1]+pitch*float64(i+1))
	}
	room := func(column int) float64 {
		if column == len(at)-1 {
			return width - at[column] - 4
		}
		return at[column+1] - at[column] - 10
	}

	nodes := flowNodes(sp, met, rows, len(columns), room)
	thick := flowThickness(rows)
	lines := make([]int, len(rows)) // of label above each row
	for _, n := range nodes {
		lines[n.first] = max(lines[n.first], len(n.label)+len(n.sub))
	}
	band := make([]float64, len(rows))
	c := newCanvas(sp, "flow", width)
	y := c.heads(at, room, flowHeads(sp, columns))
	for i := range rows {
		y += float64(lines[i]*lineStep) + 8
		band[i] = y
		y += thick[i] + flowGap
	}

	c.height = y - flowGap + 10
	depth := func(n flowNode) float64 {
		sum := 0.0
		for i := n.first; i <= n.last; i++ {
			sum += thick[i]
		}
		return sum
	}
	parents := map[int]flowNode{} // of the column before, by each of their rows
	for _, n := range nodes {
		colour := classColour(rows[n.first].class)
		if n.column > 0 {
			parent := parents[n.first]
			from := band[parent.first]
			for i := parent.first; i < n.first; i++ {
				from += thick[i]
			}
			c.stream(flowClass("s"+colour, n), at[n.column-1]+flowBar, from, at[n.column], band[n.first], depth(n))
		}
		for i := n.first; i <= n.last; i++ {
			parents[i] = n
		}
	}
	for _, n := range nodes {
		class := flowClass("f"+classColour(rows[n.first].class), n)
		switch {
		case n.column == 0 && flowSize(n.count) == 0:
			class = "open"
		case n.column == 0:
			class = flowClass("f5", n)
		case n.unknown:
			class = strings.TrimPrefix(class, "hatched ")
		}
		c.rect(class, at[n.column], band[n.first], flowBar, depth(n))
	}
	for _, n := range nodes {
		top := band[n.first] - 7 - float64(lineStep*(len(n.label)+len(n.sub)-1))
		top = c.texts("", at[n.column], top, n.label)
		c.texts("t2", at[n.column], top, n.sub)
	}
	if len(rows) == 0 {
		c.text("", atStart, at[0], y+lineStep, sp.T("picture.flow.nobody"))
		c.height = y + 2*lineStep
	}
	p := picture{Label: flowLabel(sp, r, rows), Note: flowNote(sp, r, rows), Table: flowTable(sp, r, all, columns)}
	p.SVG = c.finish(class, p.Label)
	return p
}

func flowClass(colour string, n flowNode) string {
	_, exact := n.count.Exact()
	switch {
	case n.unknown && exact:
		return "hatched rim"
	case n.unknown:
		return "hatched open"
	case !exact:
		return colour + " edge"
	}
	return colour
}

func flowHeads(sp speaker, columns []plumbline.Checkpoint) []string {
	heads := []string{sp.T("picture.flow.met"), sp.T("picture.flow.class")}
	for _, at := range columns {
		heads = append(heads, flowMoment(sp, at))
	}
	return heads
}

// flowMoment names a moment of the flow.
func flowMoment(sp speaker, at plumbline.Checkpoint) string {
	if at.Name != "now" {
		return sp.T("picture.flow.after." + at.Name)
	}
	if hours := int(at.After.Hours()); hours < 48 {
		return sp.T("picture.flow.now_hours", "N", hours)
	}
	return sp.T("picture.flow.now_days", "N", int(at.After.Hours()/24))
}

// flowThickness returns how thick each row is drawn.
func flowThickness(rows []flowRow) []float64 {
	people := 0
	for _, row := range rows {
		people += flowSize(row.count)
	}
	each := math.Min(flowPerson, flowTall/math.Max(1, float64(people)))
	thick := make([]float64, len(rows))
	for i, row := range rows {
		thick[i] = math.Max(2, each*float64(flowSize(row.count)))
		if _, exact := row.count.Exact(); !exact {
			thick[i] = math.Max(flowUnknown, thick[i])
		}
	}
	return thick
}

// flowNodes groups neighbouring rows that are together from the first column
// to this one, column by column.
func flowNodes(sp speaker, r *plumbline.People, rows []flowRow, columns int, room func(int) float64) (nodes []flowNode) {
	if len(rows) == 0 {
		return nil
	}
	met := flowNode{last: len(rows) - 1, count: r.Met()}
	met.label = wrap(sp.Count(met.count), textSize, room(0), 3)
	nodes = append(nodes, met)
	together := func(a, b flowRow, column int) bool {
		return a.class == b.class && (column < 2 || slices.Equal(a.path[:column-1], b.path[:column-1]))
	}
	for column := 1; column < columns+2; column++ {
		for i := 0; i < len(rows); {
			n := flowNode{column: column, first: i}
			for ; i < len(rows) && together(rows[n.first], rows[i], column); i++ {
				n.last = i
			}
			n.count = flowPeople(r, rows[n.first:n.last+1]...)
			name, sub := flowClassName(sp, rows[n.first].class), sp.Count(n.count)
			n.unknown = rows[n.first].class == classNever
			if column > 1 {
				s := rows[n.first].path[column-2]
				name, n.unknown = flowStateName(sp, s.state), s.state == "unknown"
				if s.undated {
					sub = sp.T("picture.flow.undated", "Count", sub)
				}
			}
			n.label, n.sub = wrap(name, textSize, room(column), 3), wrap(sub, smallSize, room(column), 2)
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func flowClassName(sp speaker, c plumbline.Class) string {
	switch c {
	case classNever:
		return sp.T("picture.flow.never")
	case classAdults:
		return sp.T("picture.flow.adults")
	case classSeveral:
		return sp.T("picture.flow.several_classes")
	}
	return sp.Word(c)
}

func flowStateName(sp speaker, s plumbline.State) string {
	switch s {
	case "unknown":
		return sp.T("picture.flow.unaccounted")
	case stateSeveral:
		return sp.T("picture.flow.several_states")
	}
	return sp.Word(s)
}

// flowWay says in words where a row went; a state that lasts is said once.
func flowWay(sp speaker, row flowRow) string {
	var way []string
	for _, s := range row.path {
		if name := flowStateName(sp, s.state); len(way) == 0 || way[len(way)-1] != name {
			way = append(way, name)
		}
	}
	return strings.Join(way, sp.T("picture.flow.then"))
}

func flowLabel(sp speaker, r *plumbline.Record, rows []flowRow) string {
	said := []string{sp.T("picture.flow.label", "Count", sp.Count(r.Met()))}
	for _, row := range rows {
		said = append(said, sp.T("picture.flow.row", "Class", flowClassName(sp, row.class), "Count", sp.Count(row.count), "Way", flowWay(sp, row)))
	}
	return strings.Join(said, " ")
}

// flowNote explains the signs that are in the picture, and no others.
func flowNote(sp speaker, r *plumbline.Record, rows []flowRow) string {
	if len(rows) == 0 {
		return ""
	}
	said := []string{sp.T("picture.flow.note")}
	if slices.ContainsFunc(rows, func(row flowRow) bool { return row.unaccounted() > 0 || row.class == classNever }) {
		said = append(said, sp.T("picture.flow.note_hatched"))
	}
	_, exact := r.Met().Exact()
	if !exact || slices.ContainsFunc(rows, func(row flowRow) bool { _, exact := row.count.Exact(); return !exact }) {
		said = append(said, sp.T("picture.flow.note_dashed"))
	}
	return strings.Join(said, " ")
}

func flowTable(sp speaker, r *plumbline.Record, rows []flowRow, columns []plumbline.Checkpoint) pictureTable {
	heads := flowHeads(sp, columns)
	t := pictureTable{Caption: sp.T("picture.flow.caption"), Head: append([]string{heads[1], sp.T("picture.flow.people")}, heads[2:]...)}
	for _, row := range rows {
		line := []string{flowClassName(sp, row.class), sp.Count(row.count)}
		for _, s := range row.path {
			name := flowStateName(sp, s.state)
			if s.undated {
				name = sp.T("picture.flow.undated", "Count", name)
			}
			line = append(line, name)
		}
		t.Rows = append(t.Rows, line)
	}
	everyone := []string{sp.T("picture.flow.everyone"), sp.Count(r.Met())}
	missing := []string{sp.T("picture.flow.unaccounted"), ""}
	for _, at := range columns {
		b := r.Balance(at)
		everyone = append(everyone, sp.T("picture.flow.accounted", "Count", sp.Count(b.Accounted())))
		missing = append(missing, sp.Count(b.Unaccounted))
	}
	t.Rows = append(t.Rows, everyone, missing)
	return t
}
