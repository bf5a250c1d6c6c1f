package dcert

import (
	"fmt"
	"slices"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Bounds of a trip.
const (
	TripMax   = 32   // messages
	URLMax    = 80   // bytes of each
	MotiveMax = 4096 // bytes
)

// Trip breaks routes ("bank") and messages ("bank/send"), all of them or none.
// Commitment is to the motive, which RevealMotive tells later (A-D13).
type Trip struct {
	_          struct{}  `cbor:",toarray"`
	Messages   []string  `json:"messages"`
	Commitment keys.Hash `json:"commitment"`
}

// RevealMotive opens the commitment of a trip. Whoever knows it may.
type RevealMotive struct {
	_      struct{}    `cbor:",toarray"`
	Trip   uint64      `json:"trip"`
	Motive types.Bytes `json:"motive"`
	Salt   keys.Hash   `json:"salt"`
}

// MotiveCommitment is what a trip commits to its motive with.
func MotiveCommitment(motive []byte, salt keys.Hash) keys.Hash {
	return keys.Sum([]byte("dcert/motive"), salt[:], motive)
}

// guard refuses every call whose circuit is open, wherever it comes from (D25,
// A-D1).
func guard(c *route.Ctx, call route.Call) error {
	if n, _ := broken.Get(c); n == 0 {
		return nil
	}
	url := call.Route.Name + "/" + call.Msg.Name
	k, open := circuits.Get(c, call.Route.Name)
	if !open {
		k, open = circuits.Get(c, url)
	}
	if !open || spared(c, call) {
		return nil
	}
	e := ErrCircuit.With("%s is halted since height %d by %s; the motive is committed to as %s", url, k.Height, k.By, k.Commitment)
	e.Got = url
	e.Want = fmt.Sprintf("trip %d, since height %d by %s, motive %s", k.Trip, k.Height, k.By, k.Commitment)
	return e
}

// spared tells whether a call is of the recovery set (A-D2).
func spared(c *route.Ctx, call route.Call) bool {
	if RecoverySet.Get(c) == 0 {
		return false
	}
	if call.Route.Rescue || call.Msg.Rescue {
		return true
	}
	r, ok := call.Body.(route.Rescuer)
	return ok && r.Rescues(c)
}

// locate finds what a URL names under the protocol in force; msg is nil for a
// whole route.
func locate(c *route.Ctx, url string) (r *route.Route, msg *route.Msg, ok bool) {
	name, of, one := strings.Cut(url, "/")
	if r = c.Table().Find(name); r == nil || !r.Serves(c.Block.Version) {
		return nil, nil, false
	}
	if !one {
		return r, nil, len(r.Msgs) > 0
	}
	msg = r.Msg(of)
	return r, msg, of != "" && msg != nil
}

// breakCircuits breaks what is named once dcert.break_quorum active members
// have asked for just that (A-D3; one, unless governance wants more).
func breakCircuits(c *route.Ctx, m Trip) error {
	if err := acting(c); err != nil {
		return err
	}
	if Breaker.Get(c) == 0 {
		return ErrDisabled
	}
	urls, err := targets(c, m)
	if err != nil {
		return err
	}
	subject := keys.Sum([]byte("dcert/trip"), codec.MustMarshal(urls))
	n := vote(c, subject)
	if need := BreakQuorum.Get(c); n < need {
		c.Emit("vote_trip", "voter", c.Sender, "messages", strings.Join(urls, ","), "votes", n, "of", need)
		return nil
	}
	forgetBallots(c, subject)
	openCircuits(c, urls, m.Commitment)
	return nil
}

// targets are the URLs of a trip in order, each once.
func targets(c *route.Ctx, m Trip) ([]string, error) {
	switch n := len(m.Messages); {
	case n == 0 || n > TripMax:
		return nil, ErrTrip.With("%d messages, want 1 to %d", n, TripMax)
	case m.Commitment.IsZero():
		return nil, ErrTrip.With("no commitment to a motive")
	}
	urls := slices.Clone(m.Messages)
	slices.Sort(urls)
	urls = slices.Compact(urls)
	for _, url := range urls {
		if len(url) > URLMax {
			return nil, ErrUnknown
		}
		r, msg, ok := locate(c, url)
		if !ok {
			return nil, ErrUnknown.With("%q: no such route or message; write \"bank\" or \"bank/send\"", url)
		}
		if RecoverySet.Get(c) != 0 && (r.Rescue || msg != nil && msg.Rescue) {
			return nil, ErrRecovery.With("%s: the chain recovers by it and it cannot be broken", url)
		}
	}
	return urls, nil
}

// openCircuits breaks what is not broken yet (A-D12). The event names every
// route and message of the trip, and which of them are news.
func openCircuits(c *route.Ctx, urls []string, commitment keys.Hash) {
	id, _ := lastTrip.Get(c)
	id++
	lastTrip.Set(c, id)
	trips.Set(c, id, trip{
		By: c.Sender, Height: c.Block.Height, Time: c.Block.Time, Messages: urls, Commitment: commitment,
	})
	var fresh []string
	for _, url := range urls {
		if circuits.Has(c, url) {
			continue
		}
		circuits.Set(c, url, circuit{
			Trip: id, Since: c.Block.Time, Height: c.Block.Height, By: c.Sender, Commitment: commitment,
		})
		fresh = append(fresh, url)
	}
	n, _ := broken.Get(c)
	broken.Set(c, n+uint64(len(fresh)))
	c.Emit("tripped", "trip", id, "by", c.Sender, "messages", strings.Join(urls, ","),
		"opened", strings.Join(fresh, ","), "commitment", commitment)
}

// closeCircuit closes one circuit, where it is open.
func closeCircuit(c *route.Ctx, url, cause string) {
	k, ok := circuits.Get(c, url)
	if !ok {
		return
	}
	circuits.Delete(c, url)
	n, _ := broken.Get(c)
	broken.Set(c, n-1)
	c.Emit("closed", "message", url, "trip", k.Trip, "cause", cause)
}

func revealMotive(c *route.Ctx, m RevealMotive) error {
	t, ok := trips.Get(c, m.Trip)
	switch {
	case !ok || len(t.Motive) > 0:
		return ErrReport.With("trip %d has no motive to reveal", m.Trip)
	case len(m.Motive) == 0 || len(m.Motive) > MotiveMax:
		return ErrSize.For(len(m.Motive), MotiveMax)
	case MotiveCommitment(m.Motive, m.Salt) != t.Commitment:
		return ErrOpening.For(MotiveCommitment(m.Motive, m.Salt), t.Commitment)
	}
	t.Motive = m.Motive
	trips.Set(c, m.Trip, t)
	c.Emit("motive", "trip", m.Trip, "by", c.Sender)
	return nil
}

// Open lists what is broken, in order.
func Open(r state.Reader) (out []string) {
	if n, _ := broken.Get(r); n == 0 {
		return nil
	}
	circuits.Range(r, func(url string, _ circuit) bool {
		out = append(out, url)
		return true
	})
	return out
}
