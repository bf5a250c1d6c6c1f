package reference_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/big"
	"slices"

	"github.com/cloudflare/circl/group"
	"github.com/zeebo/blake3"

	"probity/chain/escrow"
)

var g = group.Ristretto255

// q is the order of ristretto255 (RFC 9496 §4).
var q, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// panel is the ticket holders' keys and the place of a dealing.
type panel struct {
	keys [][]byte
	at   escrow.Place
}

func (p panel) tickets() int   { return len(p.keys) }
func (p panel) threshold() int { return (len(p.keys) + 1) / 2 }

// place is Bound ‖ Epoch ‖ ASC ‖ Salt ‖ Roster.
func (p panel) place() []byte {
	b := append([]byte{}, p.at.Bound[:]...)
	b = binary.BigEndian.AppendUint64(b, p.at.Epoch)
	b = append(b, p.at.ASC[:]...)
	b = binary.BigEndian.AppendUint32(b, p.at.Salt)
	return append(b, p.at.Roster[:]...)
}

// hash is n bytes of BLAKE3 of domain ‖ parts.
func hash(n int, domain string, parts ...[]byte) []byte {
	h := blake3.New()
	_, _ = h.WriteString(domain)
	for _, p := range parts {
		_, _ = h.Write(p)
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(h.Digest(), out); err != nil {
		panic(err)
	}
	return out
}

// number is little-endian bytes modulo q.
func number(b []byte) *big.Int {
	b = bytes.Clone(b)
	slices.Reverse(b)
	n := new(big.Int).SetBytes(b)
	return n.Mod(n, q)
}

func scalar(n *big.Int) group.Scalar {
	return g.NewScalar().SetBigInt(new(big.Int).Mod(n, q))
}

func encode(e group.Element) []byte {
	b, err := e.MarshalBinaryCompress()
	if err != nil {
		panic(err)
	}
	return b
}

// decode reads an element that is not the identity.
func decode(b []byte) (group.Element, bool) {
	e := g.NewElement()
	if len(b) != 32 || e.UnmarshalBinary(b) != nil || e.IsIdentity() {
		return nil, false
	}
	return e, bytes.Equal(encode(e), b)
}

// pair reads c ‖ z, both below q.
func pair(b []byte) (c, z *big.Int, ok bool) {
	if len(b) != 64 {
		return nil, nil, false
	}
	for _, half := range [][]byte{b[:32], b[32:]} {
		if g.NewScalar().UnmarshalBinary(half) != nil {
			return nil, nil, false
		}
	}
	return number(b[:32]), number(b[32:]), true
}

// little is the 32-byte encoding of a number below q.
func little(n *big.Int) []byte {
	b := new(big.Int).Mod(n, q).FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return b
}

func mul(e group.Element, n *big.Int) group.Element { return g.NewElement().Mul(e, scalar(n)) }
func add(a, b group.Element) group.Element          { return g.NewElement().Add(a, b) }
func sub(a, b group.Element) group.Element          { return add(a, g.NewElement().Neg(b)) }

// e0 is the mask of the salt.
func (p panel) e0() group.Element {
	msg := binary.BigEndian.AppendUint64(nil, p.at.Epoch)
	msg = append(msg, p.at.ASC[:]...)
	msg = binary.BigEndian.AppendUint32(msg, p.at.Salt)
	return g.HashToElement(msg, []byte("probity/escrow-base/v1"))
}

// transcript is τ.
func (p panel) transcript(body []byte) []byte {
	keys := hash(32, "probity/escrow-panel/v1", p.keys...)
	return hash(32, "probity/escrow-transcript/v1", p.place(), keys, body)
}

// weights are w_i = m(i)·∏_{j≠i} 1/(i−j) with m = ∑ d_k·binom(x, k).
func (p panel) weights(transcript []byte) []*big.Int {
	n := p.tickets() - (p.threshold() - 1)
	d := hash(64*n, "probity/escrow-weights/v1", transcript)
	w := make([]*big.Int, p.tickets()+1)
	for i := range w {
		m := new(big.Int)
		for k := range n {
			m.Add(m, new(big.Int).Mul(number(d[64*k:64*k+64]), new(big.Int).Binomial(int64(i), int64(k))))
		}
		for j := range w {
			if j != i {
				m.Mul(m, new(big.Int).ModInverse(new(big.Int).Mod(big.NewInt(int64(i-j)), q), q))
			}
		}
		w[i] = m.Mod(m, q)
	}
	return w
}

// sums are U = ∏E_i^w_i and V = ∏C_i^w_i.
func (p panel) sums(w []*big.Int, commitments []group.Element) (u, v group.Element, ok bool) {
	u, v = mul(p.e0(), w[0]), mul(commitments[0], w[0])
	for i, k := range p.keys {
		e, ok := decode(k)
		if !ok {
			return nil, nil, false
		}
		u, v = add(u, mul(e, w[i+1])), add(v, mul(commitments[i+1], w[i+1]))
	}
	return u, v, true
}

// body reads D and every C_i.
func (p panel) body(dealing []byte) (d group.Element, c []group.Element, ok bool) {
	if len(dealing) != 32*(p.tickets()+2)+64 {
		return nil, nil, false
	}
	for i := range p.tickets() + 2 {
		e, ok := decode(dealing[32*i : 32*i+32])
		if !ok {
			return nil, nil, false
		}
		c = append(c, e)
	}
	return c[0], c[1:], true
}

func (p panel) verify(dealing []byte) bool {
	d, commitments, ok := p.body(dealing)
	if !ok {
		return false
	}
	c, z, ok := pair(dealing[len(dealing)-64:])
	if !ok {
		return false
	}
	transcript := p.transcript(dealing[:len(dealing)-64])
	u, v, ok := p.sums(p.weights(transcript), commitments)
	if !ok {
		return false
	}
	first := add(mul(g.Generator(), z), mul(d, c))
	second := add(mul(u, z), mul(v, c))
	return number(hash(64, "probity/dleq-dealing/v1", transcript, encode(first), encode(second))).Cmp(c) == 0
}

// equal verifies that (g, key; base, image) has one logarithm.
func (p panel) equal(dealing []byte, key, base, image group.Element, proof []byte) bool {
	c, z, ok := pair(proof)
	if !ok {
		return false
	}
	first := add(mul(g.Generator(), z), mul(key, c))
	second := add(mul(base, z), mul(image, c))
	return p.challenge(dealing, key, base, image, first, second).Cmp(c) == 0
}

func (p panel) challenge(dealing []byte, elements ...group.Element) *big.Int {
	parts := [][]byte{hash(32, "probity/escrow-dealing/v1", p.place(), dealing)}
	for _, e := range elements {
		parts = append(parts, encode(e))
	}
	return number(hash(64, "probity/dleq/v1", parts...))
}

func (p panel) open(dealing, reveal []byte) (salt []byte, ok bool) {
	d, c, ok := p.body(dealing)
	if !ok || len(reveal) != 96 {
		return nil, false
	}
	k, ok := decode(reveal[:32])
	if !ok || !p.equal(dealing, d, p.e0(), k, reveal[32:]) {
		return nil, false
	}
	return encode(sub(c[0], k)), true
}

func (p panel) checkShare(dealing []byte, s escrow.Share) bool {
	d, _, ok := p.body(dealing)
	if !ok || uint64(s.Ticket) >= uint64(p.tickets()) {
		return false
	}
	key, okE := decode(p.keys[s.Ticket])
	k, okK := decode(s.Proof[:32])
	return okE && okK && p.equal(dealing, key, d, k, s.Proof[32:])
}

// salt interpolates at 0 from exactly the given shares.
func (p panel) salt(dealing []byte, shares []escrow.Share) []byte {
	_, c, _ := p.body(dealing)
	sum := g.Identity()
	for i, s := range shares {
		x, over, under := int64(s.Ticket)+1, big.NewInt(1), big.NewInt(1)
		for j, other := range shares {
			if y := int64(other.Ticket) + 1; j != i {
				over.Mul(over, big.NewInt(y))
				under.Mul(under, big.NewInt(y-x))
			}
		}
		k, _ := decode(s.Proof[:32])
		lambda := over.Mul(over, under.ModInverse(under.Mod(under, q), q))
		sum = add(sum, mul(sub(c[s.Ticket+1], k), lambda))
	}
	return encode(sum)
}

func possessed(keys [][]byte, context, proof []byte) bool {
	c, z, ok := pair(proof)
	if !ok || len(keys) == 0 {
		return false
	}
	count := binary.BigEndian.AppendUint32(nil, uint32(len(keys)))
	statement := hash(32, "probity/possession/v1", count, bytes.Join(keys, nil), context)
	r, power := mul(g.Generator(), z), big.NewInt(1)
	for i, k := range keys {
		e, ok := decode(k)
		if !ok || slices.ContainsFunc(keys[:i], func(b []byte) bool { return bytes.Equal(b, k) }) {
			return false
		}
		power.Mod(power.Mul(power, c), q)
		r = sub(r, mul(e, power))
	}
	return number(hash(64, "probity/possession-challenge/v1", statement, encode(r))).Cmp(c) == 0
}

// deal is a dealer of its own: any s, any values at 0…T, any nonce.
func (p panel) deal(s, r *big.Int, values []*big.Int) []byte {
	body := encode(mul(g.Generator(), s))
	commitments := make([]group.Element, len(values))
	for i, value := range values {
		base := p.e0()
		if i > 0 {
			base, _ = decode(p.keys[i-1])
		}
		commitments[i] = add(mul(g.Generator(), value), mul(base, s))
		body = append(body, encode(commitments[i])...)
	}
	transcript := p.transcript(body)
	u, _, _ := p.sums(p.weights(transcript), commitments)
	c := number(hash(64, "probity/dleq-dealing/v1", transcript, encode(mul(g.Generator(), r)), encode(mul(u, r))))
	z := new(big.Int).Sub(r, new(big.Int).Mul(c, s))
	return append(append(body, little(c)...), little(z)...)
}

// reveal is that dealer's reveal.
func (p panel) reveal(dealing []byte, s, r *big.Int) []byte {
	d, _, _ := p.body(dealing)
	base := p.e0()
	image := mul(base, s)
	c := p.challenge(dealing, d, base, image, mul(g.Generator(), r), mul(base, r))
	z := new(big.Int).Sub(r, new(big.Int).Mul(c, s))
	return append(append(encode(image), little(c)...), little(z)...)
}
