package escrow

import (
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"probity/chain/keys"
)

// values are the values at 0…last of the polynomial ∑ d_k·binom(x, k), given by
// its coefficients in Newton's basis: the first is the value at 0, and every
// vector of n coefficients is one polynomial of degree below n, as in the usual
// basis. Here the d_k are the forward differences at 0, so that values at
// consecutive points cost additions only, under half of Horner's rule.
func values(coefficients []*scalar.Scalar, last int) []*scalar.Scalar {
	d := make([]scalar.Scalar, len(coefficients))
	for i, c := range coefficients {
		d[i].Set(c)
	}
	out := make([]*scalar.Scalar, last+1)
	for x := range out {
		out[x] = scalar.New().Set(&d[0])
		for k := 0; k+1 < len(d); k++ {
			d[k].Add(&d[k], &d[k+1])
		}
	}
	return out
}

// dualCode is v_i = ∏_{j≠i} 1/(i−j) over the points 0…T. The product of the
// differences is (−1)^(T−i)·i!·(T−i)!.
func dualCode(tickets int) []*scalar.Scalar {
	factorial := make([]*scalar.Scalar, tickets+1)
	factorial[0] = scalar.One()
	for i := 1; i <= tickets; i++ {
		factorial[i] = scalar.New().Mul(factorial[i-1], scalar.NewFromUint64(uint64(i)))
	}
	v := make([]*scalar.Scalar, tickets+1)
	for i := range v {
		v[i] = scalar.New().Mul(factorial[i], factorial[tickets-i])
		if (tickets-i)%2 == 1 {
			v[i].Neg(v[i])
		}
	}
	scalar.New().BatchInvert(v)
	return v
}

// weights are w_i = m(i)·v_i, i = 0…T, with m of T−t coefficients by hash of
// the transcript. For values a_i of a polynomial of degree at most t the sum
// ∑w_i·a_i is zero, since it is the leading coefficient of a product of degree
// at most T−1; for any other values it is zero for one m in q (SCRAPE,
// Cascudo and David 2017, lemma 1).
func (p *Panel) weights(transcript keys.Hash) []*scalar.Scalar {
	r := stream(domainWeights, transcript[:])
	m := make([]*scalar.Scalar, p.Tickets()+1-p.Threshold())
	for i := range m {
		m[i] = nextScalar(r)
	}
	w := values(m, p.Tickets())
	for i := range w {
		w[i].Mul(w[i], p.code[i])
	}
	return w
}

// lagrange are the coefficients λ_i = ∏_{j≠i} x_j/(x_j−x_i), by which the values
// at the distinct points x_i, in ascending order and none of them 0, give the
// value at 0. With P the product of all points that is P/(x_i·∏_{j≠i}(x_j−x_i)).
func lagrange(points []uint64) []*scalar.Scalar {
	under := make([]*scalar.Scalar, len(points))
	for i, x := range points {
		u := newProduct()
		u.times(x)
		for j, y := range points {
			if j < i {
				u.times(x - y)
			} else if j > i {
				u.times(y - x)
			}
		}
		under[i] = u.scalar()
		if i%2 == 1 { // i differences x_j − x_i are negative
			under[i].Neg(under[i])
		}
	}
	scalar.New().BatchInvert(under)
	all := newProduct()
	for _, x := range points {
		all.times(x)
	}
	for _, u := range under {
		u.Mul(u, all.scalar())
	}
	return under
}

// product multiplies small numbers, as many in 64 bits as fit before each
// multiplication of scalars.
type product struct {
	done *scalar.Scalar
	next uint64 // below 2⁵²
}

func newProduct() *product { return &product{done: scalar.One(), next: 1} }

// times multiplies by x, at most MaxTickets.
func (p *product) times(x uint64) {
	if p.next *= x; p.next >= 1<<52 {
		p.done = p.scalar()
		p.next = 1
	}
}

func (p *product) scalar() *scalar.Scalar {
	return scalar.New().Mul(p.done, scalar.NewFromUint64(p.next))
}
