package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/sim/attack"
)

// attackSection shows one attack: its figures beside what is expected, its plots
// and what the figures do not say.
func attackSection(r *attack.Result, claim *Claim) section {
	s := section{
		Anchor: claim.Anchor, Title: r.Attack, Claim: claim, Again: []string{commandOf(r)}, Notes: r.Notes,
		Tables: []table{rowsTable(r)}, Raw: indented(r),
	}
	if a := attack.Find(r.Attack); a != nil {
		s.About = a.Title
	}
	for i, p := range r.Plots {
		s.Figures = append(s.Figures, pictured(plotOf(fmt.Sprintf("%s-plot-%d", claim.Anchor, i+1), p)))
	}
	return s
}

// rowsTable holds every row of a result.
func rowsTable(r *attack.Result) table {
	t := table{
		Caption: "Figures of " + r.Attack,
		Columns: columns("verdict", "figure", "with", "#measured", "", "#between", "#expected", "#n"),
		Head:    1,
	}
	for _, row := range r.Rows {
		short, long := params(row)
		name := cell{Text: row.Label, Small: long, Class: "label"}
		if len(long) > 120 {
			name.Small, name.More = "", long
		}
		line := []cell{
			judged(row.OK), name, {Text: short, Class: "params"},
			num(quantity(row.Measured, row.Unit)), {Lead: forest(row)}, {}, expected(row), {},
		}
		if row.Rule == attack.Reported && row.OK {
			line[0] = cell{Text: "– reported", Class: "verdict reported"}
		}
		if row.Low < row.High {
			line[5] = num(figure(row.Low, row.Unit) + " … " + figure(row.High, row.Unit))
		}
		if row.N > 0 {
			line[7] = whole(row.N)
		}
		t.Rows = append(t.Rows, line)
	}
	t.compact()
	return t
}

// expected writes what a row is held against.
func expected(r attack.Row) cell {
	text := quantity(r.Expected, r.Unit)
	switch r.Rule {
	case attack.Reported:
		return cell{}
	case attack.AtMost:
		text = "≤ " + text
	case attack.AtLeast:
		text = "≥ " + text
	case attack.Exactly:
		text = "= " + text
	}
	return cell{Text: text, Class: "num"}
}

// params writes the parameters of a row by name: those of a few characters for a
// column, the others for a second line. Words with which the label begins or ends
// are left out. Hashes are cut: the whole is in the raw result.
func params(r attack.Row) (short, long string) {
	var few, many []string
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		switch v := r.Params[name].(type) {
		case map[string]any:
			var parts []string
			for _, k := range slices.Sorted(maps.Keys(v)) {
				parts = append(parts, k+" "+said(v[k]))
			}
			many = append(many, name+": "+strings.Join(parts, ", "))
		case string:
			switch {
			case len(v) >= 40 && !strings.Contains(v, " "):
				many = append(many, name+": "+cut(v, 17))
			case len(v) > 24:
				many = append(many, name+": "+v)
			case strings.HasPrefix(r.Label, v+":") || strings.HasSuffix(r.Label, ", "+v):
			default:
				few = append(few, name+" "+v)
			}
		default:
			few = append(few, name+" "+said(v))
		}
	}
	return strings.Join(few, ", "), strings.Join(many, "; ")
}

// said is a value of JSON in words.
func said(v any) string {
	switch v := v.(type) {
	case float64:
		return number(v)
	case int:
		return count(v)
	case int64:
		return count(v)
	case string:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// commandOf is the command line that measures the same again.
func commandOf(r *attack.Result) string {
	names := slices.Sorted(maps.Keys(r.Args))
	if a := attack.Find(r.Attack); a != nil {
		place := map[string]int{}
		for i, o := range a.Options {
			place[o.Name] = i
		}
		slices.SortStableFunc(names, func(x, y string) int { return place[x] - place[y] })
	}
	out := "probity sim attack " + Quoted(r.Attack)
	for _, name := range names {
		out += " --" + name + " " + Quoted(r.Args[name])
	}
	return out
}

// Quoted is a word as a shell takes it.
func Quoted(word string) string {
	safe := word != ""
	for _, c := range word {
		safe = safe && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.,/:=+", c))
	}
	if safe {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// indented is a result as JSON. A result that came from JSON goes back to it.
func indented(v any) string {
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return ""
	}
	return string(raw)
}
