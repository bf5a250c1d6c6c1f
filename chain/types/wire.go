package types

import "probity/chain/codec"

// What travels and is hashed goes the codec's quick way, lists among it.
var _ = [...]struct{}{
	codec.Register[Msg](), codec.Register[Tx](), codec.Register[unsigned](), codec.Register[Statement](), codec.Register[Vote](),
	codec.Register[Certificate](), codec.Register[[]Certificate](), codec.Register[Header](), codec.Register[SignedHeader](),
	codec.Register[Rejected](), codec.Register[ViewRecord](), codec.Register[[]ViewRecord](), codec.Register[Body](),
	codec.Register[Block](), codec.Register[Certified](), codec.Register[Member](), codec.Register[Roster](),
	codec.Register[MemberProof](), codec.Register[ASC](), codec.Register[Plan](), codec.Register[Event](), codec.Register[[]Event](),
	codec.Register[Receipt](), codec.Register[[]Receipt](), codec.Register[Amount](), codec.Register[[]Bytes](), codec.Register[[]uint64](),
}
