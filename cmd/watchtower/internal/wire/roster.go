package wire

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
)

// Member is one of a roster (§7).
type Member struct {
	Address Address
	Key     Key
	Network [32]byte
	Weight  uint64
	Escrow  []Hash
}

// Roster is who votes in an epoch.
type Roster struct {
	Epoch   uint64
	Members []Member
}

// Encode is cbor(Member).
func (m *Member) Encode() []byte {
	var e cbor.Enc
	e.Array(5).Bytes(m.Address[:]).Bytes(m.Key[:]).Bytes(m.Network[:]).Uint(m.Weight).Array(len(m.Escrow))
	for _, k := range m.Escrow {
		e.Bytes(k[:])
	}
	return e
}

// DecMember reads a member.
func DecMember(d *cbor.Dec) (m Member) {
	d.Array(5)
	m.Address, m.Key = DecAddress(d), DecKey(d)
	d.Fixed(m.Network[:])
	m.Weight = d.U64()
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		m.Escrow = append(m.Escrow, DecHash(d))
	}
	return m
}

// Encode is cbor(Roster).
func (r *Roster) Encode() []byte {
	var e cbor.Enc
	e.Array(2).Uint(r.Epoch).Array(len(r.Members))
	for i := range r.Members {
		e.Raw(r.Members[i].Encode())
	}
	return e
}

// DecRoster reads a roster.
func DecRoster(d *cbor.Dec) *Roster {
	r := &Roster{}
	d.Array(2)
	r.Epoch = d.U64()
	n := d.Len()
	for i := 0; i < n && d.Err() == nil; i++ {
		r.Members = append(r.Members, DecMember(d))
	}
	return r
}

// Hash is what headers commit to.
func (r *Roster) Hash() Hash {
	items := make([][]byte, len(r.Members))
	for i := range r.Members {
		items[i] = r.Members[i].Encode()
	}
	return RosterHash(r.Epoch, uint64(len(items)), Merkle(items))
}

// RosterHash is the hash of a roster of n members with a root over them.
func RosterHash(epoch, n uint64, root Hash) Hash {
	var e cbor.Enc
	e.Array(2).Uint(epoch).Uint(n)
	return Sum([]byte("roster"), e, root[:])
}

// Weights are the members' weights.
func (r *Roster) Weights() []uint64 {
	out := make([]uint64, len(r.Members))
	for i, m := range r.Members {
		out[i] = m.Weight
	}
	return out
}

// Total is W.
func (r *Roster) Total() (w uint64) {
	for _, m := range r.Members {
		w += m.Weight
	}
	return w
}

// Quorum is ⌊2W/3⌋ + 1.
func (r *Roster) Quorum() uint64 {
	return num.U(r.Total()).Mul(num.U(2)).Div(num.U(3)).U64() + 1
}

// Tickets are the keys of all tickets in order.
func (r *Roster) Tickets() (out []Hash) {
	for _, m := range r.Members {
		out = append(out, m.Escrow...)
	}
	return out
}
