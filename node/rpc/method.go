package rpc

import (
	"context"
	"fmt"
	"reflect"
	"sort"

	"probity/chain/route"
)

// Method is one procedure that clients may call.
type Method struct {
	Name string
	Doc  string

	weight int      // rate tokens that a call takes
	kinds  []string // of errors beyond those that every method has
	slow   bool     // waits for consensus: runs beside the other calls of a batch
	stream bool     // needs a connection that lasts
	admin  bool     // for the operator only
	reads  bool     // answers Read of result, or null

	params []param
	result reflect.Type
	run    func(ctx context.Context, raw []byte) (any, error)
}

// param describes one member of a method's params.
type param struct {
	name     string
	typ      reflect.Type
	required bool
	doc      string
}

// None is for methods that take nothing.
type None struct{}

// Handle declares a method: P is a struct whose JSON members are the params, R
// what it answers.
func Handle[P, R any](name, doc string, fn func(context.Context, P) (R, error)) Method {
	t := reflect.TypeFor[P]()
	return Method{
		Name: name, Doc: doc, weight: 1, params: paramsOf(t), result: reflect.TypeFor[R](),
		run: func(ctx context.Context, raw []byte) (any, error) {
			var p P
			if err := readParams(raw, targets(reflect.ValueOf(&p).Elem(), reads), reads); err != nil {
				return nil, err
			}
			return fn(ctx, p)
		},
	}
}

// paramsOf lists the params of a struct. In a list by position nothing can be
// missing before what is given, so that behind one that may be left out all may.
func paramsOf(t reflect.Type) []param {
	var out []param
	for _, f := range shapeOf(t, reads) {
		out = append(out, param{f.name, f.typ, f.required, t.FieldByIndex(f.index).Tag.Get("doc")})
	}
	return out
}

func (m Method) costs(tokens int) Method       { m.weight = tokens; return m }
func (m Method) errors(kinds ...string) Method { m.kinds = append(m.kinds, kinds...); return m }
func (m Method) waits() Method                 { m.slow = true; return m }
func (m Method) streams() Method               { m.stream = true; return m }
func (m Method) with(f func(m *Method)) Method { f(&m); return m }
func (s *Server) query(r *route.Route, q route.Query) Method {
	at := reflect.TypeFor[Selector]()
	m := Method{
		Name: r.Name + "_" + q.Name, Doc: q.Doc, weight: 2,
		kinds:  []string{"SELECTOR", "PRUNED"},
		params: append(paramsOf(q.In), param{"at", at, false, "Block after which the state is read; the latest where it is left out."}),
		result: q.Out, reads: true,
	}
	m.run = func(_ context.Context, raw []byte) (any, error) {
		in := reflect.New(q.In).Elem()
		var sel Selector
		naming := reads
		naming.table, naming.version = s.Backend.Table(), s.Backend.Version()
		to := append(targets(in, naming), target{name: "at", value: reflect.ValueOf(&sel).Elem()})
		if err := readParams(raw, to, naming); err != nil {
			return nil, err
		}
		// Only what was given is passed on: the zero value of a choice may have
		// no text.
		params := map[string]any{}
		for _, t := range to[:len(to)-1] {
			if t.given {
				params[t.name] = t.value.Interface()
			}
		}
		return s.ask(sel, r.Name, q.Name, params)
	}
	return m
}

// table puts methods in order of their names and refuses two of one name.
func table(all []Method) (map[string]*Method, []*Method, error) {
	byName := make(map[string]*Method, len(all))
	list := make([]*Method, len(all))
	for i := range all {
		m := &all[i]
		if byName[m.Name] != nil {
			return nil, nil, fmt.Errorf("method %s: declared twice", m.Name)
		}
		for j, p := range m.params {
			for _, q := range m.params[:j] {
				if p.name == q.name {
					return nil, nil, fmt.Errorf("method %s: two params are called %q", m.Name, p.name)
				}
			}
		}
		byName[m.Name], list[i] = m, m
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return byName, list, nil
}

// nearest is the name that differs least from what was given, or "" where
// none is close.
func nearest(given string, among []string) string {
	if len(given) > 64 {
		return ""
	}
	best, least := "", 1+max(len(given)/3, 2)
	for _, name := range among {
		if d := distance(given, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or change (Levenshtein), where
// letters that differ in case only count nothing.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i]|0x20 != b[j]|0x20 {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
