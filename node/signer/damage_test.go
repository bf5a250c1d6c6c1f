package signer_test

import (
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/signer"
)

// Goal: one damaged byte inside the journal never makes the signer forget.
// Method: every byte before the last two records, all bits flipped in turn; the
// open fails or every statement before the last is still there.
func TestDamageInsideIsSeen(t *testing.T) {
	genesis := keys.Sum([]byte("g"))
	key := keys.FromSeed([32]byte{1})
	disk := vfs.NewMem()
	_ = disk.MkdirAll("d", 0o700)
	s, err := signer.Open(disk, "d", key, genesis)
	if err != nil {
		t.Fatal(err)
	}
	for v := types.View(1); v <= 6; v++ {
		if _, err := s.Sign(types.Statement{Kind: types.Finalize, View: v, Digest: keys.Sum([]byte{byte(v)})}); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Close()
	f, _ := disk.Open("d/signer.log")
	whole, _ := io.ReadAll(f)
	_ = f.Close()
	lost := 0
	for at := 0; at < len(whole)-200; at++ {
		for _, flip := range []byte{1, 0x80, 0xff} {
			b := append([]byte{}, whole...)
			b[at] ^= flip
			d := vfs.NewMem()
			_ = d.MkdirAll("d", 0o700)
			g, _ := d.Create("d/signer.log", vfs.WriteCategoryUnspecified)
			_, _ = g.Write(b)
			_ = g.Close()
			s, err := signer.Open(d, "d", key, genesis)
			if errors.Is(err, signer.ErrJournal) {
				continue
			}
			if n := len(s.Said(0)); n < 5 {
				if lost++; lost < 4 {
					t.Logf("byte %d of %d ^ %#x: %d of 6 statements left, no error; Nullify(6) now: %v", at, len(whole), flip, n, func() error { _, err := s.Sign(types.Statement{Kind: types.Nullify, View: 6}); return err }())
				}
			}
		}
	}
	if lost > 0 {
		t.Fatalf("%d flips forget silently", lost)
	}
	// A torn tail of zeros is a crash, not damage.
	d := vfs.NewMem()
	_ = d.MkdirAll("d", 0o700)
	g, _ := d.Create("d/signer.log", vfs.WriteCategoryUnspecified)
	_, _ = g.Write(append(append([]byte{}, whole...), make([]byte, 60)...))
	_ = g.Close()
	if _, err := signer.Open(d, "d", key, genesis); err != nil {
		t.Errorf("zeros behind the last record: %v", err)
	}
}
