package rpc

import (
	"reflect"

	"probity/chain/keys"
	"probity/chain/types"
)

// The topics of subscriptions.
const (
	topicNewBlocks = "newBlocks"
	topicPeers     = "peers"
	topicFinalized = "finalized"
)

// topic is what may be subscribed to: a ring of the feed, or something that
// each final block yields.
type topic struct {
	name  string
	doc   string
	gives reflect.Type                                   // of a notice's result
	of    func(s *Server, h types.Height) ([]any, error) // nil for a ring
}

var eventType = reflect.TypeFor[EventAt]()

// topics lists them all.
var topics = []topic{
	{topicNewBlocks, "A block was notarized: it can be built on, and is not yet final.", reflect.TypeFor[NewBlock](), nil},
	{topicFinalized, "A block became final.", reflect.TypeFor[FinalBlock](), finalizedBlock},
	{"pools", "Events of route pool: a pool opened, was staked on, closed.", eventType, events("pool")},
	{"repChanges", "Events of route rep: reputation was minted, burned, moved.", eventType, events("rep")},
	{"governance", "Events of routes params, legislature, court and release.", eventType, events("params", "legislature", "court", "release")},
	{"evidence", "Events of route evidence: a member was convicted.", eventType, events("evidence")},
	{"circuits", "Events of route dcert: a circuit was opened or closed.", eventType, events("dcert")},
	{topicPeers, "A peer came or went.", reflect.TypeFor[PeerChange](), nil},
}

func findTopic(name string) *topic {
	for i := range topics {
		if topics[i].name == name {
			return &topics[i]
		}
	}
	return nil
}

// events makes the yield of topics that are events of some routes.
func events(routes ...string) func(*Server, types.Height) ([]any, error) {
	return func(s *Server, h types.Height) ([]any, error) {
		all, err := s.eventsOf(h)
		if err != nil {
			return nil, err
		}
		var out []any
		for _, e := range all {
			for _, r := range routes {
				if e.Event.Route == r {
					out = append(out, e)
				}
			}
		}
		return out, nil
	}
}

// FinalBlock is a block that became final.
type FinalBlock struct {
	Height    types.Height `json:"height"`
	Hash      keys.Hash    `json:"hash"`
	Epoch     types.Epoch  `json:"epoch"`
	View      types.View   `json:"view"`
	Time      types.Time   `json:"time"`
	ASC       keys.Hash    `json:"asc"`
	StateRoot keys.Hash    `json:"stateRoot"`
	BaseFee   types.Amount `json:"baseFee"`
	Txs       int          `json:"txs"`
}

func finalizedBlock(s *Server, h types.Height) ([]any, error) {
	sh, err := s.Backend.Header(h)
	if err != nil {
		return nil, err
	}
	if sh == nil {
		return nil, ErrPruned
	}
	receipts, err := s.Backend.Receipts(h)
	if err != nil {
		return nil, err
	}
	b := &sh.Header
	return []any{FinalBlock{
		Height: h, Hash: b.Digest(), Epoch: b.Epoch, View: b.View, Time: b.Time, ASC: b.ASC,
		StateRoot: b.StateRoot, BaseFee: b.BaseFee, Txs: len(receipts),
	}}, nil
}
