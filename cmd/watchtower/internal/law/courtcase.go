package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Kinds of cases, and their stages (court §1).
const (
	kindAccusation = 1
	kindAppeal     = 2

	stageFiled     = 1
	stageCommit    = 2
	stageReveal    = 3
	stageDecided   = 4
	stageAppealed  = 5
	stageRatify    = 6
	stageFinal     = 7
	stageDismissed = 8
)

// termNames are the parameters that a case keeps, in their order (court §9).
var termNames = [...]string{
	"panel", "appeal_panel", "panel_min", "juror_stake", "silence_ppm", "minority_ppm", "max_ppm", "quorum_ppm",
	"win_ppm", "loss_ppm", "commit", "reveal", "window", "ratify", "appeal_bond",
}

// Their places.
const (
	termPanel = iota
	termAppealPanel
	termPanelMin
	termJurorStake
	termSilence
	termMinority
	termMax
	termQuorum
	termWin
	termLoss
	termCommit
	termReveal
	termWindow
	termRatify
	termAppealBond
)

// courtClaim is a post of a case with what may be taken of it.
type courtClaim struct {
	post   wire.Hash
	amount num.Int
}

func (p *courtClaim) shape(f form) { f.fields(2).hash(&p.post).amount(&p.amount) }

// courtDecision is what a panel has said (court §4).
type courtDecision struct {
	seats, guilty, clear uint64
	hung                 bool
	ratio                uint64
}

func (x *courtDecision) shape(f form) {
	f.fields(5).u64(&x.seats).u64(&x.guilty).u64(&x.clear).bool(&x.hung).u64(&x.ratio)
}

// courtCase is a case (court §9).
type courtCase struct {
	number uint64 // its key

	kind, stage, charge uint64
	accuser, accused    wire.Address
	parties             []wire.Address
	opener              string
	ref, content        wire.Hash
	evidence            []wire.Hash
	posts               []courtClaim
	bond                num.Int
	terms               [len(termNames)]uint64
	filed, round, draws uint64
	snapshot, until     uint64
	decisions           []courtDecision
	appellant           wire.Address
	appealBond          num.Int
	pool, outcome       uint64
	slashed             uint64 // ratio
	burned              [3]num.Int
	ended               uint64
}

func (k *courtCase) shape(f form) {
	f.fields(27).u64(&k.kind).u64(&k.stage).u64(&k.charge).address(&k.accuser).address(&k.accused)
	f.addresses(&k.parties).text(&k.opener).hash(&k.ref).hash(&k.content).hashes(&k.evidence)
	listOf(f, &k.posts, each[courtClaim])
	f.amount(&k.bond).fields(len(k.terms))
	for i := range k.terms {
		if i != termJurorStake && i != termAppealBond {
			f.u64(&k.terms[i])
			continue
		}
		a := num.U(k.terms[i])
		f.amount(&a)
		k.terms[i] = a.U64()
	}
	f.u64(&k.filed).u64(&k.round).u64(&k.draws).u64(&k.snapshot).u64(&k.until)
	listOf(f, &k.decisions, each[courtDecision])
	f.address(&k.appellant).amount(&k.appealBond).u64(&k.pool).u64(&k.outcome).u64(&k.slashed)
	f.amount(&k.burned[wREP]).amount(&k.burned[gREP]).u64(&k.ended)
}

// courtSeat is a juror's place on a panel.
type courtSeat struct {
	stake      num.Int
	commitment wire.Hash
	revealed   bool
	ratio      uint64
}

func (s *courtSeat) shape(f form) {
	f.fields(4).amount(&s.stake).hash(&s.commitment).bool(&s.revealed).u64(&s.ratio)
}

// present is the value of a key that only has to be there.
func present() []byte { return enc(func(e *cbor.Enc) { e.Bool(true) }) }

// seat is the key of a juror's seat in the case's round.
func (k *courtCase) seat(a wire.Address) string { return key(routeCourt, 3, k.number, k.round, a) }

// jurorRef is what the stakes of the case's round are exposed for.
func (k *courtCase) jurorRef() wire.Hash {
	return wire.Sum([]byte("juror"), wire.Be64(k.number), wire.Be64(k.round))
}

// caseOf reads a case.
func (c *Chain) caseOf(n uint64) (*courtCase, error) {
	k := &courtCase{number: n}
	if !c.load(key(routeCourt, 1, n), k) {
		return nil, errCase
	}
	return k, nil
}

// knownCase is a case that the state names.
func (c *Chain) knownCase(n uint64) *courtCase {
	k, err := c.caseOf(n)
	if err != nil {
		panic("law: the state names a case that is not there")
	}
	return k
}

func (c *Chain) setCase(k *courtCase) { c.store(key(routeCourt, 1, k.number), k) }

// openCases are the numbers of open accusations and of open appeals of roles.
func (c *Chain) openCases() (accusations, appeals uint64) {
	if raw, ok := c.State.Get(key(routeCourt, 10)); ok {
		read(raw, "open cases", func(d *cbor.Dec) {
			d.Array(2)
			accusations, appeals = d.U64(), d.U64()
		})
	}
	return accusations, appeals
}

func (c *Chain) setOpenCases(accusations, appeals uint64) {
	c.State.Set(key(routeCourt, 10), enc(func(e *cbor.Enc) { e.Array(2).Uint(accusations).Uint(appeals) }))
}

// courtNext brings a case into a stage of a length.
func (c *Chain) courtNext(k *courtCase, stage, length uint64) {
	k.stage, k.until = stage, c.h.Time+length
	c.State.Set(key(routeCourt, 5, k.until, k.number), present())
	c.setCase(k)
}
