package serve

import (
	"encoding/json"
	"fmt"
	"strconv"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/draw"
	"probity/cmd/watchtower/internal/escrow"
	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

func opHash(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct{ Data bin }](in)
	h := wire.Sum(q.Data)
	return object{"hash": bin(h[:])}, err
}

func opMerkle(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct{ Items []bin }](in)
	items := make([][]byte, len(q.Items))
	for i, it := range q.Items {
		items[i] = it
	}
	h := wire.Merkle(items)
	return object{"root": bin(h[:])}, err
}

func opAddress(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Key   bin
		Route string
	}](in)
	if err != nil {
		return nil, err
	}
	if q.Route != "" {
		return object{"address": wire.RouteAddress(q.Route).String()}, nil
	}
	var k wire.Key
	if err := fixed(k[:], q.Key); err != nil {
		return nil, err
	}
	return object{"address": k.Address().String()}, nil
}

// opCBOR reads a value of a type and writes it again.
func opCBOR(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Type  string
		Bytes bin
	}](in)
	if err != nil {
		return nil, err
	}
	d, out := cbor.New(q.Bytes), cbor.Enc{}
	switch q.Type {
	case "tx":
		t, err := wire.DecodeTx(q.Bytes)
		if err != nil {
			return nil, err
		}
		name := t.Name()
		return object{"bytes": q.Bytes, "name": bin(name[:]), "payload": bin(t.Payload())}, nil
	case "header":
		h := wire.DecHeader(d)
		out = h.Encode()
	case "body":
		b := wire.DecBody(d)
		out = b.Encode()
	case "roster":
		out = wire.DecRoster(d).Encode()
	case "statement":
		out = wire.DecStatement(d).Encode()
	case "amount":
		wire.Amount(&out, wire.DecAmount(d))
	case "uint":
		out.Uint(d.U64())
	case "bytes":
		out.Bytes(d.Bytes())
	case "text":
		out.Text(d.Text())
	case "bool":
		out.Bool(d.Bool())
	default:
		return nil, fmt.Errorf("%w: the type %q", ErrUnknown, q.Type)
	}
	return object{"bytes": bin(out)}, d.Done()
}

func opSignature(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Key, Genesis, Payload, Signature bin
		Kind                             string
	}](in)
	if err != nil {
		return nil, err
	}
	var k wire.Key
	var g wire.Hash
	var s wire.Signature
	if fixed(k[:], q.Key) != nil || fixed(g[:], q.Genesis) != nil || fixed(s[:], q.Signature) != nil {
		return nil, fmt.Errorf("a length")
	}
	return object{"valid": wire.Verify(k, q.Kind, g, q.Payload, s)}, nil
}

func opRoot(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct{ Leaves [][2]bin }](in)
	s := tree.New()
	for _, l := range q.Leaves {
		s.Set(string(l[0]), l[1])
	}
	h := s.Root()
	return object{"root": bin(h[:])}, err
}

func opProof(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Root, Key, Proof bin
		Value            *bin
	}](in)
	if err != nil {
		return nil, err
	}
	var root tree.Hash
	if err := fixed(root[:], q.Root); err != nil {
		return nil, err
	}
	p, err := tree.DecodeProof(q.Proof)
	if err != nil {
		return nil, err
	}
	var value []byte
	if q.Value != nil {
		value = append([]byte{}, *q.Value...)
	}
	return object{"holds": p.Check(root, string(q.Key), value) == nil}, nil
}

// draws is what draw operations ask; numbers are decimal text.
type draws struct {
	Domain  string
	Seed    bin
	N       string
	Weights []string
	Units   uint64
	Count   int
	Lottery bool
}

func (q *draws) weights() (out []uint64, err error) {
	for _, w := range q.Weights {
		n, err := strconv.ParseUint(w, 10, 62)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func readDraws(in json.RawMessage) (q draws, seed [32]byte, weights []uint64, err error) {
	if q, err = read[draws](in); err != nil {
		return
	}
	if err = fixed(seed[:], q.Seed); err != nil {
		return
	}
	weights, err = q.weights()
	return
}

func opPoint(_ *Server, in json.RawMessage) (any, error) {
	q, seed, _, err := readDraws(in)
	if err != nil {
		return nil, err
	}
	n, ok := num.Parse(q.N)
	if !ok || n.IsZero() {
		return nil, fmt.Errorf("no number of points")
	}
	s, points := draw.NewStream(q.Domain, seed), []string{}
	for range q.Count {
		points = append(points, s.Point(n).String())
	}
	return object{"points": points}, nil
}

// opDraw draws from seeds H(seed ‖ be64(i)) for i = 0, 1, …
func opDraw(_ *Server, in json.RawMessage) (any, error) {
	q, seed, weights, err := readDraws(in)
	if err != nil {
		return nil, err
	}
	var cycle *draw.Cycle
	if !q.Lottery {
		cycle = draw.NewCycle(weights, q.Units)
	}
	served := []int{}
	for i := range q.Count {
		s := wire.Sum(seed[:], wire.Be64(uint64(i)))
		if q.Lottery {
			served = append(served, draw.Lottery(weights, s))
		} else {
			served = append(served, cycle.Draw(s))
		}
	}
	return object{"served": served}, nil
}

func opSample(_ *Server, in json.RawMessage) (any, error) {
	q, seed, weights, err := readDraws(in)
	if err != nil {
		return nil, err
	}
	return object{"drawn": append([]int{}, draw.Sample(seed, weights, q.Count)...)}, nil
}

// escrowed is what escrow operations ask.
type escrowed struct {
	Bound, ASC, Roster bin
	Epoch              uint64
	Number             uint32
	Tickets            []bin
	Dealing, Opening   bin
}

func readEscrow(in json.RawMessage) (q escrowed, p escrow.Place, tickets []wire.Hash, err error) {
	if q, err = read[escrowed](in); err != nil {
		return
	}
	p.Epoch, p.Number = q.Epoch, q.Number
	if fixed(p.Bound[:], q.Bound) != nil || fixed(p.ASC[:], q.ASC) != nil || fixed(p.Roster[:], q.Roster) != nil {
		err = fmt.Errorf("a length")
	}
	for _, b := range q.Tickets {
		var h wire.Hash
		if fixed(h[:], b) != nil {
			err = fmt.Errorf("a length")
		}
		tickets = append(tickets, h)
	}
	return
}

func opDealing(_ *Server, in json.RawMessage) (any, error) {
	q, place, tickets, err := readEscrow(in)
	return object{"valid": err == nil && escrow.Check(place, tickets, q.Dealing)}, err
}

func opOpen(_ *Server, in json.RawMessage) (any, error) {
	q, place, tickets, err := readEscrow(in)
	if err != nil {
		return nil, err
	}
	o, err := escrow.DecodeOpening(q.Opening)
	if err != nil {
		return nil, err
	}
	salt, ok := o.Open(place, tickets, q.Dealing)
	if !ok {
		return nil, fmt.Errorf("it does not open")
	}
	return object{"salt": bin(salt)}, nil
}

func opGenesisHash(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct{ File string }](in)
	if err != nil {
		return nil, err
	}
	g, d, err := law.Hashes([]byte(q.File))
	return object{"genesis": bin(g[:]), "draft": bin(d[:])}, err
}
