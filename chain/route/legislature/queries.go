package legislature

import (
	"encoding/json"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Bounds of a list.
const (
	listDefault = 100
	listMax     = 1000
	listScan    = 10_000 // proposals looked at for one page
)

// Number asks for a proposal.
type Number struct {
	Proposal uint64 `json:"proposal"`
}

// Page asks for proposals, the newest first.
type Page struct {
	State State  `json:"state,omitempty"` // none: any
	From  uint64 `json:"from"`            // the highest number; 0: the last
	Limit int    `json:"limit"`           // at most 1000; 0: 100
}

// None asks for what needs no parameters.
type None struct{}

// Info is a proposal.
type Info struct {
	Number    uint64         `json:"number"`
	ID        keys.Hash      `json:"id"` // its name in pools, verdicts and notices
	Title     string         `json:"title"`
	Proposer  keys.Address   `json:"proposer"`
	Post      keys.Hash      `json:"post"` // zero: the text is here
	Text      types.Bytes    `json:"text"`
	Actions   []route.Spoken `json:"actions"`
	Fee       types.Amount   `json:"fee"`
	State     string         `json:"state"`
	Grave     bool           `json:"grave"`  // needs the larger majority
	Rescue    bool           `json:"rescue"` // no circuit breaks it
	Urgent    bool           `json:"urgent"` // its vote opened at submission
	Books     []rep.Book     `json:"books"`  // that decide it
	Submitted types.Height   `json:"submitted"`
	Ended     types.Height   `json:"ended"` // 0: not yet

	Bond      rep.Book     `json:"bond"`      // whose REP is deposited
	Deposit   types.Amount `json:"deposit"`   // that opens the vote
	Deposited types.Amount `json:"deposited"` //
	Backers   []Backing    `json:"backers"`   // until the vote has ended

	Terms   *Terms       `json:"terms"`   // null before the vote opens
	Until   types.Time   `json:"until"`   // when the state ends by itself; 0: not by time
	Ready   types.Time   `json:"ready"`   // from when on it may be executed; 0: not known
	Results []Result     `json:"results"` // of the stages that have ended
	Earned  types.Amount `json:"earned"`  // by the post, when it passed
	Failure *Failure     `json:"failure"` // null: none
}

// Backing is a deposit.
type Backing struct {
	Address keys.Address `json:"address"`
	Amount  types.Amount `json:"amount"`
}

// Brief is a proposal in a list.
type Brief struct {
	Number   uint64       `json:"number"`
	ID       keys.Hash    `json:"id"`
	Title    string       `json:"title"`
	Proposer keys.Address `json:"proposer"`
	Post     keys.Hash    `json:"post"`
	Actions  []string     `json:"actions"` // "route/message"
	State    string       `json:"state"`
	Grave    bool         `json:"grave"`
	Until    types.Time   `json:"until"`
}

// Tally is how a book's pool of the running stage stands.
type Tally struct {
	Book    rep.Book     `json:"book"`
	Pool    uint64       `json:"pool"`
	For     types.Amount `json:"for"`
	Against types.Amount `json:"against"` // vetoes included
	Veto    types.Amount `json:"veto"`
	Supply  types.Amount `json:"supply"`  // of the electorate
	Missing types.Amount `json:"missing"` // to be staked until the quorum is met
	Passing bool         `json:"passing"` // would pass if it closed now
	Vetoed  bool         `json:"vetoed"`  // would be vetoed if it closed now
}

// Standing is how the running stage of a proposal stands.
type Standing struct {
	Proposal uint64     `json:"proposal"`
	Stage    string     `json:"stage"`
	Until    types.Time `json:"until"`
	Terms    Terms      `json:"terms"`
	Books    []Tally    `json:"books"`
}

// Stake is what an account has on a side.
type Stake struct {
	Book  rep.Book     `json:"book"`
	Voter keys.Address `json:"voter"`
	Side  Side         `json:"side"`
	Stake types.Amount `json:"stake"`
}

// Law is by what a proposal would be voted if its vote opened now.
type Law struct {
	Book       rep.Book     `json:"book"`       // that canonizes
	Governance bool         `json:"governance"` // the book of gREP is open
	Since      types.Epoch  `json:"since"`      // gREP canonizes from this epoch on; 0: it does not
	Ordinary   Terms        `json:"ordinary"`
	Grave      Terms        `json:"grave"` // class A
	Stages     []types.Time `json:"stages"`
	Draft      types.Time   `json:"draft"` // how long a draft gathers its deposit
	Deposit    types.Amount `json:"deposit"`
	FeeMin     types.Amount `json:"feeMin"`
	Open       uint64       `json:"open"` // votes that run, without recovery proposals
	OpenMax    uint64       `json:"openMax"`
}

// Contracts are the work contracts.
type Contracts struct {
	Active   *Contract  `json:"active"`   // null: none yet
	Upcoming *Contract  `json:"upcoming"` // from the next epoch on; null: none
	History  []Contract `json:"history"`  // the oldest first
	Rules    []Rule     `json:"rules"`    // production rules in force
}

// Rule is a production rule and its value.
type Rule struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

func get(c *route.Ctx, q Number) (*Info, error) {
	p, ok := proposals.Get(c, q.Proposal)
	if !ok {
		return nil, nil
	}
	n := q.Proposal
	text, _ := texts.Get(c, n)
	out := &Info{
		Number: n, ID: Ref(n), Title: p.Title, Proposer: p.Proposer, Post: p.Post, Text: text, Actions: []route.Spoken{},
		Fee: p.Fee, State: p.State.String(), Grave: p.Class.Grave, Rescue: p.Class.Rescue, Urgent: p.Class.Urgent,
		Books: books(p.Book, p.Class.Budget), Submitted: p.Submitted, Ended: p.Ended, Bond: p.Bond, Deposit: p.Need,
		Deposited: p.Deposited, Backers: []Backing{}, Until: p.Due, Ready: p.Ready, Results: append([]Result{}, p.Results...),
		Earned: p.Earned,
	}
	actions, _ := actionsOf.Get(c, n)
	for _, a := range actions {
		out.Actions = append(out.Actions, c.Table().Speak(a, c.Block.Version))
	}
	deposits.RangePrefix(c, backer{Number: n}, 1, func(k backer, amt types.Amount) bool {
		out.Backers = append(out.Backers, Backing{k.Address, amt})
		return true
	})
	if p.Book == 0 {
		out.Books = books(canon(c), p.Class.Budget)
	} else {
		out.Terms = &p.Terms
	}
	if len(p.Failures) > 0 {
		out.Failure = &p.Failures[0]
	}
	return out, nil
}

func list(c *route.Ctx, q Page) ([]Brief, error) {
	if q.Limit <= 0 {
		q.Limit = listDefault
	}
	q.Limit = min(q.Limit, listMax)
	n, _ := last.Get(c)
	if q.From != 0 {
		n = min(n, q.From)
	}
	out := []Brief{}
	for scanned := 0; n > 0 && len(out) < q.Limit && scanned < listScan; n, scanned = n-1, scanned+1 {
		p, _ := proposals.Get(c, n)
		if q.State != 0 && p.State != q.State {
			continue
		}
		b := Brief{
			Number: n, ID: Ref(n), Title: p.Title, Proposer: p.Proposer, Post: p.Post, Actions: []string{},
			State: p.State.String(), Grave: p.Class.Grave, Until: p.Due,
		}
		actions, _ := actionsOf.Get(c, n)
		for _, a := range actions {
			s := c.Table().Speak(a, c.Block.Version)
			b.Actions = append(b.Actions, s.Route+"/"+s.Message)
		}
		out = append(out, b)
	}
	return out, nil
}

// ask answers a query of another route, in its own types.
func ask[R any](c *route.Ctx, routeName, query string, in any) (out R, err error) {
	r := c.Table().Find(routeName)
	for i := range r.Queries {
		if r.Queries[i].Name != query {
			continue
		}
		raw, err := json.Marshal(in)
		if err != nil {
			return out, err
		}
		answer, err := r.Queries[i].Run(c.For(r), raw)
		if err != nil {
			return out, err
		}
		return answer.(R), nil
	}
	return out, route.ErrMessage.With("route %s has no query %s", routeName, query)
}

func tally(c *route.Ctx, q Number) (*Standing, error) {
	p, ok := proposals.Get(c, q.Proposal)
	if !ok || !p.State.Voting() {
		return nil, nil
	}
	out := &Standing{Proposal: q.Proposal, Stage: p.State.String(), Until: p.Due, Terms: p.Terms, Books: []Tally{}}
	for _, b := range p.Ballots {
		info, err := ask[*pool.Info](c, pool.Route.Name, "get", pool.Number{ID: b.Pool})
		if err != nil {
			return nil, err
		}
		t := Tally{
			Book: b.Book, Pool: b.Pool, For: info.For, Against: info.Against, Supply: info.Supply,
			Veto: remaining(b.Veto, info.Against, b.Against),
		}
		staked := t.For.Add(t.Against)
		t.Missing = quorumOf(info.Supply, p.Terms.QuorumPPM).SubClamp(staked)
		met := t.Missing.IsZero() && !staked.IsZero()
		t.Vetoed = met && staked.Less(t.Veto.Mul(3))
		t.Passing = met && !t.Vetoed && staked.Mul(uint64(p.Terms.PassPPM)).Less(t.For.Mul(uint64(types.Million)))
		out.Books = append(out.Books, t)
	}
	return out, nil
}

// quorumOf is the least stake that meets a quorum: ⌈supply·ppm/10⁶⌉.
func quorumOf(supply types.Amount, ppm types.PPM) types.Amount {
	down := supply.OfPPM(ppm)
	if down.Mul(uint64(types.Million)).Less(supply.Mul(uint64(ppm))) {
		down = down.Add(types.NewAmount(1))
	}
	return down
}

func votes(c *route.Ctx, q Number) ([]Stake, error) {
	p, ok := proposals.Get(c, q.Proposal)
	if !ok {
		return []Stake{}, nil
	}
	out := []Stake{}
	for _, b := range p.Ballots {
		staked, err := ask[[]pool.Staked](c, pool.Route.Name, "stakes", pool.Number{ID: b.Pool})
		if err != nil {
			return nil, err
		}
		for _, s := range staked {
			veto, _ := vetoes.Get(c, voice{b.Pool, s.Voter})
			side := Against
			if s.For {
				side = For
			}
			if rest := s.Amount.SubClamp(veto); !rest.IsZero() {
				out = append(out, Stake{b.Book, s.Voter, side, rest})
			}
			if !veto.IsZero() {
				out = append(out, Stake{b.Book, s.Voter, Veto, veto})
			}
		}
	}
	return out, nil
}

func law(c *route.Ctx, _ None) (Law, error) {
	since, _ := canonized.Get(c)
	running, _ := counted.Get(c)
	book := canon(c)
	t := terms(c, false)
	return Law{
		Book: book, Governance: rep.GovernanceOpen(c), Since: since, Ordinary: t, Grave: terms(c, true),
		Stages: []types.Time{t.length(Nonbinding), t.length(Half), t.length(Binding)},
		Draft:  types.Time(DraftTime.Get(c)), Deposit: need(c, book), FeeMin: FeeMin.Amount(c),
		Open: running, OpenMax: OpenMax.Get(c),
	}, nil
}

func history(c *route.Ctx, _ None) (Contracts, error) {
	out := Contracts{History: []Contract{}, Rules: []Rule{}}
	contracts.Range(c, func(_ uint64, k Contract) bool {
		out.History = append(out.History, k)
		return true
	})
	if n := len(out.History); n > 0 {
		active := out.History[n-1]
		out.Active = &active
	}
	if next, ok := upcoming.Get(c); ok {
		out.Upcoming = &next
	}
	for _, name := range c.Params.Names() {
		if isProduction(name) {
			out.Rules = append(out.Rules, Rule{name, c.Params.Get(c.Params.Find(name))})
		}
	}
	return out, nil
}
