package pool_test

import (
	"fmt"
	"strconv"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// forum opens general pools for the tests: anyone opens, anyone stakes. What
// its verdicts say it emits; where a pool asks for a second stage it opens that
// in its Verdict hook, as the legislature does.
var forum = &route.Route{
	ID: 90, Name: "forum",
	Msgs: []route.Msg{
		route.On(1, "open", func(c *route.Ctx, m openMsg) error {
			m.Config.Opener = "forum"
			id, err := pool.Open(c, m.Config)
			if err == nil && m.Then > 0 {
				stages.Set(c, id, m.Then)
			}
			return err
		}),
		route.On(2, "stake", func(c *route.Ctx, m stakeMsg) error {
			return pool.Stake(c, m.Pool, c.Sender, m.For, m.Amount)
		}),
	},
	Verdict: func(c *route.Ctx, v route.Verdict) {
		c.Emit("verdict", "ref", v.Ref, "pool", v.Pool, "outcome", v.Outcome.String(), "for", v.For, "against", v.Against,
			"quorum", v.QuorumMet, "value", fmt.Sprintf("%x", v.Value))
		if then, ok := stages.Get(c, v.Pool); ok && v.Outcome == route.Accepted {
			_, err := pool.Open(c, pool.Config{
				Opener: "forum", Ref: v.Ref, Book: rep.WREP, Deadline: c.Block.Time + then, QuorumPPM: 100_000,
				WinPPM: 500_000, BindingPPM: types.Million, After: v.Pool,
			})
			c.Emit("stage", "error", fmt.Sprint(err))
		}
	},
}

var stages = state.NewMap[uint64, types.Time](state.Region{Route: 90, Number: 1, Name: "stages"})

type openMsg struct {
	_      struct{}    `cbor:",toarray"`
	Config pool.Config `json:"config"`
	Then   types.Time  `json:"then"` // length of a second, binding stage; 0: none
}

type stakeMsg struct {
	_      struct{}     `cbor:",toarray"`
	Pool   uint64       `json:"pool"`
	For    bool         `json:"for"`
	Amount types.Amount `json:"amount"`
}

// more are directives: author POST sets the work contract, due POST tells what
// its post has, slash NAME AMOUNT burns wREP, convict NAME ….
var more = map[string]func(*chaintest.Chain, chaintest.Line) string{
	"author": func(w *chaintest.Chain, l chaintest.Line) string {
		pool.SetWorkContract(w.Ctx("pool"), keys.Sum([]byte(l.Args[""][0])))
		return "ok"
	},
	"due": func(w *chaintest.Chain, l chaintest.Line) string {
		return pool.TakeAuthor(w.Ctx("pool"), keys.Sum([]byte(l.Args[""][0]))).Decimal()
	},
	"slash": func(w *chaintest.Chain, l chaintest.Line) string {
		n, err := strconv.ParseUint(l.Args[""][1], 10, 64)
		if err != nil {
			return err.Error()
		}
		return rep.Slash(w.Ctx("pool"), w.Addr(l.Args[""][0]), types.Whole(n), "test").Decimal()
	},
	"convict": func(w *chaintest.Chain, l chaintest.Line) string {
		for _, name := range l.Args[""] {
			availability.Convict(w.Ctx("availability"), w.Addr(name))
		}
		return "ok"
	},
}
