package flow

import "github.com/holiman/uint256"

// Amount is a number of base units, 10⁻⁹ REP, below 2¹²⁸.
type Amount = uint256.Int

// Million is one whole in ppm.
const Million = 1_000_000

// Incinerator is the index of the post that destroys what arrives at it.
const Incinerator = -1

// Author has a part of what a post keeps.
type Author struct {
	Of  int // who, by the caller's numbers
	PPM uint32
}

// Reference goes to an older post: a positive one gives to it, a negative one
// takes from it.
type Reference struct {
	To  int // a post, or Incinerator
	PPM int32
}

// Post is a post in the middle of its life.
type Post struct {
	Authors    []Author
	References []Reference
	// Value is the REP that the post is worth: what arrived and was not taken,
	// with what it leached, without what it donated.
	Value Amount
	// Carried has an entry for each reference: what it leached or donated and
	// was not undone.
	Carried []Amount
}

// Gained is what arrived at the post and was not taken since: the most that
// can be taken.
func (p *Post) Gained() Amount {
	g := p.Value
	for k := range p.References {
		if p.References[k].PPM > 0 {
			g = add(g, p.Carried[k])
		}
	}
	for k := range p.References {
		if p.References[k].PPM < 0 {
			g = sub(g, p.Carried[k])
		}
	}
	return g
}

// outward is ⌊|w|·x⌋, what a reference of weight w carries for an x that
// arrives.
func (r Reference) outward(x Amount) Amount { return shareDown(x, r.abs()) }

// back is ⌈|w|·x⌉, what an x that is taken asks a reference to carry back.
func (r Reference) back(x Amount) Amount {
	whole := shareDown(x, r.abs())
	if left := new(Amount).MulMod(&x, uint256.NewInt(r.abs()), uint256.NewInt(Million)); !left.IsZero() {
		whole.AddUint64(&whole, 1)
	}
	return whole
}

func (r Reference) abs() uint64 {
	if r.PPM < 0 {
		return uint64(-int64(r.PPM))
	}
	return uint64(r.PPM)
}

// shareDown is ⌊x·ppm/10⁶⌋.
func shareDown(x Amount, ppm uint64) Amount {
	var z Amount
	if _, over := z.MulDivOverflow(&x, uint256.NewInt(ppm), uint256.NewInt(Million)); over {
		panic("flow: share leaves 256 bits")
	}
	return z
}

// add is a+b; amounts below 2¹²⁸ cannot leave 256 bits.
func add(a, b Amount) Amount {
	var z Amount
	if _, over := z.AddOverflow(&a, &b); over {
		panic("flow: sum leaves 256 bits")
	}
	return z
}

// sub is a−b; a difference below zero is a broken invariant, never an input.
func sub(a, b Amount) Amount {
	var z Amount
	if _, under := z.SubOverflow(&a, &b); under {
		panic("flow: difference below zero")
	}
	return z
}

func minimum(a, b Amount) Amount {
	if a.Lt(&b) {
		return a
	}
	return b
}
