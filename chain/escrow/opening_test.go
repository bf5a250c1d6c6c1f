package escrow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/escrow"
)

// Goal: an opening reads back from its bytes and from JSON. Method: random
// reveals and lists of shares.
func TestOpeningRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o escrow.Opening
		if rapid.Bool().Draw(t, "reveal") {
			o.Reveal = rapid.SliceOfN(rapid.Byte(), escrow.RevealBytes, escrow.RevealBytes).Draw(t, "bytes")
		} else {
			next := uint32(0)
			for range rapid.IntRange(1, 20).Draw(t, "shares") {
				s := escrow.Share{Ticket: next + rapid.Uint32Range(0, 40).Draw(t, "gap")}
				copy(s.Proof[:], rapid.SliceOfN(rapid.Byte(), 96, 96).Draw(t, "proof"))
				o.Shares = append(o.Shares, s)
				next = s.Ticket + 1
			}
		}
		b := escrow.MarshalOpening(o)
		back, err := escrow.ParseOpening(b)
		if err != nil || !bytes.Equal(escrow.MarshalOpening(back), b) || len(b) > escrow.MaxOpeningBytes {
			t.Fatalf("%x: %v", b, err)
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var again escrow.Opening
		if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, o) {
			t.Fatalf("%s: %v", text, err)
		}
	})
}

// Goal: the largest opening fits its bound. Method: all tickets.
func TestOpeningLargest(t *testing.T) {
	var o escrow.Opening
	for i := range uint32(escrow.MaxTickets) {
		o.Shares = append(o.Shares, escrow.Share{Ticket: i})
	}
	if b := escrow.MarshalOpening(o); len(b) > escrow.MaxOpeningBytes {
		t.Fatalf("%d bytes, bound %d", len(b), escrow.MaxOpeningBytes)
	}
}

// Goal: every other form is refused. Method: one case a rule, encoded by the
// codec, which knows none of them; other lengths and texts by hand.
func TestOpeningRefuses(t *testing.T) {
	reveal := make(escrow.Bytes, escrow.RevealBytes)
	for name, o := range map[string]escrow.Opening{
		"neither":      {},
		"both":         {Reveal: reveal, Shares: []escrow.Share{{}}},
		"short reveal": {Reveal: reveal[:95]},
		"long reveal":  {Reveal: append(reveal, 0)},
		"doubled":      {Shares: []escrow.Share{{Ticket: 1}, {Ticket: 1}}},
		"descending":   {Shares: []escrow.Share{{Ticket: 2}, {Ticket: 1}}},
		"high ticket":  {Shares: []escrow.Share{{Ticket: escrow.MaxTickets}}},
	} {
		if _, err := escrow.ParseOpening(codec.MustMarshal(o)); !errors.Is(err, escrow.ErrOpening) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := escrow.MarshalOpening(escrow.Opening{Reveal: reveal})
	for _, b := range [][]byte{nil, {0xf6}, good[1:], good[:len(good)-1], append(bytes.Clone(good), 0), make([]byte, escrow.MaxOpeningBytes+1)} {
		if _, err := escrow.ParseOpening(b); !errors.Is(err, escrow.ErrOpening) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	for _, text := range []string{`"0x00"`, `"00"`, `""`, `"0xzz"`, `"0x0"`} {
		if json.Unmarshal([]byte(text), new(escrow.Proof)) == nil {
			t.Errorf("%s read as a share", text)
		}
	}
	for _, text := range []string{`"00"`, `""`, `"0xzz"`, `"0x0"`} {
		if json.Unmarshal([]byte(text), new(escrow.Bytes)) == nil {
			t.Errorf("%s read as bytes", text)
		}
	}
}

// FuzzParseOpening: whatever is read has one byte form.
func FuzzParseOpening(f *testing.F) {
	k := newKit(f, escrow.DHPVSS, 3, 0)
	f.Add(escrow.MarshalOpening(escrow.Opening{Reveal: k.Reveal(k.at, k.seed, k.dealing)}))
	f.Add(escrow.MarshalOpening(escrow.Opening{Shares: []escrow.Share{k.share(0), k.share(2)}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := escrow.ParseOpening(b); err == nil && !bytes.Equal(escrow.MarshalOpening(o), b) {
			t.Fatalf("%x reads as %v", b, o)
		}
	})
}

// FuzzSuites: no bytes make a method panic, and the only dealing, reveal and
// share that pass for a kit are such as its own makers give.
func FuzzSuites(f *testing.F) {
	for _, s := range suites {
		k := newKit(f, s.suite, 3, 0)
		share := k.share(1)
		f.Add(k.dealing, k.Reveal(k.at, k.seed, k.dealing), share.Proof[:], uint32(1))
	}
	kits := []kit{newKit(f, escrow.DHPVSS, 3, 0), newKit(f, escrow.Ideal{}, 3, 0)}
	f.Fuzz(func(t *testing.T, dealing, reveal, proof []byte, ticket uint32) {
		s := escrow.Share{Ticket: ticket}
		copy(s.Proof[:], proof)
		for _, k := range kits {
			if err := k.Verify(k.panel, k.at, dealing); err == nil && !bytes.Equal(dealing, k.dealing) {
				t.Fatalf("dealing %x passes", dealing)
			}
			for _, d := range [][]byte{dealing, k.dealing} {
				if salt, err := k.Open(k.at, d, reveal); err == nil && bytes.Equal(d, k.dealing) && salt != k.salt(t) {
					t.Fatalf("reveal %x opens %x", reveal, salt)
				}
				if err := k.CheckShare(k.panel, k.at, d, s); err == nil && bytes.Equal(d, k.dealing) && s.Proof != k.share(int(ticket)).Proof {
					t.Fatalf("share %v passes", s)
				}
				own := k.Share(k.at, d, ticket, k.secrets[0])
				_, _ = k.Recover(k.panel, k.at, d, []escrow.Share{s, own, k.share(2)})
				_ = k.Reveal(k.at, k.seed, d)
			}
			_ = k.Possessed([][]byte{k.panel.Key(0), reveal, proof}, dealing, reveal)
			_, _ = k.Panel([][]byte{dealing, reveal, proof})
		}
	})
}
