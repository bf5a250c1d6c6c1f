package dcert

import (
	"sort"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// listMax bounds the answers of queries over what grows without bound.
const listMax = 100

// None asks for what needs no parameters.
type None struct{}

// Of asks about an account.
type Of struct {
	Address keys.Address `json:"address"`
}

// From asks for a page of numbered things.
type From struct {
	From uint64 `json:"from"`
}

// After asks for a page of commitments.
type After struct {
	After keys.Hash `json:"after"`
}

// Motive asks what to commit to it with.
type Motive struct {
	Motive types.Bytes `json:"motive"`
	Salt   keys.Hash   `json:"salt"`
}

// State is where the group stands.
type State struct {
	Enabled  bool       `json:"enabled"`  // dcert.breaker
	Halted   *Halt      `json:"halted"`   // null: no proposal to disband is open
	Open     []string   `json:"open"`     // circuits
	Voters   uint64     `json:"voters"`   // with a preference
	Counting bool       `json:"counting"` // a count is running
	Disband  types.Time `json:"disband"`  // when the last proposal to disband ended; 0: never
}

// Halt is an open proposal to disband.
type Halt struct {
	Proposal keys.Hash    `json:"proposal"`
	Proposer keys.Address `json:"proposer"`
	Since    types.Time   `json:"since"`
	Wager    types.Amount `json:"wager"`
}

// Member is a seat.
type Member struct {
	Address     keys.Address `json:"address"`
	Sequence    uint64       `json:"sequence"`
	Since       types.Height `json:"since"`
	Votes       types.Amount `json:"votes"`
	Bonded      types.Amount `json:"bonded"`
	Suspended   types.Time   `json:"suspended"` // when; 0: not
	Description string       `json:"description"`
}

// Candidate is an account whose bond suffices.
type Candidate struct {
	Address keys.Address `json:"address"`
	Votes   types.Amount `json:"votes"`
	Member  bool         `json:"member"`
	Queued  bool         `json:"queued"`
}

// Waiting is an entry of the queue.
type Waiting struct {
	Outgoing keys.Address `json:"outgoing"`
	Newcomer keys.Address `json:"newcomer"`
	At       types.Time   `json:"at"`
}

// Bonded is what is bonded for an account.
type Bonded struct {
	Required    types.Amount `json:"required"`
	Total       types.Amount `json:"total"`
	Bonds       []Stake      `json:"bonds"`
	Withdrawals []Withdrawal `json:"withdrawals"`
}

// Stake is one bond.
type Stake struct {
	Bonder keys.Address `json:"bonder"`
	Amount types.Amount `json:"amount"`
}

// Withdrawal is a bond on its way out.
type Withdrawal struct {
	ID     uint64       `json:"id"`
	Bonder keys.Address `json:"bonder"`
	Amount types.Amount `json:"amount"`
	Until  types.Height `json:"until"`
}

// Circuit is an open circuit.
type Circuit struct {
	Message    string       `json:"message"`
	Trip       uint64       `json:"trip"`
	Since      types.Time   `json:"since"`
	Height     types.Height `json:"height"`
	By         keys.Address `json:"by"`
	Commitment keys.Hash    `json:"commitment"`
	Motive     string       `json:"motive"` // once revealed
}

// Tripped is a trip.
type Tripped struct {
	ID         uint64       `json:"id"`
	By         keys.Address `json:"by"`
	Height     types.Height `json:"height"`
	Messages   []string     `json:"messages"`
	Commitment keys.Hash    `json:"commitment"`
	Motive     string       `json:"motive"`
}

// Report is a commitment to a report.
type Report struct {
	Commitment keys.Hash    `json:"commitment"`
	By         keys.Address `json:"by"`
	Height     types.Height `json:"height"`
	Opened     types.Height `json:"opened"` // 0: not yet
	Content    keys.Hash    `json:"content"`
	Locator    string       `json:"locator"`
}

func status(c *route.Ctx, _ None) (State, error) {
	out := State{Enabled: Breaker.Get(c) != 0, Open: Open(c)}
	if out.Open == nil {
		out.Open = []string{}
	}
	out.Voters, _ = voters.Get(c)
	_, out.Counting = count.Get(c)
	out.Disband, _ = disbanded.Get(c)
	if e, ok := disbanding.Get(c); ok {
		out.Halted = &Halt{
			Proposal: e.Proposal, Proposer: e.Proposer, Since: e.Since,
			Wager: rep.WREP.Stake(c, e.Proposer, wagerRef(e.Proposal)),
		}
	}
	return out, nil
}

func listMembers(c *route.Ctx, _ None) ([]Member, error) {
	out := []Member{}
	members.Range(c, func(a keys.Address, m member) bool {
		text, _ := texts.Get(c, a)
		out = append(out, Member{
			Address: a, Sequence: m.Sequence, Since: m.Since, Votes: votes(c, a), Bonded: bonded(c, a),
			Suspended: m.Suspended, Description: text,
		})
		return true
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Sequence < out[j].Sequence })
	return out, nil
}

func listCandidates(c *route.Ctx, _ None) ([]Candidate, error) {
	out := []Candidate{}
	candidates.Range(c, func(a keys.Address, k candidate) bool {
		_, waits := queuedFor(c, a)
		out = append(out, Candidate{Address: a, Votes: k.Votes, Member: members.Has(c, a), Queued: waits})
		return true
	})
	sort.SliceStable(out, func(i, j int) bool { return out[j].Votes.Less(out[i].Votes) })
	return out, nil
}

func listQueue(c *route.Ctx, _ None) ([]Waiting, error) {
	out := []Waiting{}
	queue.Range(c, func(a keys.Address, e entry) bool {
		out = append(out, Waiting{Outgoing: a, Newcomer: e.Newcomer, At: e.At})
		return true
	})
	return out, nil
}

func preferenceOf(c *route.Ctx, q Of) ([]Share, error) {
	p, _ := preferences.Get(c, q.Address)
	if p.Shares == nil {
		return []Share{}, nil
	}
	return p.Shares, nil
}

func bondOf(c *route.Ctx, q Of) (Bonded, error) {
	out := Bonded{Required: Bond.Amount(c), Total: bonded(c, q.Address), Bonds: []Stake{}, Withdrawals: []Withdrawal{}}
	bonds.RangePrefix(c, bondKey{Member: q.Address}, 1, func(k bondKey, _ bond) bool {
		if amount := rep.WREP.Stake(c, k.Bonder, bondRef(q.Address)); !amount.IsZero() {
			out.Bonds = append(out.Bonds, Stake{Bonder: k.Bonder, Amount: amount})
		}
		return true
	})
	leaving.RangePrefix(c, of{Address: q.Address}, 1, func(k of, until types.Height) bool {
		w, _ := withdrawals.Get(c, due{until, k.ID})
		out.Withdrawals = append(out.Withdrawals, Withdrawal{
			ID: k.ID, Bonder: w.Bonder, Amount: rep.WREP.Stake(c, w.Bonder, unbondRef(k.ID)), Until: until,
		})
		return true
	})
	return out, nil
}

func listCircuits(c *route.Ctx, _ None) ([]Circuit, error) {
	out := []Circuit{}
	circuits.Range(c, func(url string, k circuit) bool {
		t, _ := trips.Get(c, k.Trip)
		out = append(out, Circuit{
			Message: url, Trip: k.Trip, Since: k.Since, Height: k.Height, By: k.By,
			Commitment: k.Commitment, Motive: string(t.Motive),
		})
		return true
	})
	return out, nil
}

func listTrips(c *route.Ctx, q From) ([]Tripped, error) {
	out := []Tripped{}
	trips.RangeFrom(c, q.From, func(id uint64, t trip) bool {
		out = append(out, Tripped{
			ID: id, By: t.By, Height: t.Height, Messages: t.Messages, Commitment: t.Commitment, Motive: string(t.Motive),
		})
		return len(out) < listMax
	})
	return out, nil
}

func commitment(_ *route.Ctx, q Motive) (keys.Hash, error) {
	return MotiveCommitment(q.Motive, q.Salt), nil
}

func listReports(c *route.Ctx, q After) ([]Report, error) {
	out := []Report{}
	reports.RangeFrom(c, q.After, func(h keys.Hash, r report) bool {
		if h != q.After {
			out = append(out, Report{
				Commitment: h, By: r.By, Height: r.Height, Opened: r.Opened, Content: r.Content, Locator: r.Locator,
			})
		}
		return len(out) < listMax
	})
	return out, nil
}
