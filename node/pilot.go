package node

import (
	"bytes"

	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/node/signer"
)

// pilot sends the member's own transactions: a seat on the bench, a contract
// for the next epoch, evidence. It acts again when a transaction did not make
// it into a block within a while.
type pilot struct {
	acted types.Epoch
	at    types.Height
	tried bool

	escrow enrolment
	cases  []accused    // accusations that wait
	sent   types.Height // when the first was last sent
	tries  int
}

// pilotRetry is after how many blocks the pilot tries again.
const pilotRetry = 6

// epoch begins a new epoch: everything is due again.
func (p *pilot) epoch(e types.Epoch) {
	if p.acted != e {
		p.acted, p.tried = e, false
	}
}

// drive sends what is due. It runs on ticks, after the machines.
func (c *Core) drive(types.Time) {
	if c.halted != nil || c.set.Account == nil || c.plan == nil || c.base.Header.Height == 0 && c.plan.Epoch == 0 && c.machine.Status().View == 0 {
		return
	}
	c.prosecute()
	p := &c.pilot
	h := c.Height()
	if p.tried && h < p.at+pilotRetry {
		return
	}
	p.tried, p.at = true, h
	var msgs []types.Msg
	if c.set.Member {
		msgs = append(append(msgs, c.seat()...), c.signal()...)
	}
	if c.set.Producer {
		msgs = append(msgs, c.contract()...)
	}
	if len(msgs) > 0 {
		_ = c.send(msgs) // logged; tried again
	}
}

// account is the member's address.
func (c *Core) account() keys.Address { return c.set.Account.Public().Address() }

// seat registers on the bench where the account is not there with its present key.
func (c *Core) seat() []types.Msg {
	if c.world.Signer == nil {
		return nil
	}
	key, ok := availability.Seat(c.base.State, c.account())
	mine := c.escrowKeys(availability.EscrowKeys(c.exec.Param(c.base, availability.BenchMax)))
	seated := availability.Enrolled(c.base.State, c.account())
	covered := len(seated) >= len(mine.public) && sameKeys(seated, mine.public) ||
		c.exec.Param(c.base, availability.BeaconScheme) == uint64(types.Hashed)
	if ok && key == c.world.Signer.Public() && covered || availability.Convicted(c.base.State, c.account()) {
		return nil
	}
	m := availability.Bench{Key: c.world.Signer.Public(), Network: c.set.NetworkID, Escrow: mine.public, Possession: mine.possession}
	m.Proof = c.prove(m.SignBytes(c.genesis, c.account()))
	return pack("bench", m)
}

// escrowKeys are this member's first n escrow keys with the proof that it holds
// them, worked out once.
func (c *Core) escrowKeys(n int) enrolment {
	if len(c.pilot.escrow.public) != n {
		e := &c.pilot.escrow
		e.public, e.possession = signer.EscrowKeys(c.escrow, EscrowSeed(c.set.Beacon), n, availability.PossessionContext(c.genesis, c.account()))
	}
	return c.pilot.escrow
}

// enrolment is what a seat says of escrow keys.
type enrolment struct {
	public     []types.Bytes
	possession types.Bytes
}

// sameKeys reports whether a seat begins with the given keys: with others, this
// member's shares would be wrong and its Nullifies would wait for other salts.
func sameKeys(seat, mine []types.Bytes) bool {
	for i := range mine {
		if i >= len(seat) || !bytes.Equal(seat[i], mine[i]) {
			return false
		}
	}
	return true
}

// contract registers for the next epoch while the present one is early enough,
// and adds salts until there are as many as its weight asks for.
func (c *Core) contract() []types.Msg {
	next := c.plan.Epoch + 1
	deadline, ok := availability.Deadline(c.base.State, c.plan.Epoch)
	if !ok || c.machine.Status().View > deadline || availability.Convicted(c.base.State, c.account()) || c.world.Signer == nil {
		return nil
	}
	d := c.dealer(next)
	if w, salts, waits := availability.Waiting(c.base.State, next, c.account()); waits {
		if d.needed(w) <= salts {
			return nil
		}
		return pack("add_salts", d.more(w, salts))
	}
	balance := rep.Balance(c.base.State, rep.WREP, c.account())
	if availability.Registered(c.base.State, next, c.account()) || balance.Less(types.Whole(1)) {
		return nil
	}
	var out []types.Msg
	if availability.Jailed(c.base.State, c.account()) {
		out = append(out, pack("resume", availability.Resume{})...)
	}
	m := d.register(contractWeight(balance))
	m.Proof = c.prove(m.SignBytes(c.genesis, c.account()))
	return append(out, pack("register", m)...)
}

// dealer makes this member's registrations for an epoch whose roster is frozen.
func (c *Core) dealer(e types.Epoch) *dealer {
	d := &dealer{
		suite: c.escrow, secret: c.set.Beacon, account: c.account(), key: c.world.Signer.Public(),
		epoch: e, bound: availability.Bound(c.base.State, e),
	}
	d.scheme, d.stride, _ = availability.Scheme(c.base.State, e)
	_, d.blocks = availability.Length(c.base.State, e)
	roster, _ := availability.Roster(c.base.State, e)
	d.roster = &roster
	return d
}

// pack encodes a message of the availability route.
func pack(name string, m any) []types.Msg {
	msg, err := all.Table.Pack("availability", name, m)
	if err != nil {
		panic("node: " + err.Error())
	}
	return []types.Msg{msg}
}

// prove signs a registration with the consensus key.
func (c *Core) prove(msg []byte) keys.Signature {
	sig, err := c.world.Signer.Prove(msg)
	if err != nil {
		panic("node: " + err.Error()) // the signer proves registrations
	}
	return sig
}

// pilotFee is what the member's own transactions may cost at most, and
// pilotValid for how many blocks they are valid.
var pilotFee = types.Whole(10)

const pilotValid = 64

// send signs messages with the member's account and submits them.
func (c *Core) send(msgs []types.Msg) error {
	tx := types.Tx{
		Chain: c.set.Genesis.Chain, Nonce: c.NextNonce(c.account()), FeeMax: pilotFee.Min(bank.Balance(c.base.State, c.account())),
		ValidUntil: c.Height() + pilotValid, Msgs: msgs,
	}
	c.signTx(&tx)
	s, err := types.Seal(tx)
	if err != nil {
		return err
	}
	out := c.Submit([]*types.SignedTx{s})
	if out[0] != nil {
		c.log.Warn("own transaction refused", "event", "pilot_refused", "kind", kindOf(out[0]), "reason", out[0])
	}
	return out[0]
}

// signTx signs with the member's account key, under the world's scheme.
func (c *Core) signTx(tx *types.Tx) {
	if c.world.SignTx != nil {
		c.world.SignTx(tx, *c.set.Account)
		return
	}
	tx.Sign(*c.set.Account, c.genesis)
}
