package sim

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/types"
	"probity/node"
	"probity/node/mempool"
)

// Operator is who runs the members of a run: it reads their metrics as a
// Prometheus would, and lays hands on machines, links and clocks at times of its
// own. With one, a run has a fixed length and no second phase, and each member has
// around its loop what a node has (node.Monitor): its key waits where its past is
// unknown, and peers that misbehave are banned.
type Operator struct {
	Length  types.Time     // of the run, ms
	Every   types.Time     // between two scrapes of all members, ms
	Mempool mempool.Limits // zero: those of a run
	// Copies are further hosts with the keys of members, by the number of each:
	// hosts Nodes, Nodes+1, … with disks of their own, off until somebody boots them.
	Copies []int
	// Sections are those of further routes in the genesis; nil: none.
	Sections func(accounts []keys.Address) map[string]any
	Begin    func(*Hands)
	// Scrape gets what a member's metrics port serves, in Prometheus' text
	// format; up is false where nobody answers.
	Scrape func(at types.Time, id int, up bool, page string)
}

// Hands are an operator's means. Members are named by their number.
type Hands struct {
	run  *run
	free map[int]func(at types.Time) uint64
}

// spare is a host that nobody has booted at the start.
func (m *member) spare() bool { return m.of != m.id && !m.owned }

// accounts lists those of the members.
func (r *run) accounts() (out []keys.Address) {
	for _, m := range r.members {
		out = append(out, m.keys.Account.Public().Address())
	}
	return out
}

// attend puts around a member what a node has around its loop.
func (m *member) attend(set *node.Settings, w *node.World) error {
	o := m.run.cfg.Operator
	if o.Mempool != (mempool.Limits{}) {
		set.Mempool = o.Mempool
	}
	var err error
	if m.monitor, err = node.NewMonitor(node.Owner{Genesis: m.run.genesis, Keys: &m.keys, Listen: m.listen}); err != nil {
		return err
	}
	set.Hooks = m.monitor.Hooks(set.Hooks)
	if m.signer == nil {
		return nil
	}
	m.refused = 0
	return m.monitor.Entrust(m.signer, w)
}

// operate begins the operator's work.
func (r *run) operate() {
	o := r.cfg.Operator
	if o == nil {
		return
	}
	r.hands = &Hands{run: r, free: map[int]func(types.Time) uint64{}}
	if o.Begin != nil {
		o.Begin(r.hands)
	}
	r.second()
	r.scrape()
}

// second lets a second pass for what is around members, now and from now on.
func (r *run) second() {
	for _, m := range r.members {
		if m.core != nil && m.busy <= r.now {
			m.monitor.Second()
			r.after(m)
		}
	}
	r.agenda.add(r.now+1000, r.second)
}

// scrape reads every member's metrics, now and from now on.
func (r *run) scrape() {
	o := r.cfg.Operator
	at := r.now - r.start
	for _, m := range r.members {
		switch {
		case m.core != nil:
			o.Scrape(at, m.id, true, r.hands.page(m, at))
		case m.monitor != nil: // it has run before
			o.Scrape(at, m.id, false, "")
		}
	}
	r.agenda.add(r.now+o.Every, r.scrape)
}

// page is what a member's metrics port serves.
func (h *Hands) page(m *member, at types.Time) string {
	s := node.Surroundings{Peers: h.reach(m)}
	if f := h.free[m.id]; f != nil {
		s.Free = f(at)
	}
	m.monitor.Look(s)
	w := httptest.NewRecorder()
	m.monitor.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// reach counts the members that are up and that this one reaches.
func (h *Hands) reach(m *member) (n int) {
	for _, o := range h.run.members {
		if o.id != m.id && o.core != nil && h.linked(m, o) {
			n++
		}
	}
	return n
}

// linked reports whether two members have a connection: no link between them is
// cut, and none of them has banned the other.
func (h *Hands) linked(a, b *member) bool {
	if cut := h.run.net.Links.Cut; cut != nil && (cut(a.id, b.id) || cut(b.id, a.id)) {
		return false
	}
	return !a.shuns(b) && !b.shuns(a)
}

func (m *member) shuns(o *member) bool {
	return m.core != nil && m.monitor.Shuns(m.run.now, name(o.id))
}

// At has the operator do something, ms after the start of the run.
func (h *Hands) At(after types.Time, do func()) { h.run.agenda.add(h.run.start+after, do) }

// Stop cuts a member's power.
func (h *Hands) Stop(id int) {
	if m := h.run.members[id]; m.core != nil {
		m.crash()
	}
}

// Boot starts a member that is down, or a copy.
func (h *Hands) Boot(id int) { h.run.reboot(h.run.members[id]) }

// Move gives a member that is down a new machine: nothing is on its disks. Its
// key listens for so long, ms, before it signs.
func (h *Hands) Move(id int, listen types.Time) {
	m := h.run.members[id]
	m.data.Wipe("data")
	m.journal.Wipe("signer")
	m.listen = listen
}

// Rehearse gives a member that is down the journal of a rehearsal with the same
// genesis and the same key, in which the chain has come so many views further than
// the member's own.
func (h *Hands) Rehearse(id int, views types.View) {
	m := h.run.members[id]
	m.amnesia = true // the journal is no longer the chain's: its refusals are what is to be seen
	s, err := node.OpenJournal(m.journal.FS(), "signer", m.keys.Consensus, h.run.genesis.Hash())
	if err == nil {
		e, v := s.Memory().Last()
		if err = s.Lift(e, v+views); err == nil {
			err = s.Close()
		}
	}
	h.run.fatal = firstOf(h.run.fatal, err)
}

// Cut has nothing pass between members for which it holds; nil: all passes.
func (h *Hands) Cut(cut func(from, to int) bool) { h.run.net.Links.Cut = cut }

// Jump moves a member's clock by ms.
func (h *Hands) Jump(id int, ms int64) {
	m := h.run.members[id]
	m.clock.Jump(ms)
	if m.core != nil {
		m.schedule()
	}
}

// Room tells how many bytes are free on a member's disk at a time of the run.
func (h *Hands) Room(id int, free func(at types.Time) uint64) { h.free[id] = free }

// Slow has each write to a member's disk that must be safe take ms.
func (h *Hands) Slow(id int, ms int64) {
	h.run.members[id].data.Slow(ms)
	h.run.members[id].journal.Slow(ms)
}

// Spoil makes the first bytes of the tables on a member's disk unreadable, where
// its oldest blocks are.
func (h *Hands) Spoil(id int, bytes int) {
	if h.run.members[id].data.Spoil("data", ".sst", bytes) == 0 {
		h.run.fatal = firstOf(h.run.fatal, fmt.Errorf("member %d has no tables on its disk", id))
	}
}

// Call has a client post a request to a member's JSON-RPC; it is what was
// answered.
func (h *Hands) Call(id int, request string) string {
	m := h.run.members[id]
	if m.core == nil {
		return ""
	}
	server, err := m.monitor.RPC()
	if err != nil {
		h.run.fatal = firstOf(h.run.fatal, err)
		return ""
	}
	r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(request))
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w.Body.String()
}

// Say has the person behind a member sign a transaction of one message, and offer
// it to that member. One that is refused ends the run.
func (h *Hands) Say(id int, routeName, name string, body any) {
	m := h.run.members[id]
	if m.core == nil {
		return
	}
	msg, err := all.Table.Pack(routeName, name, body)
	if err == nil {
		var tx *types.SignedTx
		if tx, err = h.seal(m, msg); err == nil {
			err = m.core.Submit([]*types.SignedTx{tx})[0]
		}
	}
	if err != nil {
		h.run.fatal = firstOf(h.run.fatal, fmt.Errorf("member %d, %s/%s: %w", id, routeName, name, err))
	}
	h.run.after(m)
}

// What the transactions of people may cost, and for how many blocks they hold.
var sayFee = types.Whole(1000)

const sayValid = 64

// seal signs a message with a member's account.
func (h *Hands) seal(m *member, msg types.Msg) (*types.SignedTx, error) {
	tx := types.Tx{
		Chain: h.run.genesis.Chain, Nonce: m.core.NextNonce(m.keys.Account.Public().Address()), FeeMax: sayFee,
		ValidUntil: m.core.Height() + sayValid, Msgs: []types.Msg{msg},
	}
	h.run.signTx(&tx, m.keys.Account)
	return types.Seal(tx)
}
