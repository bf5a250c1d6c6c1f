package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/signer"
	"probity/node/signer/keystore"
	"probity/node/store"
	"probity/p2p"
)

// read takes the facts from the database of a stopped home.
func (p *patient) read(db *store.Store) (f *chainFacts, err error) {
	tip, err := db.Tip()
	if err != nil || tip == nil {
		return nil, err
	}
	f = &chainFacts{Height: tip.Header.Height, Time: tip.Header.Time, Known: exec.Protocol(), fromStore: true}
	f.States, f.Blocks = db.Pruned()
	err = guarded(func() error {
		base := state.NewBase(db)
		if up, ok := availability.Planned(base); ok {
			f.Plan, f.PlanAt = up.Protocol, up.Height
		}
		if k, ok := ownKey(p.home, keystore.Account); ok {
			_, f.Seated = availability.Seat(base, keyOf(k).Address())
			f.Enrolled = availability.Enrolled(base, keyOf(k).Address())
		}
		if k, ok := ownKey(p.home, keystore.Consensus); ok {
			f.Shown, err = shownBy(db, base, tip, k)
		}
		return err
	})
	return f, err
}

// shownBy lists what the end of the chain shows a key to have signed.
func shownBy(db *store.Store, base state.Reader, tip *store.Tip, k keystore.Public) ([]types.Statement, error) {
	var blocks []*types.Block
	for h := tip.Header.Height; h > 0 && len(blocks) <= consensus.VoteWindow; h-- {
		b, err := db.Block(h)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		blocks = append(blocks, b)
	}
	var certificates []types.Certificate
	if tip.Proof != nil {
		certificates = append(certificates, tip.Proof.Finalization)
	}
	key := keyOf(k)
	roster := func(e types.Epoch) *types.Roster {
		if r, ok := availability.Roster(base, e); ok {
			return &r
		}
		return nil
	}
	leads := func(h *types.Header) bool {
		plan := availability.Plan(base, h.Epoch)
		if plan == nil {
			return false
		}
		for i := range plan.List {
			if plan.List[i].ID == h.ASC {
				return plan.List[i].Key == key
			}
		}
		return false
	}
	return signer.Shown(key, roster, leads, blocks, certificates), nil
}

// peerTime is how long one peer may take to say who it is.
const peerTime = 6 * time.Second

// lookPeers connects with every bootstrap peer under an identity of its own.
func lookPeers(ctx context.Context, p *patient) []finding {
	if p.configErr != nil || p.genesisErr != nil {
		return []finding{{State: unknown, Value: "not tried without a configuration and a genesis"}}
	}
	list := p.config.list("p2p.bootstrap")
	if len(list) == 0 {
		return []finding{{State: well, Value: "no bootstrap peers are configured"}}
	}
	e, err := newErrand(p.genesis.Hash())
	if err != nil {
		return []finding{{State: fault, Value: oneLine(err), Fix: "correct p2p.bootstrap and p2p.listen"}}
	}
	defer e.close()
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, addr := range list {
		wg.Go(func() {
			ctx, stop := context.WithTimeout(ctx, peerTime)
			defer stop()
			errs[i] = e.host.Connect(ctx, addr)
		})
	}
	wg.Wait()
	return judgePeers(list, errs)
}

// judgePeers says what became of each attempt.
func judgePeers(list []string, errs []error) []finding {
	var out []finding
	reached := 0
	for i, err := range errs {
		switch {
		case err == nil:
			reached++
		case errors.Is(err, p2p.ErrForeign):
			out = append(out, finding{State: fault, Value: oneLine(err), Limit: "peers of this chain", Fix: "take " + list[i] + " out of p2p.bootstrap, or use its chain's genesis file in a new home"})
		default:
			out = append(out, finding{State: warning, Value: oneLine(err), Limit: "reachable", Fix: "check the address and the firewall, or take it out of p2p.bootstrap"})
		}
	}
	if reached == 0 && len(out) > 0 && out[len(out)-1].State == warning {
		out = append(out, finding{State: fault, Value: fmt.Sprintf("0 of %d bootstrap peers answer", len(list)), Limit: "at least 1", Fix: "check the network of this machine and p2p.bootstrap"})
	}
	if reached > 0 {
		out = append(out, finding{State: well, Value: fmt.Sprintf("%d of %d bootstrap peers answer", reached, len(list))})
	}
	return out
}

// lookWatermark compares the signer's journal with what the chain shows.
func lookWatermark(_ context.Context, p *patient) []finding {
	if p.config != nil && p.config.text("signer.socket") != "" {
		return lookRemote(p, p.config.text("signer.socket"))
	}
	dir := filepath.Join(string(p.home), "signer")
	mem, err := signer.Inspect(vfs.Default, dir)
	if err != nil {
		return []finding{{State: fault, Value: oneLine(err), Limit: "readable", Fix: "the node observes until the journal is mended: probity keys handover or backup restore from the last host, else move signer/ away and let the key listen"}}
	}
	if mem.Retired() {
		return []finding{{State: fault, Value: "the key was handed over: this home signs nothing", Fix: "run it as an observer (bench.enabled = false), or give it a new key with probity keys rotate"}}
	}
	if p.running {
		return judgeSigning(p.facts)
	}
	if p.facts == nil {
		return []finding{{State: well, Value: "nothing was signed"}}
	}
	e, v := mem.Last()
	for i := len(p.facts.Shown) - 1; i >= 0; i-- {
		if st := p.facts.Shown[i]; !covers(mem, st) {
			return []finding{{
				State: fault, Value: fmt.Sprintf("stale watermark: the chain shows a %s of this key in %d/%d, the journal ends at %d/%d", st.Kind, st.Epoch, st.View, e, v),
				Limit: "a journal that knows all that the key signed",
				Fix:   "make sure that no other host runs this key; the node then lifts the watermark and listens before it signs, or take the memory of the last host with probity keys handover take",
			}}
		}
	}
	if doubt, err := signer.Doubtful(vfs.Default, dir); err == nil && doubt && p.facts.Seated && p.facts.Height > 0 {
		return []finding{{State: warning, Value: "the past of the key is unknown: the node listens for a twin before it signs", Fix: "wait, or take the memory of the last host with probity keys handover take"}}
	}
	return []finding{{State: well, Value: fmt.Sprintf("the journal ends at %d/%d", e, v)}}
}

// lookRemote knocks at the signer of another process, whose home has the journal.
func lookRemote(p *patient, path string) []finding {
	r, err := signer.Dial(path)
	switch {
	case err == nil:
		if err := r.Close(); err != nil {
			return []finding{{State: unknown, Value: oneLine(err)}}
		}
		return []finding{{State: well, Value: "the signer at " + path + " answers"}}
	case !errors.Is(err, signer.ErrTaken):
		return []finding{{State: fault, Value: oneLine(err), Limit: "a signer that answers", Fix: "start probity signer serve, or correct signer.socket"}}
	case !p.running:
		return []finding{{State: fault, Value: "another node uses the signer at " + path, Limit: "one node for each key", Fix: "stop the other node, or give this one a key of its own"}}
	}
	out := judgeSigning(p.facts)
	if out[0].State == well {
		out[0].Value = "the signer at " + path + " answers; the node holds it"
	}
	return out
}

// judgeSigning is what a running node tells of its key.
func judgeSigning(f *chainFacts) []finding {
	switch {
	case f != nil && f.Twin:
		return []finding{{State: fault, Value: "another host signs with this key: the node is silent", Fix: "stop one of the two for good, hand the memory over (probity keys handover), and restart"}}
	case f != nil && f.Waiting > 0:
		return []finding{{State: warning, Value: fmt.Sprintf("the past of the key is unknown: it listens %.0f s more before it signs", f.Waiting), Fix: "wait; the countdown stands still while the node is behind or has no peers"}}
	}
	return []finding{{State: well, Value: "the journal is readable; the node holds it"}}
}

// covers reports whether a memory knows a statement or forbids it.
func covers(m signer.Memory, st types.Statement) bool {
	if st.Epoch < m.Epoch || st.Epoch == m.Epoch && st.View <= m.View {
		return true
	}
	for _, s := range m.Said {
		if s == st {
			return true
		}
	}
	return false
}

// escrowSample is how many escrow keys are compared: all follow from one seed.
const escrowSample = 4

// lookEscrow compares the escrow keys that the chain holds with the keystore's.
func lookEscrow(_ context.Context, p *patient) []finding {
	switch {
	case errors.Is(p.secretsErr, keystore.ErrMissing):
		if p.config != nil && (p.config.on("bench.enabled") || p.config.on("producer.enabled")) {
			return []finding{{State: fault, Value: "no keystore", Limit: "keys of a member", Fix: "probity keys new, probity backup restore, or run an observer (bench.enabled = false, producer.enabled = false)"}}
		}
		return []finding{{State: well, Value: "an observer needs no keys"}}
	case errors.Is(p.secretsErr, keystore.ErrNoPassphrase):
		return []finding{{State: unknown, Value: "not compared without a passphrase", Fix: "give PROBITY_PASSPHRASE or --passphrase-file"}}
	case p.secretsErr != nil:
		return []finding{{State: fault, Value: oneLine(p.secretsErr), Fix: "give the right passphrase, or restore the keystore with probity backup restore"}}
	case p.facts == nil || !p.facts.fromStore:
		return []finding{{State: well, Value: "the keystore opens"}}
	case !p.facts.Seated || len(p.facts.Enrolled) == 0:
		return []finding{{State: well, Value: "the keystore opens; the chain holds no escrow keys of this account"}}
	}
	seed := node.EscrowSeed(p.secrets.Seed(keystore.Beacon))
	for k := range min(escrowSample, len(p.facts.Enrolled)) {
		own := escrow.DHPVSS.Public(escrow.NewSecret(seed, uint32(k)))
		if !bytes.Equal(own, p.facts.Enrolled[k]) {
			return []finding{{
				State: fault, Value: "missing escrow key: the keys on the bench do not follow from this keystore's beacon key", Limit: "the keys that salts are dealt to",
				Fix: "bring the beacon key back (probity keys import), or start: the node enrols the new keys, which count two freezes later",
			}}
		}
	}
	return []finding{{State: well, Value: fmt.Sprintf("the keystore opens and holds the %d escrow keys on the bench", len(p.facts.Enrolled))}}
}

// lookUpgrade tells of a planned protocol that the software does not know.
func lookUpgrade(_ context.Context, p *patient) []finding {
	switch f := p.facts; {
	case f == nil:
		return []finding{{State: unknown, Value: "no chain to look at"}}
	case f.Plan == 0:
		return []finding{{State: well, Value: "none is planned"}}
	case f.Plan > f.Known:
		return []finding{{
			State: fault, Value: fmt.Sprintf("pending upgrade: protocol %d from height %d on, %d blocks away; this software knows up to %d", f.Plan, f.PlanAt, f.PlanAt-min(f.PlanAt, f.Height), f.Known),
			Limit: fmt.Sprintf("a release that knows protocol %d", f.Plan), Fix: "install the release before that height (probity release status) and restart",
		}}
	default:
		return []finding{{State: well, Value: fmt.Sprintf("protocol %d is planned from height %d on, and known", f.Plan, f.PlanAt)}}
	}
}
