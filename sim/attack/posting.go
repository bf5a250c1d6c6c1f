package attack

import (
	"encoding/binary"

	"probity/chain/keys"
	"probity/chain/route/forum"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Posts of an assembly.

// cite is a reference with a weight in ppm.
type cite struct {
	post keys.Hash
	ppm  int32
}

// publish queues a post by one author and is its id. serial tells posts apart
// that are otherwise equal.
func (a *assembly) publish(who string, serial uint64, cites ...cite) keys.Hash {
	m := forum.Publish{
		Content:    keys.Sum([]byte(who), binary.BigEndian.AppendUint64(nil, serial)),
		Authors:    []forum.Author{{Address: addressOf(who), PPM: types.Million}},
		References: []forum.Reference{},
	}
	for _, c := range cites {
		m.References = append(m.References, forum.Reference{Post: c.post, PPM: c.ppm})
	}
	a.say(who, "forum/publish", m)
	return forum.PostID(addressOf(who), m)
}

// fund queues a fee in whole $ for the validation of a post.
func (a *assembly) fund(who string, post keys.Hash, dollars uint64) {
	a.say(who, "forum/fund", forum.Fund{Post: post, Fee: types.Whole(dollars)})
}

// stakePost queues a vote on a post that is being validated.
func (a *assembly) stakePost(who string, post keys.Hash, inFavour bool, stake types.Amount) {
	a.say(who, "forum/stake", forum.Stake{Post: post, For: inFavour, Amount: stake})
}

// settle waits until pools of a period have closed and what they minted has
// flowed.
func (a *assembly) settle(period types.Time) {
	a.seal(period)
	a.idle(2)
}

// worth is what a post has, in REP.
func (a *assembly) worth(post keys.Hash) (value, gained float64) {
	w := query[*forum.Worth](a, "forum", "get", forum.Of{Post: post})
	if w == nil {
		return 0, 0
	}
	return whole(w.WREP), whole(w.WREPGained)
}

// incinerator is the post that destroys what arrives at it.
var incinerator = forum.Incinerator

// burned is what has been burned of wREP since the genesis.
func (a *assembly) burned() types.Amount {
	for _, b := range query[[]rep.Totals](a, "rep", "supply", rep.None{}) {
		if b.Book == rep.WREP {
			return b.Burned
		}
	}
	return types.Amount{}
}
