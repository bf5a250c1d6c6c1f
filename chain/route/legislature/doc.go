// Package legislature is the route by which the holders of REP change the
// chain: proposals with actions, voted in three stages, executed after a delay
// (spec legislature; governance rules L1–L8).
//
// # Actions are messages
//
// An action is a message that the legislature dispatches in its own name when
// the proposal executes. Whatever message of whatever route may be called by the
// legislature alone, or among others, is an action: nothing is registered here,
// and actions pass every guard. The route that owns the message says how grave
// it is (route.Msg: Grave, Rescue, Urgent, Notice; route.Weighty).
//
// # The life of a proposal
//
//	draft ── deposit complete ──▶ nonbinding ──▶ half ──▶ binding ──▶ queued ──▶ executed
//	  │                               └──────────────┴────────┴──▶ rejected      ├──▶ failed
//	  ├──▶ withdrawn (also from nonbinding)                    └──▶ vetoed       └──▶ expired
//	  └──▶ expired
//
// Each stage is a validation pool on the electorate of the first, or one pool
// for each book where both must agree (Joint). The terms of the law are copied
// into the proposal when its vote opens, so that no vote is decided by rules
// made during it. What somebody votes with is at risk by loss_ppm × 0, ½, 1.
//
// # gREP
//
// The book of gREP opens when a budget share for it takes effect. Whoever wrote
// an executed proposal earns gREP; once enough accounts hold it, none too much,
// gREP canonizes in the place of wREP, for good.
//
// # What it promises, what it leaves to others
//
// Work per block is bounded: what lapses, opens and is paid waits in queues that
// are taken a few at a time, and at most law.open_max ordinary proposals are
// voted on at once. A failing action undoes all of its proposal. The route
// leaves pools to route pool, the flow of what a post gains to the forum
// (message reward), and authorship to the forum (message vouch).
package legislature
