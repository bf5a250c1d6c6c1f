package law

import (
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// Protocol is the highest protocol version that is written here.
const Protocol = 1

// Bounds of a block (wire §4, execution §3).
const (
	maxTxBytes   = 4 << 20
	maxPaidBytes = maxTxBytes - 256<<10
	maxSkip      = 4096
)

// Trust says what is not checked, for speed or because a source has none of it.
type Trust struct {
	Signatures bool // of transactions, votes and headers
	Dealings   bool // the proofs of dealings, not the salts that they open to
}

// Chain is a state and the last block that made it.
type Chain struct {
	State   *tree.State
	Genesis wire.Hash // of the genesis file
	Draft   wire.Hash // of it without signatures
	Name    string
	Trust   Trust
	Head    wire.Header
	Digest  wire.Hash // of Head

	params    map[string]uint64
	schedules map[uint64]*schedule
	rosters   map[uint64]*wire.Roster

	before       wire.Header // the head that the last block stands on
	beforeDigest wire.Hash

	// of the running block
	h      *wire.Header
	body   *wire.Body
	sched  *schedule
	salts  [][]byte // of the skipped views and its own
	fees   num.Int
	weight num.Int

	tx        *wire.Tx     // the running one; nil in hooks
	caller    wire.Address // whose message runs: in a dispatch the route's
	depth     int          // of dispatches
	newcomers num.Int      // what general pools have minted in the block

	table    []*part
	payments []Payment // of salaries, by the last block
}

// Apply executes a block on the head. The state is then the block's; where it
// returns an error nothing has changed. It compares every field but the
// stateRoot, which is the caller's to compare with Root.
func (c *Chain) Apply(b *wire.Block) error {
	c.State.Settle()
	c.h, c.body = &b.Header, &b.Body
	err := c.execute(b)
	if err != nil {
		c.State.Back(0)
		c.schedules = map[uint64]*schedule{}
		return err
	}
	c.before, c.beforeDigest = c.Head, c.Digest
	c.Head, c.Digest = b.Header, b.Header.Digest()
	return nil
}

// Undo takes back the last Apply, which succeeded.
func (c *Chain) Undo() {
	c.State.Back(0)
	c.schedules, c.rosters = map[uint64]*schedule{}, map[uint64]*wire.Roster{}
	c.Head, c.Digest = c.before, c.beforeDigest
}

// Root is the root of the state.
func (c *Chain) Root() wire.Hash { return c.State.Root() }

func (c *Chain) execute(b *wire.Block) error {
	c.fees, c.weight, c.payments, c.newcomers = num.Int{}, num.Int{}, nil, num.Int{}
	c.rosters = map[uint64]*wire.Roster{}
	c.loadParams()
	if v := c.number(key(routeParams, 5)); v > Protocol { // upgrades §4
		return &NotCovered{What: fmt.Sprintf("protocol %d", v)}
	}
	if err := c.checkHeader(b); err != nil {
		return err
	}
	if err := c.opening(b); err != nil {
		return err
	}
	if err := c.hooks(func(p *part) func(*Chain) error { return p.begin }); err != nil {
		return err
	}
	if err := c.transactions(); err != nil {
		return err
	}
	if err := c.hooks(func(p *part) func(*Chain) error { return p.end }); err != nil {
		return err
	}
	if c.h.Height == c.sched.terms.last() {
		return c.boundary()
	}
	return nil
}

// hooks runs a hook of all routes, in table order (execution §2).
func (c *Chain) hooks(of func(p *part) func(*Chain) error) error {
	for _, p := range c.table {
		if f := of(p); f != nil {
			if err := f(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// boundary runs that hook, last row of the table first.
func (c *Chain) boundary() error {
	for i := len(c.table) - 1; i >= 0; i-- {
		if f := c.table[i].boundary; f != nil {
			if err := f(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHeader compares what needs no opening (execution §4).
func (c *Chain) checkHeader(b *wire.Block) error {
	h, p := &b.Header, &c.Head
	epoch, first := p.Epoch, p.View+1
	t, ok := c.terms(epoch)
	if !ok {
		return invalid("epoch", "no terms of epoch %d", epoch)
	}
	if p.Height >= t.last() {
		epoch, first = epoch+1, 1
	}
	s, ok := c.schedule(epoch)
	if !ok {
		return invalid("epoch", "no plan of epoch %d", epoch)
	}
	c.sched = s
	txs, votes, views := b.Body.Roots()
	next, _ := c.digest(epoch + 1)
	switch {
	case h.Version < c.number(key(routeParams, 5)):
		return invalid("version", "%d", h.Version)
	case h.Epoch != epoch:
		return invalid("epoch", "%d, not %d", h.Epoch, epoch)
	case h.Height != p.Height+1:
		return invalid("height", "%d", h.Height)
	case h.View < first || h.View > first+maxSkip:
		return invalid("view", "%d", h.View)
	case h.ParentView != p.View:
		return invalid("parentView", "%d", h.ParentView)
	case h.Parent != c.Digest:
		return invalid("parent", "%x", h.Parent)
	case h.Time < p.Time+s.terms.interval:
		return invalid("time", "%d", h.Time)
	case h.TxRoot != txs:
		return invalid("txRoot", "%x", h.TxRoot)
	case h.ViewsRoot != views:
		return invalid("viewsRoot", "%x", h.ViewsRoot)
	case h.VotesRoot != votes:
		return invalid("votesRoot", "%x", h.VotesRoot)
	case h.RosterHash != s.hash:
		return invalid("rosterHash", "%x", h.RosterHash)
	case h.NextRosterHash != next.roster:
		return invalid("nextRosterHash", "%x", h.NextRosterHash)
	case h.BaseFee.Cmp(c.baseFee()) != 0:
		return invalid("baseFee", "%v", h.BaseFee)
	}
	return nil
}

// opening opens the skipped views and the block's own, and compares what
// follows from them (execution §2).
func (c *Chain) opening(b *wire.Block) error {
	h, s := &b.Header, c.sched
	p := c.from()
	if h.View <= p || uint64(len(b.Body.Views)) < h.View-p-1 {
		return invalid("views", "records of skipped views are missing")
	}
	c.reach(s, p)
	for v := p + 1; v < h.View; v++ {
		rec := &b.Body.Views[v-p-1]
		n := rec.Nullification
		if rec.Epoch != h.Epoch || rec.View != v || n == nil {
			return invalid("views", "no record of view %d with a nullification", v)
		}
		if n.Statement != (wire.Statement{Kind: wire.Nullify, Epoch: h.Epoch, View: v}) {
			return invalid("views", "the nullification of view %d states something else", v)
		}
		if err := c.quorum(n); err != nil {
			return err
		}
		salt, ok := c.skipped(s, s.at(v), rec)
		if !ok {
			return invalid("views", "the record of view %d does not open it", v)
		}
		s.openAt(v, salt)
	}
	t := s.at(h.View)
	if h.ASC != t.contract.id {
		return invalid("asc", "%x does not serve view %d", h.ASC, h.View)
	}
	salt, ok := c.revealed(s, t, h.Reveal)
	if !ok {
		return invalid("reveal", "it does not open view %d", h.View)
	}
	if r := s.openAt(h.View, salt).after; h.Seed != r {
		return invalid("seed", "%x, not %x", h.Seed, r)
	}
	st := wire.Statement{Kind: wire.Propose, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
	if !c.Trust.Signatures && !st.Verify(t.contract.key, c.Genesis, b.Signature) {
		return invalid("signature", "it is not the contract's")
	}
	c.salts = c.salts[:0]
	for v := p + 1; v < h.View; v++ {
		c.salts = append(c.salts, b.Body.Views[v-p-1].Salt)
	}
	c.salts = append(c.salts, salt)
	return nil
}

// beginBeacon stores what the block opens (beacon §9, §10).
func (c *Chain) beginBeacon() {
	s := c.sched
	if s.terms.scheme == schemeHashed {
		if len(c.h.Reveal) == 0 {
			return
		}
		acc := wire.Sum([]byte("reveal"), c.acc(), c.h.Reveal)
		c.State.Set(key(routeBeacon, 1), enc(func(e *cbor.Enc) { e.Bytes(acc[:]) }))
		return
	}
	for i, salt := range c.salts {
		view := c.h.View - uint64(len(c.salts)-1-i)
		if s.turns[view-1].salted {
			c.State.Set(key(routeAvailability, 12, c.h.Epoch, view), enc(func(e *cbor.Enc) { e.Bytes(salt) }))
		}
	}
}

// acc is the accumulator of the hashed scheme.
func (c *Chain) acc() (b []byte) {
	raw, ok := c.State.Get(key(routeBeacon, 1))
	if !ok {
		return c.sched.terms.seed[:]
	}
	read(raw, "accumulator", func(d *cbor.Dec) { b = d.Bytes() })
	return b
}

// boundaryBeacon puts R(e+1,0) into the next terms (beacon §9, §10).
func (c *Chain) boundaryBeacon() {
	s, e := c.sched, c.h.Epoch
	last := c.acc()
	if s.terms.scheme == schemeRecoverable {
		last = s.turns[s.terms.blocks-1].after[:]
	}
	t, _ := c.terms(e + 1)
	t.seed = wire.Sum([]byte("epoch"), wire.Be64(e+1), last)
	c.setTerms(e+1, t)
	c.State.Delete(key(routeBeacon, 1))
}

func (c *Chain) transactions() error {
	least := c.baseFee()
	total, paid := 0, 0
	most := num.U(c.param("block.weight"))
	for i, raw := range c.body.Txs {
		t, err := wire.DecodeTx(raw)
		if err != nil {
			return invalid("txs", "transaction %d: %v", i, err)
		}
		if !c.Trust.Signatures && !wire.Verify(t.Sender, "tx", c.Genesis, t.Payload(), t.Signature) {
			return invalid("txs", "transaction %d: the signature does not hold", i)
		}
		free, err := c.transaction(t, least)
		if err != nil {
			return err
		}
		if total += len(raw); !free {
			paid += len(raw)
		}
		if total > maxTxBytes || paid > maxPaidBytes || most.Less(c.weight) {
			return invalid("txs", "transaction %d is one too many", i)
		}
	}
	return nil
}

// transaction runs guards, then rules (execution §3, §4).
func (c *Chain) transaction(t *wire.Tx, base num.Int) (free bool, err error) {
	var calls []*call
	weight := num.U(uint64(len(t.Raw)))
	from := t.Sender.Address()
	for i := range t.Msgs {
		k, err := c.decode(&t.Msgs[i])
		if err != nil {
			return false, err
		}
		k.from = from
		calls = append(calls, k)
		weight = weight.Add(num.U(k.cost()))
	}
	c.tx = t
	defer func() { c.tx = nil }()
	for _, k := range calls {
		if err := c.guarded(k); err != nil {
			return false, invalid("tx", "a guard refuses: %v", err)
		}
	}
	free = c.free(calls)
	if err := c.admit(t, from, free, base.Mul(weight)); err != nil {
		return free, err
	}
	if !free {
		c.fees, c.weight = c.fees.Add(base.Mul(weight)), c.weight.Add(weight)
	}
	undo := c.mark()
	c.caller = from
	for _, k := range calls {
		if k.do(from) != nil {
			undo()
			break
		}
	}
	return free, nil
}

// free says that all messages are evidence that holds, about different accounts
// (evidence §3).
func (c *Chain) free(calls []*call) bool {
	accused := map[wire.Address]bool{}
	for _, k := range calls {
		if k.evidence == nil {
			return false
		}
	}
	for _, k := range calls {
		a, err := c.judge(k.evidence)
		if err != nil || accused[a.account] {
			return false
		}
		accused[a.account] = true
	}
	return true
}

// admit is what rep and bank do at the first message (execution §3).
func (c *Chain) admit(t *wire.Tx, from wire.Address, free bool, fee num.Int) error {
	payer := from
	if t.FeePayer != nil {
		payer = *t.FeePayer
	}
	for _, p := range c.table {
		if p.payer != nil {
			if err := p.payer(c, t); err != nil {
				return invalid("tx", "its payer does not pay for it: %v", err)
			}
		}
	}
	if !free && c.account(payer).balance.Less(t.FeeMax) {
		c.paySalary(wREP, payer)
		c.paySalary(gREP, payer)
	}
	acc := c.account(from)
	switch {
	case t.Chain != c.Name:
		return invalid("tx", "of another chain")
	case t.ValidUntil < c.h.Height:
		return invalid("tx", "expired")
	case t.Nonce != acc.nonce:
		return invalid("tx", "nonce %d, not %d", t.Nonce, acc.nonce)
	}
	acc.nonce++
	c.setAccount(from, acc)
	if free {
		return nil
	}
	return c.charge(t, from, fee)
}
