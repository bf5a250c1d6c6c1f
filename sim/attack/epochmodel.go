package attack

import (
	"bytes"
	"encoding/binary"
	"slices"

	"probity/chain/keys"
	"probity/vpool/draw"
)

// The model of an epoch that the attacks on the beacon play in: the law's own
// draws and seed chain (spec selection §3, §4 and §6, spec beacon) between
// contracts whose salts are fixed at registration. Time, messages and blocks
// are reduced to what may reach a seed.

// modelWeight is the REP of all contracts; shares are rounded to it.
const modelWeight = 1_000_000

// contract is one ASC in a list.
type contract struct {
	id     keys.Hash
	weight uint64
	mine   bool      // the adversary's
	secret keys.Hash // its salts follow from it
}

// saltOf is a salt of a contract.
type saltOf keys.Hash

// salt is the contract's salt number j, fixed when it registered.
func (c *contract) salt(j uint32) saltOf {
	var b [36]byte
	copy(b[:], c.secret[:])
	binary.BigEndian.PutUint32(b[32:], j)
	return saltOf(keys.Sum(b[:]))
}

// where is the salt, or none.
func (s *saltOf) where(enters bool) []byte {
	if !enters {
		return nil
	}
	return s[:]
}

// roll is the list of an epoch, ordered by id.
type roll struct {
	contracts []contract
	weights   []uint64
}

// others is in how many contracts, of unequal weights, the others hold theirs.
const others = 10

// othersOf are the contracts of the others in an epoch, with the given weight.
func othersOf(seed, epoch, weight uint64) []contract {
	out := make([]contract, others)
	left := weight
	for i := range out {
		out[i] = registered("other", weight*uint64(i+1)/(others*(others+1)/2), false, seed, epoch, uint64(i))
		left -= out[i].weight
	}
	out[others-1].weight += left // what rounding left
	return out
}

// registered is a contract with the id and the salts that its name gives.
func registered(who string, weight uint64, mine bool, seed uint64, name ...uint64) contract {
	return contract{id: named("id "+who, seed, name...), weight: weight, mine: mine, secret: named("secret "+who, seed, name...)}
}

// enroll makes the list of an epoch: the others, and the adversary's weight in
// as many equal parts as it likes, under addresses of its choice.
func enroll(field []contract, seed, epoch, mine, parts, address uint64) *roll {
	r := &roll{contracts: append(make([]contract, 0, len(field)+int(parts)), field...)}
	for i := range parts {
		part := mine / parts
		if i < mine%parts {
			part++
		}
		r.contracts = append(r.contracts, registered("adversary", part, true, seed, epoch, address, i))
	}
	slices.SortFunc(r.contracts, func(a, b contract) int { return bytes.Compare(a.id[:], b.id[:]) })
	r.weights = make([]uint64, len(r.contracts))
	for i := range r.contracts {
		r.weights[i] = r.contracts[i].weight
	}
	return r
}

// lots draws producers from a list, in one of the two ways of the law.
type lots struct {
	cycle *draw.Cycle
	lot   *draw.Lottery
}

// Names of the two selections.
const (
	byLottery = "lottery"
	byCycle   = "cycle"
)

func newLots(selection string, weights []uint64, units int) (lots, error) {
	if selection == byCycle {
		c, err := draw.NewCycle(weights, units)
		return lots{cycle: c}, err
	}
	l, err := draw.NewLottery(weights)
	return lots{lot: l}, err
}

func (l lots) next(seed keys.Hash) int {
	if l.cycle != nil {
		return l.cycle.Next(seed)
	}
	return l.lot.Next(seed)
}

func (l lots) clone() lots {
	if l.cycle != nil {
		l.cycle = l.cycle.Clone()
	}
	return l
}

// nextSeed is R(e,v) from R(e,v−1) and the salt of v: H("seed" ‖ R ‖ be64(v) ‖
// salt).
func nextSeed(prev keys.Hash, view uint64, salt []byte) keys.Hash {
	var b [4 + 32 + 8 + 32]byte
	copy(b[:], "seed")
	copy(b[4:], prev[:])
	binary.BigEndian.PutUint64(b[36:], view)
	n := 44 + copy(b[44:], salt)
	return keys.Sum(b[:n])
}

// firstSeed is R(e,0) from what the epoch before leaves: H("epoch" ‖ be64(e) ‖ x).
func firstSeed(epoch uint64, x keys.Hash) keys.Hash {
	var b [5 + 8 + 32]byte
	copy(b[:], "epoch")
	binary.BigEndian.PutUint64(b[5:], epoch)
	copy(b[13:], x[:])
	return keys.Sum(b[:])
}

// opens says whether shares of a weight open a salt: the escrow as an ideal
// functionality. What a contract dealt cannot change, its owner opens it at
// will, and so does whoever brings shares of a third of the weight; nobody else
// learns anything. An adversary cannot hope for more of chain/escrow.
func opens(shares uint64) bool { return 3*shares >= modelWeight }
