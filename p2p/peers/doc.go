// Package peers is the peer machine of a node: which addresses are known,
// which peers are connected, how well each has behaved, who is banned until
// when, how much each may send, and whom to dial next.
//
// It is a machine in the sense of docs/architecture.md: Step(now, Input) Ready.
// It owns no goroutine, lock, clock, socket or randomness, so a history of
// inputs replays to the same outputs; time is the first argument of Step and
// the only chance is Config.Secret. Its driver (package p2p) reports what
// happened on the network and performs what Ready asks, in the order of its
// fields.
//
// # What it promises
//
//   - Everything is bounded: known peers by Config.BookMax, addresses of one
//     peer by AddrsMax, what one peer may teach by LearnedMax, bans by BansMax.
//   - A peer earns at most ScoreMax and is banned at ScoreBan, so good conduct
//     buys a few mistakes and never a licence. Scores decay toward zero.
//   - A second ban lasts twice as long as the first, up to BanMax.
//   - Peers the operator named (Keep) are dialled for ever, with back-off;
//     learned ones are forgotten when they do not answer.
//   - Addresses that a peer gave for itself are not displaced by hearsay, and
//     the order in which learned peers are dialled depends on a secret, so a
//     stranger who floods the book cannot choose whom the node connects to.
//
// # What it leaves to its caller
//
// Addresses are opaque strings here; the caller parses and filters them. The
// machine trusts the caller that an ID was authenticated. It is not safe for
// concurrent use.
package peers
