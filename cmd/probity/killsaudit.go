package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/types"
	"probity/consensus"
	"probity/node/store"
)

// spoken is who said something in a view.
type spoken struct {
	epoch  types.Epoch
	view   types.View
	signer uint32
}

// contradictions looks through all votes in the blocks of a stopped node for
// two that convict one signer, and notes who that is.
func contradictions(h home, guilty map[string]bool) error {
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return err
	}
	db, err := store.Open(vfs.Default, filepath.Join(string(h), "data"), store.Options{Genesis: g.Hash()})
	if err != nil {
		return storeFailure(h, err)
	}
	return errors.Join(contradictionsIn(db, guilty), db.Close())
}

func contradictionsIn(db *store.Store, guilty map[string]bool) error {
	tip, err := db.Tip()
	if err != nil || tip == nil {
		return err
	}
	said := speeches{}
	for height := types.Height(1); height <= tip.Header.Height; height++ {
		b, err := db.Block(height)
		if err != nil {
			return err
		}
		if b == nil {
			continue // pruned
		}
		said.add(&b.Body, guilty)
	}
	return nil
}

// speeches is what everybody has said.
type speeches map[spoken][]types.Statement

// add takes the votes out of a body, and notes who contradicts itself.
func (said speeches) add(body *types.Body, guilty map[string]bool) {
	for _, v := range votesIn(body) {
		at := spoken{v.Epoch, v.View, v.Signer}
		for _, s := range said[at] {
			if consensus.Conflict(s, v.Statement) {
				guilty[fmt.Sprintf("signer %d of epoch %d", v.Signer, v.Epoch)] = true
			}
		}
		said[at] = append(said[at], v.Statement)
	}
}

// votesIn takes a body's certificates apart.
func votesIn(body *types.Body) (out []types.Vote) {
	add := func(c *types.Certificate) {
		if c == nil {
			return
		}
		if votes, err := c.Votes(8 * len(c.Signers)); err == nil { // the bitmap's own size: only who is who matters
			out = append(out, votes...)
		}
	}
	for i := range body.Votes {
		add(&body.Votes[i])
	}
	for i := range body.Views {
		rec := &body.Views[i]
		add(rec.Nullification)
		for j := range rec.Rejected {
			add(rec.Rejected[j].Rejects)
			add(rec.Rejected[j].Notarizes)
		}
	}
	return out
}
