package legislature

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
)

// DryRun asks what a proposal would do: one that exists, by its number, or one
// that would be submitted.
type DryRun struct {
	Proposal uint64       `json:"proposal"` // 0: the one that follows
	Proposer keys.Address `json:"proposer"`
	Title    string       `json:"title"`
	Post     keys.Hash    `json:"post"`
	Inline   types.Bytes  `json:"inline"`
	Actions  []types.Msg  `json:"actions"`
	Fee      types.Amount `json:"fee"`
}

// Forecast is what a proposal would do if it passed and were executed on the
// present state (L6). Amounts are exact as long as what they depend on stays:
// the parameters, and the cap on minting where Capped says that it binds.
type Forecast struct {
	OK        bool            `json:"ok"` // it can be submitted, and all actions succeed
	Errors    []Problem       `json:"errors"`
	Params    []ParamDiff     `json:"params"`   // in force from the next boundary on
	Balances  []BalanceDiff   `json:"balances"` // by the actions and what the post earns
	Contract  *Contract       `json:"contract"` // null: the work contract stays
	Earned    []Earning       `json:"earned"`   // by the post, before it flows
	Capped    bool            `json:"capped"`   // the cap on minting binds
	Fee       types.Amount    `json:"fee"`      // $ that submission costs beside the transaction's fee
	Deposit   types.Amount    `json:"deposit"`  // REP that opens the vote
	Grave     bool            `json:"grave"`
	Rescue    bool            `json:"rescue"`
	Urgent    bool            `json:"urgent"`
	Deciding  []Threshold     `json:"deciding"`  // by book
	Timetable []Appointment   `json:"timetable"` // ms of block time, if no stage closes early
	Lint      []Finding       `json:"lint"`
	Events    []EventOfAction `json:"events"` // of the actions
}

// Problem is why the proposal cannot be submitted (action −1) or which action
// fails.
type Problem struct {
	Action int    `json:"action"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Got    string `json:"got"`
	Want   string `json:"want"`
}

// ParamDiff is a parameter that changes.
type ParamDiff struct {
	Name   string     `json:"name"`
	From   uint64     `json:"from"` // as it would be otherwise
	To     uint64     `json:"to"`
	Unit   route.Unit `json:"unit"`
	ClassA bool       `json:"classA"`
	Doc    string     `json:"doc"`
}

// BalanceDiff is a balance that changes.
type BalanceDiff struct {
	Address keys.Address `json:"address"`
	Name    string       `json:"name"`  // of the chain's own accounts; else empty
	Asset   string       `json:"asset"` // "$" with unpaid salary, "wREP" or "gREP"
	From    types.Amount `json:"from"`
	To      types.Amount `json:"to"`
}

// Earning is what the post gains in a book.
type Earning struct {
	Book   rep.Book     `json:"book"`
	Amount types.Amount `json:"amount"`
	Cause  string       `json:"cause"`
	Waits  bool         `json:"waits"` // until the book of gREP opens; not in the balances
}

// Threshold is what a book has to stake and to say.
type Threshold struct {
	Book      rep.Book     `json:"book"`
	Supply    types.Amount `json:"supply"`
	Quorum    types.Amount `json:"quorum"` // least stake
	QuorumPPM types.PPM    `json:"quorumPpm"`
	PassPPM   types.PPM    `json:"passPpm"` // to be exceeded
	LossPPM   types.PPM    `json:"lossPpm"`
}

// Appointment is when a state would end.
type Appointment struct {
	State State      `json:"state"`
	Until types.Time `json:"until"`
}

// EventOfAction is an event that an action emits.
type EventOfAction struct {
	Route string       `json:"route"`
	Name  string       `json:"name"`
	Attrs []types.Attr `json:"attrs"`
}

// rehearsal is a proposal on a copy of the state.
type rehearsal struct {
	before, after *route.Ctx // after: the copy
	draft         Submit
	proposer      keys.Address
	p             proposal
	exists        bool
	out           *Forecast
}

// dryRun executes a proposal on a copy of the state, which nobody keeps.
func dryRun(c *route.Ctx, q DryRun) (*Forecast, error) {
	r := rehearsal{before: c, after: c.Aside(), out: &Forecast{
		Errors: []Problem{}, Params: []ParamDiff{}, Balances: []BalanceDiff{}, Earned: []Earning{},
		Deciding: []Threshold{}, Timetable: []Appointment{}, Lint: []Finding{}, Events: []EventOfAction{},
	}}
	r.after.Sender = q.Proposer
	r.proposer = q.Proposer
	r.draft = Submit{Title: q.Title, Post: q.Post, Inline: q.Inline, Actions: q.Actions, Fee: q.Fee}
	if q.Proposal != 0 {
		p, ok := proposals.Get(c, q.Proposal)
		if !ok {
			return nil, nil
		}
		r.p, r.exists, r.proposer = p, true, p.Proposer
		actions, _ := actionsOf.Get(c, q.Proposal)
		r.draft = Submit{Title: p.Title, Post: p.Post, Actions: actions, Fee: p.Fee}
	}
	r.admit()
	r.decide()
	r.act()
	r.earn()
	if err := r.compare(); err != nil {
		return nil, err
	}
	r.lint(q.Proposal)
	r.out.OK = len(r.out.Errors) == 0
	return r.out, nil
}

func (r *rehearsal) problem(action int, err error) {
	j := route.AsReject(err)
	r.out.Errors = append(r.out.Errors, Problem{action, j.Kind, j.Text, j.Got, j.Want})
}

// admit tries to submit a proposal that does not exist yet.
func (r *rehearsal) admit() {
	if r.exists {
		r.out.Grave, r.out.Rescue, r.out.Urgent = r.p.Class.Grave, r.p.Class.Rescue, r.p.Class.Urgent
		return
	}
	k, err := classify(r.before, r.draft.Actions)
	r.p = proposal{Proposer: r.proposer, Post: r.draft.Post, Fee: r.draft.Fee, Class: k, State: Draft}
	r.out.Grave, r.out.Rescue, r.out.Urgent = k.Grave, k.Rescue, k.Urgent
	if err == nil {
		trial := r.before.Aside()
		trial.Sender = r.proposer
		err = submit(trial, r.draft)
	}
	if err != nil {
		r.problem(-1, err)
	}
}

// decide tells who decides by what, and when.
func (r *rehearsal) decide() {
	c, t, book := r.before, r.p.Terms, r.p.Book
	if book == 0 {
		t, book = terms(c, r.p.Class.Grave), canon(c)
	}
	for _, b := range books(book, r.p.Class.Budget) {
		supply := rep.Supply(c, b)
		if i := r.p.ballot(b); i != nil {
			if info, err := ask[*pool.Info](c, pool.Route.Name, "get", pool.Number{ID: i.Pool}); err == nil {
				supply = info.Supply
			}
		}
		r.out.Deciding = append(r.out.Deciding, Threshold{
			Book: b, Supply: supply, Quorum: quorumOf(supply, t.QuorumPPM),
			QuorumPPM: t.QuorumPPM, PassPPM: t.PassPPM, LossPPM: t.LossPPM,
		})
	}
	r.out.Fee, r.out.Deposit = r.p.Fee, r.p.Need
	if !r.exists && !r.p.Class.Urgent {
		r.out.Deposit = need(c, book)
	}
	r.timetable(t)
}

// timetable foretells the states that are still to come; a draft's as if its
// vote opened now.
func (r *rehearsal) timetable(t Terms) {
	at, s := r.before.Block.Time, r.p.State
	if s.Final() {
		return
	}
	if s.Voting() || s == Queued {
		at = r.p.Due
		r.out.Timetable = append(r.out.Timetable, Appointment{s, at})
	}
	for s++; s <= Binding; s++ {
		at += t.length(s)
		r.out.Timetable = append(r.out.Timetable, Appointment{s, at})
	}
	if r.p.State != Queued {
		r.out.Timetable = append(r.out.Timetable, Appointment{Queued, at + t.Delay + t.Expiry})
	}
}

// act dispatches every action, also after one that fails, so that all mistakes
// show at once.
func (r *rehearsal) act() {
	if r.p.State.Final() {
		return
	}
	from := len(r.after.Events())
	for i, a := range r.draft.Actions {
		if err := r.after.Dispatch(a); err != nil {
			r.problem(i, err)
		}
	}
	for _, e := range r.after.Events()[from:] {
		r.out.Events = append(r.out.Events, EventOfAction{e.Route, e.Name, e.Attrs})
	}
	if next, ok := upcoming.Get(r.after); ok {
		if was, waits := upcoming.Get(r.before); !waits || was.Post != next.Post || !slices.Equal(was.Changes, next.Changes) {
			r.out.Contract = &next
		}
	}
}

// earn lets the post gain what it has not gained yet: in the voting book when the
// proposal passes, in gREP when it is executed.
func (r *rehearsal) earn() {
	c := r.before
	if r.p.Post.IsZero() || r.p.State.Final() {
		return
	}
	amt, book := r.p.Earned, r.p.Book
	if book == 0 {
		book = canon(c)
	}
	if r.p.State != Queued {
		amt, r.out.Capped = foretell(c, r.p.Fee)
		r.gain(book, amt, "passed")
	}
	if book == rep.WREP {
		r.gain(rep.GREP, amt, "canonized")
	}
}

// gain lets the post gain in a book, on the copy.
func (r *rehearsal) gain(b rep.Book, amt types.Amount, cause string) {
	if amt.IsZero() {
		return
	}
	e := Earning{Book: b, Amount: amt, Cause: cause, Waits: b == rep.GREP && !rep.GovernanceOpen(r.before)}
	if !e.Waits {
		body := reward{Post: r.p.Post, Book: uint8(b), Amount: amt, Cause: cause}
		if err := r.after.Dispatch(message(forumReward, body)); err != nil {
			r.problem(len(r.draft.Actions), err)
			return
		}
	}
	r.out.Earned = append(r.out.Earned, e)
}

// foretell is what a binding pool with a fee would mint if it closed now, first
// in its block (spec economy §4.7), and whether the cap binds.
func foretell(c *route.Ctx, fee types.Amount) (types.Amount, bool) {
	t := vpool.MintTerms{
		RatioPPM: uint32(rep.MintRatio.Get(c)), Supply: *rep.EpochSupply(c).Int(),
		YearCapPPM: uint32(rep.YearCap.Get(c)), IntervalMs: uint64(availability.Interval(c, c.Block.Epoch)),
		EntryPPM: uint32(pool.EntryPPM.Get(c)),
	}
	minted := t.MintEntry(*fee.Int(), vpool.Amount{})
	free := vpool.PPMDown(*fee.Int(), t.RatioPPM)
	return types.AmountOf(&minted), !minted.Eq(&free)
}

// compare reads what differs between the state and its copy: the parameters of
// the next epoch, and the balances of every account that an event names.
func (r *rehearsal) compare() error {
	var lists [2][]params.Info
	for i, c := range []*route.Ctx{r.before, r.after} {
		var err error
		if lists[i], err = ask[[]params.Info](c, params.Route.Name, "list", params.None{}); err != nil {
			return err
		}
	}
	for i, to := range lists[1] {
		if from := lists[0][i]; coming(from) != coming(to) {
			r.out.Params = append(r.out.Params, ParamDiff{to.Name, coming(from), coming(to), to.Unit, to.ClassA, to.Doc})
		}
	}
	for _, a := range touched(r.after.Events()) {
		// Whose REP changes is paid its salary; that it was owed already.
		r.balance(a, "$", bank.Balance(r.before, a).Add(rep.Salary(r.before, a)), bank.Balance(r.after, a).Add(rep.Salary(r.after, a)))
		for _, b := range []rep.Book{rep.WREP, rep.GREP} {
			r.balance(a, b.String(), rep.Balance(r.before, b, a), rep.Balance(r.after, b, a))
		}
	}
	return nil
}

// coming is the value that a parameter will have in the next epoch.
func coming(i params.Info) uint64 {
	if i.Pending != nil {
		return *i.Pending
	}
	return i.Value
}

func (r *rehearsal) balance(a keys.Address, asset string, from, to types.Amount) {
	if from == to {
		return
	}
	name := ""
	if a == bank.Treasury {
		name = "treasury"
	}
	r.out.Balances = append(r.out.Balances, BalanceDiff{a, name, asset, from, to})
}

// touched are the accounts that events name, in order of addresses. Every change
// of a balance by a rule is in an event of bank or rep.
func touched(events []types.Event) []keys.Address {
	var out []keys.Address
	for _, e := range events {
		if e.Route != bank.Route.Name && e.Route != rep.Route.Name {
			continue
		}
		for _, at := range e.Attrs {
			a, err := keys.ParseAddress(at.Value)
			if err == nil && a != bank.SalaryPot && a != bank.GovernancePot && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, func(a, b keys.Address) int { return slices.Compare(a[:], b[:]) })
	return out
}
