package beacon

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/state"
	"probity/chain/types"
)

// ID is the route's number on the wire.
const ID = 5

// Route is the chapter of randomness. Its parameters, beacon.scheme and
// beacon.stride, are frozen with the epoch and so declared by availability.
var Route = &route.Route{
	ID: ID, Name: "beacon",
	Doc:    "Seeds from which producers are drawn, and the reveals that make them.",
	Rescue: true,
	Queries: []route.Query{
		route.Ask("seed", seed).Says("The seeds of the running epoch, and what was revealed towards the next."),
		route.Ask("get", get).Says("The seed of a view, and who is drawn for it."),
		route.Ask("schedule", schedule).Says("Who is drawn for views of the running epoch."),
	},
	Begin:    begin,
	Boundary: boundary,
}

// revealed is what the reveals of the running epoch have made of R(e,0); no
// value where there was none yet.
var revealed = state.NewValue[keys.Hash](state.Region{Route: ID, Number: 1, Name: "revealed"})

// begin checks that the drawn contract made the block, that its header has the
// view's seed, and that it opens the view's salt.
func begin(c *route.Ctx) error {
	b := c.Block
	skipped, err := availability.Skipped(c)
	if err != nil {
		return err
	}
	for i := int(skipped); i < len(b.Views); i++ {
		if len(b.Views[i].Salt) != 0 {
			return fmt.Errorf("%w: addition about view %d", ErrSalt, b.Views[i].View)
		}
	}
	asc := b.Schedule.ASC(b.View)
	if b.ASC != asc.ID {
		return fmt.Errorf("%w: %s in view %d, drawn was %s", ErrTurn, b.ASC.Short(), b.View, asc.ID.Short())
	}
	if want := b.Schedule.Seed(b.View); b.Seed != want {
		return fmt.Errorf("%w: %s in view %d, want %s", ErrSeed, b.Seed.Short(), b.View, want.Short())
	}
	scheme, _, _ := availability.Scheme(c, b.Epoch)
	if scheme == types.Recoverable {
		for v := b.View - types.View(skipped); v <= b.View; v++ {
			if salt := b.Schedule.Opened(v); len(salt) > 0 {
				availability.NoteSalt(c, b.Epoch, v, salt)
			}
		}
		return nil
	}
	if len(b.Reveal) > 0 {
		acc := accumulated(c, b.Epoch)
		revealed.Set(c, keys.Sum([]byte("reveal"), acc[:], b.Reveal))
	}
	return nil
}

// accumulated is acc of the running epoch.
func accumulated(r state.Reader, e types.Epoch) keys.Hash {
	if acc, ok := revealed.Get(r); ok {
		return acc
	}
	start, _ := availability.Seed(r, e)
	return start
}

// boundary hands the seed of the next epoch to availability, whose hook runs
// next and completes the plan.
func boundary(c *route.Ctx) {
	next := c.Block.Epoch + 1
	acc := harvest(c)
	revealed.Delete(c)
	availability.SetSeed(c, next, keys.Sum([]byte("epoch"), binary.BigEndian.AppendUint64(nil, uint64(next)), acc[:]))
}

// harvest is what the running epoch hands to the next: under the recoverable
// scheme R(e,Bk), the value after exactly as many views as the epoch has
// blocks. They have always been by the boundary, and later views, whose number
// an adversary may influence, never reach the next epoch.
func harvest(c *route.Ctx) keys.Hash {
	scheme, _, _ := availability.Scheme(c, c.Block.Epoch)
	if scheme != types.Recoverable {
		return accumulated(c, c.Block.Epoch)
	}
	first, blocks := availability.Length(c, c.Block.Epoch)
	if last := first + types.Height(blocks) - 1; c.Block.Height != last || c.Block.View < types.View(blocks) {
		panic(fmt.Sprintf("beacon: boundary at height %d, view %d", c.Block.Height, c.Block.View))
	}
	return c.Block.Schedule.Seed(types.View(blocks))
}

// None asks for what needs no parameters.
type None struct{}

// Seeds are the seeds of the running epoch.
type Seeds struct {
	Epoch    types.Epoch  `json:"epoch"`
	Start    keys.Hash    `json:"start"`    // R(e,0)
	View     types.View   `json:"view"`     // of the last block
	Seed     keys.Hash    `json:"seed"`     // R(e,View)
	Scheme   types.Scheme `json:"scheme"`   // 1: hashed, 2: recoverable
	Revealed keys.Hash    `json:"revealed"` // hashed: what the next epoch's seed is made of, so far; else zero
}

// Stretch asks for views of the running epoch.
type Stretch struct {
	From  types.View `json:"from"`  // 0: the one after the last block's
	Limit int        `json:"limit"` // at most 256; 0: 16
}

// Drawn is who is drawn for a view.
type Drawn struct {
	View     types.View   `json:"view"`
	ASC      keys.Hash    `json:"asc"`
	Producer keys.Address `json:"producer"`
	Salt     uint32       `json:"salt"` // which of the contract's salts it opens
	Seed     keys.Hash    `json:"seed"` // R(e,View); zero while it waits for the view's salt
}

func seed(c *route.Ctx, _ None) (Seeds, error) {
	start, _ := availability.Seed(c, c.Block.Epoch)
	out := Seeds{Epoch: c.Block.Epoch, Start: start, View: c.Block.View, Seed: c.Block.Seed}
	if out.Scheme, _, _ = availability.Scheme(c, c.Block.Epoch); out.Scheme == types.Hashed {
		out.Revealed = accumulated(c, c.Block.Epoch)
	}
	return out, nil
}

// Place asks for one view.
type Place struct {
	Epoch types.Epoch `json:"epoch"`
	View  types.View  `json:"view"`
}

// get answers for epochs whose plan is kept, nil for others, and for views that
// wait for a salt before them. View 0 has a seed and no producer.
func get(c *route.Ctx, q Place) (*Drawn, error) {
	p := availability.Plan(c, q.Epoch)
	if p == nil {
		return nil, nil
	}
	s, err := types.NewSchedule(p)
	if err != nil {
		return nil, nil
	}
	switch {
	case q.View == 0:
		return &Drawn{Seed: p.Seed}, nil
	case q.View > aheadMax:
		return nil, route.ErrMessage.With("view %d is above %d", q.View, aheadMax)
	case !s.Reach(q.View):
		return nil, nil
	}
	d := drawn(s, q.View)
	return &d, nil
}

func drawn(s *types.Schedule, v types.View) Drawn {
	asc := s.ASC(v)
	d := Drawn{View: v, ASC: asc.ID, Producer: asc.Producer, Salt: s.Salt(v)}
	if s.Known(v) {
		d.Seed = s.Seed(v)
	}
	return d
}

// schedule works on one of its own: queries may run beside each other.
func schedule(c *route.Ctx, q Stretch) ([]Drawn, error) {
	out := []Drawn{}
	p := availability.Plan(c, c.Block.Epoch)
	if p == nil {
		return out, nil
	}
	s, err := types.NewSchedule(p)
	if err != nil {
		return out, nil
	}
	if q.From == 0 {
		q.From = c.Block.View + 1
	}
	if q.Limit <= 0 {
		q.Limit = 16
	}
	if q.From > c.Block.View+aheadMax {
		return nil, route.ErrMessage.With("view %d is more than %d ahead of %d", q.From, aheadMax, c.Block.View)
	}
	for v := q.From; v < q.From+types.View(min(q.Limit, 256)) && s.Reach(v); v++ {
		out = append(out, drawn(s, v))
	}
	return out, nil
}

// aheadMax bounds how far ahead of the last block a query may look.
const aheadMax = 1 << 16
