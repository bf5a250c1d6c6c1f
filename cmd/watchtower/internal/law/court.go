package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// courtParams are the rows of court §1.
var courtParams = []parameter{
	{name: "court.panel", def: 7, least: 1, most: 63},
	{name: "court.appeal_panel", def: 21, least: 1, most: 127},
	{name: "court.panel_min", def: 3, least: 1, most: 63},
	{name: "court.juror_stake", def: 5e9, least: 1e9, most: 1 << 60, grave: true},
	{name: "court.silence_ppm", def: 1e6, most: 1e6, grave: true},
	{name: "court.minority_ppm", def: 500_000, most: 1e6, grave: true},
	{name: "court.bond", def: 100e9, least: 1, most: 1 << 60},
	{name: "court.appeal_bond", def: 500e9, least: 1, most: 1 << 60},
	{name: "court.fee", def: 5e9, most: 1 << 56},
	{name: "court.commit", def: 172_800_000, least: 1000, most: 1 << 40},
	{name: "court.reveal", def: 86_400_000, least: 1000, most: 1 << 40},
	{name: "court.window", def: 604_800_000, least: 1000, most: 1 << 40},
	{name: "court.ratify", def: 345_600_000, least: 1000, most: 1 << 40},
	{name: "court.max_ppm", def: 50_000, most: 200_000, grave: true},
	{name: "court.quorum_ppm", def: 333_334, least: 333_334, most: 1e6, grave: true},
	{name: "court.win_ppm", def: 666_667, least: 666_667, most: 999_999, grave: true},
	{name: "court.loss_ppm", def: 100_000, most: 1e6, grave: true},
	{name: "court.lock_ppm", def: 1e6, most: 1e6, grave: true},
	{name: "court.open_max", def: 64, least: 1, most: 256},
	{name: "court.accuser_max", def: 4, least: 1, most: 256},
	{name: "court.appeals_max", def: 64, least: 1, most: 256},
}

// courtAllowed are the rules over several of them.
func courtAllowed(v map[string]uint64) bool {
	return v["court.panel_min"] <= v["court.panel"] && v["court.panel_min"] <= v["court.appeal_panel"]
}

// Bounds of what is filed (court §2).
const (
	caseHashes  = 16
	casePosts   = 16
	caseText    = 4096
	caseParties = 30
	caseTurns   = 16 // in a block
)

// courtAccount holds the bonds.
var courtAccount = wire.RouteAddress("court")

// courtPart is route 10.
func courtPart() *part {
	return &part{
		number: routeCourt, name: "court",
		rows: []row{
			{id: 1, name: "accuse", weight: 2000, perByte: 1}, {id: 2, name: "commit"}, {id: 3, name: "reveal"},
			{id: 4, name: "appeal", weight: 2000},
			{id: 5, name: "open_appeal", weight: 2000, callers: []string{"release", "oracle", "dcert", "contribution"}},
			{id: 6, name: "vote"},
		},
		message: (*Chain).courtMsg,
		begin:   always((*Chain).beginCourt),
		guard:   (*Chain).guardCourt,
		closed:  (*Chain).ratified,
	}
}

// accuseMsg is the message accuse.
type accuseMsg struct {
	accused  wire.Address
	charge   uint64
	content  wire.Hash
	inline   []byte
	evidence []wire.Hash
	posts    []courtClaim
	bond     num.Int
}

func (m *accuseMsg) shape(f form) {
	f.fields(7).address(&m.accused).byte(&m.charge).hash(&m.content).bytes(&m.inline).hashes(&m.evidence)
	listOf(f, &m.posts, each[courtClaim])
	f.amount(&m.bond)
}

// openAppealMsg is the message open_appeal.
type openAppealMsg struct {
	opener  string
	ref     wire.Hash
	parties []wire.Address
}

func (m *openAppealMsg) shape(f form) {
	f.fields(3).text(&m.opener).hash(&m.ref).addresses(&m.parties)
}

// courtMsg decodes a message of the court.
func (c *Chain) courtMsg(id uint64, d *cbor.Dec) (out message) {
	switch id {
	case 1:
		var m accuseMsg
		take(d, &m)
		out.run = func(from wire.Address) error { return c.courtAccuse(from, &m) }
	case 2:
		d.Array(2)
		n, commitment := d.U64(), wire.DecHash(d)
		out.run = func(from wire.Address) error { return c.commitVerdict(from, n, commitment) }
	case 3:
		d.Array(3)
		n, ratio, salt := d.U64(), d.Uint(1<<32-1), wire.DecHash(d)
		out.run = func(from wire.Address) error { return c.revealVerdict(from, n, ratio, salt) }
	case 4:
		d.Array(2)
		n, bond := d.U64(), wire.DecAmount(d)
		out.run = func(from wire.Address) error { return c.courtAppeal(from, n, bond) }
	case 5:
		var m openAppealMsg
		take(d, &m)
		out.run = func(from wire.Address) error { return c.openAppeal(from, &m) }
	case 6:
		d.Array(3)
		n, side, amount := d.U64(), d.Bool(), wire.DecAmount(d)
		out.run = func(from wire.Address) error {
			k, err := c.caseOf(n)
			if err != nil {
				return err
			}
			if k.stage != stageRatify {
				return errStage
			}
			return c.stakePool(k.pool, from, side, amount)
		}
	}
	return out
}

// Refusals of the court (court §9).
var (
	errParties  = refuse(10001, "PARTIES", "not the parties of a case")
	errEvidence = refuse(10002, "CASE_EVIDENCE", "no evidence of a case")
	errCaseBond = refuse(10003, "CASE_BOND", "too low a bond")
	errBusy     = refuse(10004, "COURT_BUSY", "too many cases are open")
	errCase     = refuse(10005, "NO_CASE", "no case of this number")
	errStage    = refuse(10006, "CASE_STAGE", "the case is in another stage")
	errJuror    = refuse(10007, "NO_JUROR", "no juror of this round with a stake")
	errReveal   = refuse(10008, "REVEAL", "not what was committed to")
	errRatio    = refuse(10009, "RATIO", "no ratio of this case")
	errNothing  = refuse(10010, "NOTHING_TO_TAKE", "the accused has no REP")
	errOpener   = refuse(10011, "OPENER", "another route than the opener")
	errAccused  = refuse(10012, "ACCUSED", "the account is accused")
)

// courtAccuse files an accusation (court §2).
func (c *Chain) courtAccuse(from wire.Address, m *accuseMsg) error {
	accusations, appeals := c.openCases()
	fee := num.U(c.param("court.fee")).Shl(uint(accusations / 8))
	switch {
	case m.accused == wire.Address{} || m.accused == from || m.accused == incinerator:
		return errParties
	case !m.sound():
		return errEvidence
	case m.bond.Less(num.U(c.param("court.bond"))):
		return errCaseBond
	case len(m.posts) == 0 && c.balance(wREP, m.accused).IsZero() && c.balance(gREP, m.accused).IsZero():
		return errNothing
	case accusations >= c.param("court.open_max") || c.number(key(routeCourt, 8, from)) >= c.param("court.accuser_max"):
		return errBusy
	}
	for _, p := range m.posts {
		body := enc(func(e *cbor.Enc) { e.Array(2).Bytes(p.post[:]).Bytes(m.accused[:]) })
		if err := c.dispatch("court", routeForum, forumVouch, body); err != nil {
			return err
		}
	}
	if err := c.chargeFee(from, fee); err != nil {
		return err
	}
	if err := c.pay(from, courtAccount, m.bond); err != nil {
		return err
	}
	k := &courtCase{
		kind: kindAccusation, charge: m.charge, accuser: from, accused: m.accused, parties: []wire.Address{from, m.accused},
		content: m.content, evidence: m.evidence, posts: m.posts, bond: m.bond,
	}
	c.setOpenCases(accusations+1, appeals)
	c.setCount(key(routeCourt, 7, m.accused), c.number(key(routeCourt, 7, m.accused))+1)
	c.setCount(key(routeCourt, 8, from), c.number(key(routeCourt, 8, from))+1)
	n := c.newCase(k)
	if len(m.inline) > 0 {
		c.State.Set(key(routeCourt, 11, n), enc(func(e *cbor.Enc) { e.Bytes(m.inline) }))
	}
	c.lockAccused(m.accused)
	return nil
}

// sound judges charge, text, evidence and posts (court §2, 2).
func (m *accuseMsg) sound() bool {
	zero := wire.Hash{}
	if m.charge < 1 || m.charge > 4 || len(m.evidence) < 1 || len(m.evidence) > caseHashes || len(m.posts) > casePosts || len(m.inline) > caseText {
		return false
	}
	if m.content == zero || len(m.inline) > 0 && m.content != wire.Sum(m.inline) {
		return false
	}
	for _, h := range m.evidence {
		if h == zero {
			return false
		}
	}
	return true
}

// openAppeal files the appeal of a role (court §2).
func (c *Chain) openAppeal(from wire.Address, m *openAppealMsg) error {
	accusations, appeals := c.openCases()
	switch {
	case from != wire.RouteAddress(m.opener):
		return errOpener
	case len(m.parties) > caseParties:
		return errParties
	case appeals >= c.param("court.appeals_max"):
		return errBusy
	}
	c.setOpenCases(accusations, appeals+1)
	c.newCase(&courtCase{kind: kindAppeal, parties: m.parties, opener: m.opener, ref: m.ref})
	return nil
}

// newCase gives a case its number and terms, and files it.
func (c *Chain) newCase(k *courtCase) uint64 {
	k.number = c.number(key(routeCourt, 2)) + 1
	c.State.Set(key(routeCourt, 2), uint64Value(k.number))
	for i, name := range termNames {
		k.terms[i] = c.param("court." + name)
	}
	k.filed = c.h.Height
	k.stage = stageFiled
	c.courtFile(k)
	return k.number
}

// courtFile begins a round: the holders are noted, and chance is waited for.
func (c *Chain) courtFile(k *courtCase) {
	k.round++
	k.until = 0
	k.snapshot = c.takeSnapshot()
	k.draws = c.h.Epoch + 2
	c.State.Set(key(routeCourt, 4, k.draws, k.number), present())
	c.setCase(k)
}

// commitVerdict notes a juror's commitment (court §3).
func (c *Chain) commitVerdict(from wire.Address, n uint64, commitment wire.Hash) error {
	k, s, err := c.courtSitting(from, n, stageCommit)
	if err != nil {
		return err
	}
	if commitment == (wire.Hash{}) {
		return errReveal
	}
	s.commitment = commitment
	c.store(k.seat(from), s)
	return nil
}

// revealVerdict opens a juror's commitment (court §3).
func (c *Chain) revealVerdict(from wire.Address, n, ratio uint64, salt wire.Hash) error {
	k, s, err := c.courtSitting(from, n, stageReveal)
	if err != nil {
		return err
	}
	switch {
	case s.revealed:
		return errReveal
	case ratio > 1e6 || k.kind == kindAppeal && ratio != 0 && ratio != 1e6:
		return errRatio
	case s.commitment != wire.Sum([]byte("verdict"), wire.Be64(n), wire.Be64(k.round), from[:], wire.Be64(ratio), salt[:]):
		return errReveal
	}
	s.revealed, s.ratio = true, ratio
	c.store(k.seat(from), s)
	return nil
}

// courtSitting is a case in a stage that goes on, and a juror's seat in its round.
func (c *Chain) courtSitting(from wire.Address, n, stage uint64) (*courtCase, *courtSeat, error) {
	k, err := c.caseOf(n)
	if err != nil {
		return nil, nil, err
	}
	if k.stage != stage || c.h.Time >= k.until {
		return nil, nil, errStage
	}
	s := &courtSeat{}
	if !c.load(k.seat(from), s) || s.stake.IsZero() {
		return nil, nil, errJuror
	}
	return k, s, nil
}

// courtAppeal asks for a second panel (court §5).
func (c *Chain) courtAppeal(from wire.Address, n uint64, bond num.Int) error {
	k, err := c.caseOf(n)
	switch {
	case err != nil:
		return err
	case k.stage != stageDecided || c.h.Time >= k.until:
		return errStage
	case from != k.accuser && from != k.accused:
		return errParties
	case bond.Less(num.U(k.terms[termAppealBond])):
		return errCaseBond
	}
	if err := c.pay(from, courtAccount, bond); err != nil {
		return err
	}
	c.State.Delete(key(routeCourt, 5, k.until, n))
	k.stage, k.appellant, k.appealBond = stageAppealed, from, bond
	c.courtFile(k)
	return nil
}
