package law

import (
	"unicode/utf8"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Regions of route 14 (oracle §7).
const (
	oracleMembers         = 1
	oracleInvitations     = 2
	oracleSeatCount       = 3
	oracleProposals       = 4
	oracleLastProposal    = 5
	oracleTasks           = 6
	oracleSubmissions     = 7
	oracleDues            = 8
	oracleSeen            = 9
	oracleImplementations = 10
	oracleProgresses      = 11
	oracleRegisterOpen    = 12
)

// oraclePart is route 14.
func oraclePart() *part {
	legislature := []string{"legislature"}
	return &part{
		number: routeOracle, name: "oracle",
		rows: []row{
			{id: 1, name: "submit", weight: 1000}, {id: 2, name: "declare"}, {id: 3, name: "publish"}, {id: 4, name: "propose"},
			{id: 5, name: "vote"}, {id: 6, name: "execute"}, {id: 7, name: "join"}, {id: 8, name: "recover_join"}, {id: 9, name: "leave"},
			{id: 10, name: "challenge"}, {id: 11, name: "respond"}, {id: 12, name: "decide"},
			{id: 20, name: "open_task", weight: 1000, callers: []string{"contribution", "release"}},
			{id: 30, name: "register", callers: legislature}, {id: 31, name: "dismiss", callers: legislature},
		},
		genesis:  (*Chain).genesisOracle,
		message:  (*Chain).oracleMsg,
		end:      always((*Chain).endOracle),
		boundary: always((*Chain).boundaryOracle),
	}
}

// oracleParams are those of oracle §1.
var oracleParams = []parameter{
	{name: "oracle.quorum_ppm", def: 510000, least: 510000, most: 1000000, grave: true},
	{name: "oracle.members_min", def: 3, least: 3, most: 64},
	{name: "oracle.bond", def: 1750000000000, least: 0, most: 1 << 60},
	{name: "oracle.proposal_cooldown", def: 172800000, least: 0, most: 31449600000},
	{name: "oracle.vote_delay", def: 604800000, least: 0, most: 31449600000},
	{name: "oracle.vote_time", def: 1209600000, least: 1, most: 31449600000},
	{name: "oracle.execute_time", def: 2419200000, least: 1, most: 31449600000},
	{name: "oracle.action_time", def: 2419200000, least: 1, most: 31449600000},
	{name: "oracle.challenge_window", def: 604800000, least: 1, most: 31449600000},
	{name: "oracle.challenge_cooldown", def: 604800000, least: 0, most: 31449600000},
	{name: "oracle.challenge_cost", def: 10000000000, least: 0, most: 1 << 60},
	{name: "oracle.task_epochs", def: 8, least: 1, most: 1024},
	{name: "oracle.keep_epochs", def: 256, least: 1, most: 4096},
	{name: "oracle.spacing_ppm", def: 950000, least: 0, most: 1000000},
	{name: "oracle.rate_max_ppm", def: 20000, least: 10000, most: 100000, grave: true},
	{name: "oracle.health_time", def: 604800000, least: 1, most: 31449600000},
}

// Bounds of oracle §2 and §4.
const (
	seatsMax           = 64
	implementationsMax = 4
	nameMax            = 40
	sourceMax          = 200
)

// bondRef is what a member's bond is exposed for.
var bondRef = wire.Sum([]byte("oracle/bond"))

// watcher is a member (oracle §7, region 1).
type watcher struct {
	joined                                     uint64
	bond                                       num.Int
	watchtower, treegen                        []string
	equivocated, leaveBy, proposed, challenged uint64
	challenger                                 wire.Address
	since, answered                            uint64
}

func (m *watcher) shape(f form) {
	f.fields(11).u64(&m.joined).amount(&m.bond).texts(&m.watchtower).texts(&m.treegen)
	f.u64(&m.equivocated).u64(&m.leaveBy).u64(&m.proposed).u64(&m.challenged).address(&m.challenger).u64(&m.since).u64(&m.answered)
}

func watcherKey(a wire.Address) string { return key(routeOracle, oracleMembers, a) }

func (c *Chain) watcher(a wire.Address) (m watcher, ok bool) {
	ok = c.load(watcherKey(a), &m)
	return m, ok
}

// watchers are the addresses of all members, in order.
func (c *Chain) watchers() (out []wire.Address) {
	for _, k := range c.State.Keys(key(routeOracle, oracleMembers)) {
		out = append(out, addressAt(k, prefixLen))
	}
	return out
}

func (c *Chain) now() uint64 { return c.h.Time }

// recent reports whether a time that is not none is less than span ago.
func (c *Chain) recent(at, span uint64) bool { return at != 0 && c.now() < at+span }

// addSeats changes the number of members.
func (c *Chain) addSeats(n int) {
	k := key(routeOracle, oracleSeatCount)
	c.State.Set(k, uint64Value(uint64(int(c.number(k))+n)))
}

// seatWatcher makes an account a member (oracle §2).
func (c *Chain) seatWatcher(a wire.Address) error {
	bond := num.U(c.param("oracle.bond"))
	switch {
	case c.has(watcherKey(a)):
		return refused("a member already")
	case c.number(key(routeOracle, oracleSeatCount)) >= seatsMax:
		return refused("no seat is left")
	}
	if err := c.expose(wREP, a, bondRef, bond); err != nil {
		return err
	}
	c.store(watcherKey(a), &watcher{joined: c.now(), bond: bond})
	c.addSeats(1)
	c.State.Delete(key(routeOracle, oracleInvitations, a))
	return nil
}

// removeWatcher ends a membership, with a fine (oracle §2).
func (c *Chain) removeWatcher(a wire.Address, fine num.Int) {
	left := c.release(wREP, a, bondRef)
	c.burn(wREP, a, num.Min(fine, left))
	c.State.Delete(watcherKey(a))
	for _, k := range c.State.Keys(key(routeOracle, oracleSeen, a)) {
		c.State.Delete(k)
	}
	c.addSeats(-1)
}

func (c *Chain) joinWatchers(from wire.Address) error {
	invited := c.number(key(routeOracle, oracleInvitations, from)) > c.now()
	if !invited && !c.has(key(routeOracle, oracleRegisterOpen)) {
		return refused("no invitation")
	}
	return c.seatWatcher(from)
}

func (c *Chain) recoverWatchers(from wire.Address) error {
	if c.number(key(routeOracle, oracleSeatCount)) >= c.param("oracle.members_min") {
		return refused("there are enough members")
	}
	return c.seatWatcher(from)
}

func (c *Chain) leaveWatchers(from wire.Address) error {
	m, ok := c.watcher(from)
	switch {
	case !ok || m.leaveBy <= c.now():
		return refused("it may not leave")
	case c.number(key(routeOracle, oracleSeatCount)) <= c.param("oracle.members_min"):
		return refused("too few would be left")
	case m.since != 0:
		return refused("challenged")
	}
	c.removeWatcher(from, num.Int{})
	return nil
}

// implementation is an entry of region 10.
type implementation struct {
	author wire.Address
	source string
}

func (m *implementation) shape(f form) { f.fields(2).address(&m.author).text(&m.source) }

// duties of implementations.
const (
	dutyWatchtower = 1
	dutyTreegen    = 2
)

// wellNamed reports the form of an implementation's name.
func wellNamed(s string) bool {
	for _, r := range s {
		if r <= 0x20 || r == 0x7f {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= nameMax && utf8.ValidString(s)
}

func (c *Chain) publishImplementation(from wire.Address, duty uint64, name, source string) error {
	if duty != dutyWatchtower && duty != dutyTreegen || !wellNamed(name) || len(source) > sourceMax {
		return refused("no duty, or no name")
	}
	k := key(routeOracle, oracleImplementations, duty, name)
	var old implementation
	if c.load(k, &old) && old.author != from {
		return refused("another has that name")
	}
	c.store(k, &implementation{from, source})
	return nil
}

func (c *Chain) declareImplementations(from wire.Address, watchtower, treegen []string) error {
	m, ok := c.watcher(from)
	if !ok {
		return refused("no member")
	}
	for _, list := range [][]string{watchtower, treegen} {
		seen := map[string]bool{}
		for _, n := range list {
			if !wellNamed(n) || seen[n] {
				return refused("a name that is none, or twice")
			}
			seen[n] = true
		}
		if len(list) > implementationsMax {
			return refused("too many implementations")
		}
	}
	m.watchtower, m.treegen = watchtower, treegen
	c.store(watcherKey(from), &m)
	return nil
}

// challengeWatcher asks a member whether it is there (oracle §2, OF13).
func (c *Chain) challengeWatcher(from, of wire.Address) error {
	m, ok := c.watcher(of)
	mine, member := c.watcher(from)
	cooldown := c.param("oracle.challenge_cooldown")
	switch {
	case !ok || of == from || m.since != 0:
		return refused("no member that can be challenged")
	case c.recent(m.answered, cooldown) || member && c.recent(mine.challenged, cooldown):
		return refused("too soon")
	case member:
		mine.challenged = c.now()
		c.store(watcherKey(from), &mine)
	default:
		if err := c.chargeFee(from, num.U(c.param("oracle.challenge_cost"))); err != nil {
			return err
		}
	}
	m.challenger, m.since = from, c.now()
	c.store(watcherKey(of), &m)
	return nil
}

func (c *Chain) respondWatcher(from wire.Address) error {
	m, ok := c.watcher(from)
	if !ok || m.since == 0 {
		return refused("not challenged")
	}
	m.challenger, m.since, m.answered = wire.Address{}, 0, c.now()
	c.store(watcherKey(from), &m)
	return nil
}

func (c *Chain) decideWatcher(from, of wire.Address) error {
	m, ok := c.watcher(of)
	if !ok || m.since == 0 || m.since+c.param("oracle.challenge_window") > c.now() || from == of || from == m.challenger {
		return refused("nothing to decide, or not by this account")
	}
	c.removeWatcher(of, m.bond)
	return nil
}

// oracleMsg decodes a message of the route.
func (c *Chain) oracleMsg(id uint64, d *cbor.Dec) (out message) {
	switch id {
	case 1:
		var m submitMsg
		take(d, &m)
		out.run = func(from wire.Address) error { return c.submitHash(from, &m) }
		out.rescues = func() bool { return m.kind == taskBuild }
	case 2:
		var watchtower, treegen []string
		form{d: d}.fields(2).texts(&watchtower).texts(&treegen)
		out.run = func(from wire.Address) error { return c.declareImplementations(from, watchtower, treegen) }
	case 3:
		d.Array(3)
		duty, name, source := d.Uint(255), d.Text(), d.Text()
		out.run = func(from wire.Address) error { return c.publishImplementation(from, duty, name, source) }
	case 4:
		d.Array(3)
		action, target, fine := d.Uint(255), wire.DecAddress(d), wire.DecAmount(d)
		out.run = func(from wire.Address) error { return c.proposeWatchers(from, action, target, fine) }
	case 5:
		d.Array(2)
		n, yes := d.U64(), d.Bool()
		out.run = func(from wire.Address) error { return c.voteWatchers(from, n, yes) }
	case 6:
		d.Array(1)
		n := d.U64()
		out.run = func(wire.Address) error { return c.executeWatchers(n) }
	case 7, 8, 9, 11:
		d.Array(0)
		out.run = map[uint64]func(wire.Address) error{7: c.joinWatchers, 8: c.recoverWatchers, 9: c.leaveWatchers, 11: c.respondWatcher}[id]
	case 10, 12:
		d.Array(1)
		of := wire.DecAddress(d)
		do := c.challengeWatcher
		if id == 12 {
			do = c.decideWatcher
		}
		out.run = func(from wire.Address) error { return do(from, of) }
	default:
		return c.oracleReserved(id, d)
	}
	return out
}

// oracleReserved decodes what other routes alone may send.
func (c *Chain) oracleReserved(id uint64, d *cbor.Dec) (out message) {
	switch id {
	case 20:
		d.Array(4)
		opener, kind, subject, deadline := d.Text(), d.Uint(255), wire.DecHash(d), d.U64()
		out.run = func(from wire.Address) error { return c.openTask(from, opener, kind, subject, deadline) }
		out.rescues = func() bool { return kind == taskBuild }
	case 30:
		d.Array(1)
		open := d.Bool()
		out.run = func(wire.Address) error { c.setFlag(key(routeOracle, oracleRegisterOpen), open); return nil }
	case 31:
		d.Array(2)
		of, fine := wire.DecAddress(d), wire.DecAmount(d)
		out.run = func(wire.Address) error {
			if !c.has(watcherKey(of)) {
				return refuse(14001, "NOT_MEMBER", "dismiss")
			}
			c.removeWatcher(of, fine)
			return nil
		}
	}
	return out
}

// genesisOracle reads the section of oracle §6.
func (c *Chain) genesisOracle(v value) error {
	if v == nil {
		return nil
	}
	o := newObject(v, "oracle")
	implementations, members := o.list("implementations"), o.list("members")
	if err := o.done(); err != nil {
		return err
	}
	for _, it := range implementations {
		p := newObject(it, "an implementation")
		duty := map[string]uint64{"watchtower": dutyWatchtower, "treegen": dutyTreegen}[p.text("duty")]
		name, author, source := p.text("name"), p.address("author"), p.text("source")
		if err := p.done(); err != nil {
			return err
		}
		if err := c.publishImplementation(author, duty, name, source); err != nil {
			return genesisFault("implementation "+name, err)
		}
	}
	for _, it := range members {
		p := newObject(it, "a member")
		a, watchtower, treegen := p.address("address"), p.texts("watchtower"), p.texts("treegen")
		if err := p.done(); err != nil {
			return err
		}
		if err := c.seatWatcher(a); err != nil {
			return genesisFault("a member of the oracle", err)
		}
		if err := c.declareImplementations(a, watchtower, treegen); err != nil {
			return genesisFault("a member of the oracle", err)
		}
	}
	return nil
}
