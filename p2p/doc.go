// Package p2p moves bytes between keys. A Host is one node's place in the
// network: it keeps authenticated connections to other nodes of the same
// chain, spreads messages by topic, and answers requests. It knows no rule of
// the chain: what a message means, and whether it is worth passing on, is said
// by the handlers it is given.
//
// # Three ways to move bytes
//
//   - Publish spreads a message to everybody who subscribed to its topic, by
//     GossipSub: at once to every connected peer, and by those onward. A
//     message that was seen before (within seenFor) is not spread again.
//   - Send and Broadcast carry a message of a topic to connected peers over a
//     direct stream, in order, without deduplication and without passing it
//     on. It repeats what gossip would suppress, which a protocol that resends
//     its last words needs, and costs each receiver one copy: among four hosts
//     that are all connected a vote costs 8 µs of processor time instead of 133,
//     since gossip brings it six times more often than needed.
//   - Request asks one peer and reads its answer in chunks; Serve answers.
//
// A topic's Handler serves the first two alike.
//
// # What it promises
//
//   - Peers are authenticated by their ed25519 keys (Noise over TCP, TLS 1.3
//     over QUIC), and a handler is told whose connection a message came over.
//     Whose statement it is, the payload's own signature must say: gossip is
//     neither signed nor attributed here (StrictNoSign), because every payload
//     of ours is signed and a second signature costs 158 µs a message.
//   - Only peers of the same chain (spec §9): the first sixteen hex digits of the genesis
//     hash stand in every protocol id and topic name, and the identification
//     at the start of a connection compares them, so a peer of another chain is
//     refused with a reason a person can read (ErrForeign).
//   - Bounded memory whatever peers do: message sizes, rates per peer and kind,
//     bytes held by handlers, streams, connections, known addresses and bans
//     all have limits; see Topic, Protocol, package peers and newResources.
//   - Misconduct is counted by reason (Stats), costs points, and ends in a ban.
//   - Peers named in Config.Bootstrap are dialled again for ever.
//   - Close returns when every goroutine of the host's own has ended.
//
// # What it leaves to its caller
//
// Handlers must be safe for concurrent use, must return soon (they hold their
// message's bytes in the topic's budget) and must not change data, which gossip
// may still be sending to others. A message may arrive more than once
// (by gossip and directly) and in any order. Nothing is retried: a message that
// finds a queue full is dropped and counted.
//
// # Deviations from common use of libp2p
//
//   - No relay, no hole punching, no AutoNAT, no mDNS, no DHT: a node is told
//     its bootstrap peers and learns others from those ("peers/1"). Operators
//     behind address translation forward a port and set Config.Announce.
//   - TCP is preferred over QUIC where a peer offers both (see rank in
//     transport.go); QUIC remains for networks where TCP fails.
//   - Request streams carry our own frames (frame.go) in place of protobuf.
package p2p
