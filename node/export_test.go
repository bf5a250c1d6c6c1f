package node

import (
	"context"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/route"
	"probity/p2p"
)

// OnDisk is o with another file system below its home.
func OnDisk(o Options, fs vfs.FS) Options {
	o.disk = fs
	return o
}

// Under is o with another route table.
func Under(o Options, t route.Table) Options {
	o.table = t
	return o
}

// Knowing is o as software that executes protocols up to one.
func Knowing(o Options, protocol uint32) Options {
	o.known = protocol
	return o
}

// Limited is o with other limits of what one peer may send.
func Limited(o Options, l p2p.Limit) Options {
	o.limit = l
	return o
}

// Hear gives a member a message as if a peer had sent it, past the peer's limits
// and bans.
func Hear(ctx context.Context, n *Node, topic string, from p2p.ID, data []byte) p2p.Verdict {
	switch topic {
	case TopicConsensus:
		return n.onConsensus(ctx, from, data)
	case TopicTxs:
		return n.onTxs(ctx, from, data)
	}
	return n.onSync(ctx, from, data)
}
