package chaintest

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/evidence"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Line is one directive of a transcript.
type Line struct {
	Cmd   string
	Args  map[string][]string // of key=value and key=(a,b); a bare word has no values
	Input string
}

// Script plays transcripts. Its directives, in which @NAME stands for a
// person's address wherever a message or query has one:
//
//	genesis [param=value …] [recoverable|dhpvss]   input: NAME rep=N [usd=N] [bench] [keys] [asc=WEIGHT [salts=N]] a line
//	      recoverable: salts are dealt under the ideal suite; dhpvss: under the real one
//	      keys: a seat with escrow keys though the beacon is hashed
//	begin [skip=N] [without=(…)] [by=(…)] [finalize] [empty]   the next block; without: skip
//	      the views that these are drawn for; by: who notarized the parent
//	      input, one a line:  notarize|reject height=H by=(…)          late votes on a block
//	                          refuse [view=V] n=N rejects=(…) notarizes=(…)   header N of a skipped view
//	end                       the running block's End, its events
//	go N [skip=N] [without=(…)]   N usual blocks, their events
//	do NAME ROUTE/MSG         input: the message as JSON
//	bench|register|rotate …   bench NAME [keys] · register NAME weight=N [salts=N] [epoch=N] · rotate NAME
//	salts NAME n=N [from=N] [epoch=N]   add_salts with dealings from a number on; else from what is registered
//	accuse NAME OFFENCE of=NAME view=V [epoch=E]   votes or headers, signed as the offence says
//	rep NAME … · show seats|plan|list|roster [epoch=E] · query ROUTE/QUERY · invariants
//
// Events of routes not named in Show are left out.
type Script struct {
	Table route.Table
	Show  []string
	More  map[string]func(*Chain, Line) string

	w     *Chain
	shown int                        // events of the running block that were told
	views map[types.Height][2]uint64 // epoch and view of each block
}

// Step plays one directive and returns what it says.
func (s *Script) Step(l Line) string {
	if l.Cmd == "genesis" {
		return s.genesis(l)
	}
	w := s.w
	if f := s.More[l.Cmd]; f != nil {
		return w.Names(f(w, l))
	}
	return w.Names(s.step(w, l))
}

func (s *Script) step(w *Chain, l Line) string {
	switch l.Cmd {
	case "begin":
		if err := s.begin(l); err != nil {
			return "invalid block: " + err.Error()
		}
		e, v := w.Block.Epoch, w.Block.View
		s.shown = w.ctx.Log().Len()
		return fmt.Sprintf("height %d, view %d/%d by %s\n", w.Block.Height, e, v, w.Leader(e, v)) + s.events(w.ctx.Events())
	case "end":
		if !w.running {
			return "no block is running"
		}
		return s.events(w.End()[s.shown:])
	case "go":
		return s.run(l)
	case "do":
		return s.message(l)
	case "bench":
		w.keyed[l.word(0)] = w.keyed[l.word(0)] || l.has("keys")
		return s.ended(w.Run(l.word(0), "availability", "bench", w.Seat(l.word(0), w.Facts.Genesis)))
	case "register":
		m := w.Contract(l.word(0), types.Epoch(l.number("epoch", uint64(w.Block.Epoch)+1)), l.number("weight", 1), uint32(l.number("salts", 0)), w.Facts.Genesis)
		return s.ended(w.Run(l.word(0), "availability", "register", m))
	case "salts":
		return s.salts(l)
	case "rotate":
		w.Rotate(l.word(0))
		return "ok"
	case "accuse":
		return s.accuse(l)
	case "rep":
		return s.rep(l)
	case "show":
		return s.show(l)
	case "query":
		name, query, _ := strings.Cut(l.word(0), "/")
		out, err := w.Query(name, query, w.Expand(l.Input))
		if err != nil {
			return verdict(err)
		}
		return out
	case "invariants":
		if err := w.Check(); err != nil {
			return err.Error()
		}
		return "ok"
	}
	return "no such directive: " + l.Cmd
}

// word is the nth bare word.
func (l Line) word(n int) string {
	if ws := l.Args[""]; n < len(ws) {
		return ws[n]
	}
	return ""
}

// has reports whether a bare word is there.
func (l Line) has(word string) bool {
	for _, w := range l.Args[""] {
		if w == word {
			return true
		}
	}
	return false
}

func (l Line) number(key string, otherwise uint64) uint64 {
	if vals := l.Args[key]; len(vals) == 1 {
		n, err := strconv.ParseUint(vals[0], 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	return otherwise
}

// parse reads "word key=value key=(a,b)", as in a directive.
func parse(text string) Line {
	l := Line{Args: map[string][]string{}}
	for i, f := range strings.Fields(text) {
		key, val, ok := strings.Cut(f, "=")
		switch {
		case i == 0:
			l.Cmd = f
		case !ok:
			l.Args[""] = append(l.Args[""], f)
		default:
			l.Args[key] = strings.Split(strings.Trim(val, "()"), ",")
		}
	}
	return l
}

func (s *Script) genesis(l Line) string {
	var people []Person
	for _, text := range strings.Split(strings.TrimSpace(l.Input), "\n") {
		p := parse(text)
		people = append(people, Person{
			Name: p.Cmd, REP: p.number("rep", 0), Dollars: p.number("usd", 0), Bench: p.has("bench"),
			Weight: p.number("asc", 0), Salts: uint32(p.number("salts", 0)), Keys: p.has("keys"),
		})
	}
	params := map[string]uint64{}
	for key := range l.Args {
		if key != "" {
			params[key] = l.number(key, 0)
		}
	}
	w, err := func() (*Chain, error) {
		switch {
		case l.has("recoverable"):
			return NewSealed(s.Table, people, params, escrow.Ideal{})
		case l.has("dhpvss"):
			return NewSealed(s.Table, people, params, escrow.DHPVSS)
		}
		return New(s.Table, people, params)
	}()
	if err != nil {
		return "genesis: " + err.Error()
	}
	s.w, s.views = w, map[types.Height][2]uint64{}
	return "ok"
}

func (s *Script) begin(l Line) error {
	d := Draft{Skip: int(l.number("skip", 0))}
	w := s.w
	if absent := l.Args["without"]; absent != nil {
		e, v := w.NextView()
		for in(absent, w.Leader(e, v+types.View(d.Skip))) {
			d.Skip++
		}
	}
	if l.has("empty") {
		d.Edit = func(w *Chain) { w.Block.Votes = nil }
	}
	if by := l.Args["by"]; by != nil || l.has("finalize") {
		kind := types.Notarize
		if l.has("finalize") {
			kind = types.Finalize
		}
		at := s.views[w.Block.Height]
		c := w.On(kind, w.Block.Height, types.Epoch(at[0]), types.View(at[1]), by...)
		d.Parent = &c
	}
	d.Refused = make([][]types.Rejected, d.Skip)
	for _, text := range strings.Split(strings.TrimSpace(l.Input), "\n") {
		switch v := parse(text); v.Cmd {
		case "notarize", "reject":
			kind := types.Notarize
			if v.Cmd == "reject" {
				kind = types.Reject
			}
			h := types.Height(v.number("height", 0))
			at := s.views[h]
			d.Votes = append(d.Votes, w.On(kind, h, types.Epoch(at[0]), types.View(at[1]), v.Args["by"]...))
		case "refuse":
			s.refuse(&d, v)
		}
	}
	if err := w.Begin(d); err != nil {
		return err
	}
	s.views[w.Block.Height] = [2]uint64{uint64(w.Block.Epoch), uint64(w.Block.View)}
	return nil
}

// refuse puts a refused header into the record of its view.
func (s *Script) refuse(d *Draft, l Line) {
	w := s.w
	now, first := w.NextView()
	v := types.View(l.number("view", uint64(first)))
	e := types.Epoch(l.number("epoch", uint64(now)))
	r := types.Rejected{Header: w.Header(e, v, w.Plan(e).First, func(h *types.Header) { h.BaseFee = types.NewAmount(l.number("n", 0)) })}
	digest := r.Header.Header.Digest()
	if by := l.Args["rejects"]; by != nil {
		c := w.Certificate(types.Reject, e, v, digest, by...)
		r.Rejects = &c
	}
	if by := l.Args["notarizes"]; by != nil {
		c := w.Certificate(types.Notarize, e, v, digest, by...)
		r.Notarizes = &c
	}
	if i := int(v) - int(first); e == now && i >= 0 && i < d.Skip {
		d.Refused[i] = append(d.Refused[i], r)
		return
	}
	d.Late = append(d.Late, types.ViewRecord{Epoch: e, View: v, Rejected: []types.Rejected{r}})
}

func (s *Script) run(l Line) string {
	n, err := strconv.Atoi(l.word(0))
	if err != nil {
		return err.Error()
	}
	out := ""
	for range n {
		if err := s.begin(Line{Args: l.Args}); err != nil {
			return out + "invalid block: " + err.Error()
		}
		out += s.events(s.w.End())
	}
	return fmt.Sprintf("%sheight %d, view %d/%d\n", out, s.w.Block.Height, s.w.Block.Epoch, s.w.Block.View)
}

func (s *Script) message(l Line) string {
	name, msg, _ := strings.Cut(l.word(1), "/")
	r := s.w.Table.Find(name)
	if r == nil {
		return "no route " + name
	}
	for i := range r.Msgs {
		if r.Msgs[i].Name == msg {
			body, err := readBody(&r.Msgs[i], s.w.Expand(l.Input))
			if err != nil {
				return err.Error()
			}
			return s.ended(s.w.Run(l.word(0), name, msg, body))
		}
	}
	return "no message " + msg
}

// accuse signs what the offence consists of and submits it.
func (s *Script) accuse(l Line) string {
	w := s.w
	culprit := l.Args["of"][0]
	e := types.Epoch(l.number("epoch", uint64(w.Block.Epoch)))
	v := types.View(l.number("view", 1))
	d, other := keys.Sum([]byte("d")), keys.Sum([]byte("d'"))
	vote := func(k types.Kind, digest keys.Hash) evidence.Signed { return w.Vote(culprit, k, e, v, digest) }
	var m evidence.Submit
	switch l.word(1) {
	case "two_proposals":
		return s.ended(w.Run(l.word(0), "evidence", "submit", w.TwoProposals(e, v)))
	case "two_notarizes":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, d), B: vote(types.Notarize, other)}
	case "two_finalizes":
		m.Votes = &evidence.Votes{A: vote(types.Finalize, d), B: vote(types.Finalize, other)}
	case "nullify_finalize":
		m.Votes = &evidence.Votes{A: vote(types.Finalize, d), B: vote(types.Nullify, keys.Hash{})}
	case "notarize_finalize":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, other), B: vote(types.Finalize, d)}
	case "notarize_reject":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, d), B: vote(types.Reject, d)}
	case "reject_finalize":
		m.Votes = &evidence.Votes{A: vote(types.Reject, d), B: vote(types.Finalize, d)}
	case "notarize_nullify":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, d), B: vote(types.Nullify, keys.Hash{})}
	case "reject_other":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, d), B: vote(types.Reject, other)}
	case "twice":
		m.Votes = &evidence.Votes{A: vote(types.Notarize, d), B: vote(types.Notarize, d)}
	}
	if l.has("swapped") {
		m.Votes.A, m.Votes.B = m.Votes.B, m.Votes.A
	}
	if l.has("forged") {
		m.Votes.B.Signature[0] ^= 1
	}
	r, ok := availability.Roster(w.Reader(), e)
	if i := r.Find(w.Addr(culprit)); ok && i >= 0 {
		m.Votes.Member = r.Prove(i)
	}
	return s.ended(w.Run(l.word(0), "evidence", "submit", m))
}

// TwoProposals is evidence of two headers of whom a view was drawn for.
func (w *Chain) TwoProposals(e types.Epoch, v types.View) evidence.Submit {
	h := w.Plan(e).First
	a := w.Header(e, v, h, nil)
	b := w.Header(e, v, h, func(h *types.Header) { h.Time = 1 })
	p, _ := availability.ProveASC(w.Plan(e), a.Header.ASC)
	return evidence.Submit{Proposals: &evidence.Proposals{A: a, B: b, Producer: p}}
}

// BadHeader is evidence of a header of a view at a height, made wrong by edit.
func (w *Chain) BadHeader(e types.Epoch, v types.View, h types.Height, parent *types.Header, edit func(*types.Header)) evidence.Submit {
	sh := w.Header(e, v, h, edit)
	p, _ := availability.ProveASC(w.Plan(e), w.reach(e, v).ASC(v).ID)
	return evidence.Submit{Header: &evidence.Header{Header: sh, Parent: parent, Producer: p}}
}

// salts adds dealings to a contract that waits for its list.
func (s *Script) salts(l Line) string {
	w, name := s.w, l.word(0)
	e := types.Epoch(l.number("epoch", uint64(w.Block.Epoch)+1))
	_, has, _ := availability.Waiting(w.Reader(), e, w.Addr(name))
	n := uint32(l.number("n", 1))
	m := availability.AddSalts{Epoch: e, Salts: n, Commitment: Join(w.Deal(name, e, uint32(l.number("from", uint64(has))), n))}
	return s.ended(w.Run(name, "availability", "add_salts", m))
}

func (s *Script) rep(l Line) string {
	out := ""
	for _, name := range l.Args[""] {
		out += fmt.Sprintf("%s %s\n", name, rep.Balance(s.w.Reader(), rep.WREP, s.w.Addr(name)).Decimal())
	}
	return out
}

func (s *Script) show(l Line) string {
	w := s.w
	e := types.Epoch(l.number("epoch", uint64(w.Block.Epoch)))
	switch l.word(0) {
	case "roster":
		r, ok := availability.Roster(w.Reader(), e)
		if !ok {
			return "none"
		}
		out := fmt.Sprintf("epoch %d, weight %d\n", r.Epoch, r.Total())
		for i := range r.Members {
			m := &r.Members[i]
			out += fmt.Sprintf("%s %d key %s", w.Name(m.Address), m.Weight, m.Key.String()[:10])
			if n := len(m.Escrow); n > 0 {
				out += fmt.Sprintf(" tickets %d", n)
			}
			out += "\n"
		}
		return out
	case "list", "plan":
		p := availability.Plan(w.Reader(), e)
		if p == nil {
			return "none"
		}
		out := fmt.Sprintf("epoch %d, heights %d to %d, seed %s, degraded %v\n", e, p.First, p.Last(), p.Seed.Short(), p.Degraded)
		for i := range p.List {
			a := &p.List[i]
			out += fmt.Sprintf("%s %s weight %d salts %d\n", a.ID.Short(), w.Name(a.Producer), a.Weight, a.Salts)
		}
		return out
	case "leaders":
		out := ""
		from := types.View(l.number("from", 1))
		for v := from; v < from+types.View(l.number("n", 8)); v++ {
			out += fmt.Sprintf("%d %s\n", v, w.Leader(e, v))
		}
		return out
	}
	return "show what?"
}

func (s *Script) ended(events []types.Event, err error) string {
	if err != nil {
		return verdict(err)
	}
	return "ok\n" + s.events(events)
}

// verdict is a refusal's kind and text, or an error's text.
func verdict(err error) string {
	var r *route.Reject
	if errors.As(err, &r) {
		return r.Kind + ": " + r.Text
	}
	return err.Error()
}

func (s *Script) events(list []types.Event) string {
	var b strings.Builder
	for _, e := range list {
		if !in(s.Show, e.Route) && !in(s.Show, e.Route+"/"+e.Name) {
			continue
		}
		fmt.Fprintf(&b, "%s/%s", e.Route, e.Name)
		for _, a := range e.Attrs {
			val := a.Value
			if strings.HasPrefix(val, "0x") && len(val) > 10 {
				val = val[:10]
			}
			fmt.Fprintf(&b, " %s=%s", a.Key, val)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// readBody reads a message's JSON.
func readBody(m *route.Msg, text string) (any, error) {
	v := reflect.New(m.Type)
	if text != "" {
		if err := route.ReadJSON([]byte(text), v.Interface()); err != nil {
			return nil, err
		}
	}
	return v.Elem().Interface(), nil
}
