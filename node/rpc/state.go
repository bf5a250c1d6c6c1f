package rpc

import (
	"context"

	"probity/chain/keys"
	"probity/chain/types"
)

// StateParams ask for a page of the state.
type StateParams struct {
	From  types.Bytes `json:"from,omitempty" doc:"First raw key of the page; the state's first where it is left out."`
	Limit uint32      `json:"limit,omitempty" doc:"At most so many entries; 1,000 where it is left out, 4,096 at most."`
	At    Selector    `json:"at,omitempty" doc:"Block after which the state is read; the latest where it is left out."`
}

// StateEntry is a raw key of the state and its value.
type StateEntry struct {
	Key   types.Bytes `json:"key"`
	Value types.Bytes `json:"value"`
}

// StatePage is a page of the state.
type StatePage struct {
	Root  keys.Hash    `json:"root"` // stateRoot of the block's header
	Items []StateEntry `json:"items"`
	Next  types.Bytes  `json:"next"` // first key of the next page; 0x at the end
}

// Bounds of a page of the state.
const (
	statePage      = 1000
	statePageMax   = 4096
	statePageBytes = 1 << 20
)

// getState reads a page of the state. A page ends early where its values are large.
func (s *Server) getState(_ context.Context, p StateParams) (*Read[StatePage], error) {
	view, err := s.view(p.At)
	if view == nil {
		return nil, err
	}
	defer view.Close()
	limit := int(p.Limit)
	if limit == 0 {
		limit = statePage
	}
	limit = min(limit, statePageMax)
	out, size := StatePage{Items: []StateEntry{}, Next: types.Bytes{}}, 0
	err = view.Range(p.From, func(key, value []byte) bool {
		if len(out.Items) == limit || size > statePageBytes {
			out.Next = append(types.Bytes{}, key...)
			return false
		}
		size += len(key) + len(value)
		out.Items = append(out.Items, StateEntry{append(types.Bytes{}, key...), append(types.Bytes{}, value...)})
		return true
	})
	if err != nil {
		return nil, err
	}
	at := view.Point()
	if sh, err := s.Backend.Header(at.Height); err != nil {
		return nil, err
	} else if sh != nil {
		out.Root = sh.Header.StateRoot
	}
	return &Read[StatePage]{at, out}, nil
}
