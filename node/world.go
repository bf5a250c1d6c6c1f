package node

import (
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// World is everything outside a member, behind five doors.
type World struct {
	Clock   Clock
	Entropy io.Reader // coefficients of batch verification
	Disk    vfs.FS
	Network Network
	Signer  Signer                           // nil: the member observes
	SignTx  func(*types.Tx, keys.PrivateKey) // and signs the member's own transactions under it
	Verify  func([]keys.Signed) []bool       // another signature scheme than ed25519; nil in every real world
	Escrow  escrow.Suite                     // another escrow than escrow.DHPVSS; nil in every real world
}

// Clock tells the time; it may jump, and the machines take the greatest value
// they have seen.
type Clock interface{ Now() types.Time }

// Topics of gossip.
const (
	TopicConsensus = "consensus"    // proposals, votes, certificates
	TopicTxs       = "transactions" // batches of signed transactions
	TopicSync      = "sync"         // questions and answers between two members
)

// Network carries bytes between members. Sending never blocks and promises
// nothing: what is lost is said again by the machines.
type Network interface {
	Broadcast(topic string, data []byte)
	Send(peer, topic string, data []byte)
	Peers() []string // connected now, in a fixed order
}

// Signer keeps the consensus key: see node/signer for its promises.
type Signer interface {
	Public() keys.PublicKey
	Sign(types.Statement) (keys.Signature, error)
	Prove(msg []byte) (keys.Signature, error) // a registration
	Share(e types.Epoch, v types.View, at escrow.Place, dealing []byte, first uint32, count int) ([]escrow.Share, error)
	Said(types.Epoch) []types.Statement
	Raise(types.Epoch, types.View) error
	Refusals() int
}

// Verdict is what a received message was worth, for the network to act on.
type Verdict int

// The verdicts.
const (
	Accept Verdict = iota // pass it on
	Ignore                // not useful here, nobody's fault
	Refuse                // its sender is at fault
)

// suite is the escrow of the world.
func (w *World) suite() escrow.Suite {
	if w.Escrow == nil {
		return escrow.DHPVSS
	}
	return w.Escrow
}
