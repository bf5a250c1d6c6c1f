package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/node/signer/keystore"
)

const signLong = `
Sign a transaction that some other program prepared: HEX is signBytes as
tx_prepare answered it. What it does is told on the error output before it is
signed; the signature, for tx_submit, is the only output. Bytes that are no
transaction are refused: votes and registrations are signed by the node alone.`

func keysSign(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	return func(_ context.Context, s *streams, args []string) error {
		b, err := hex.DecodeString(strings.TrimPrefix(args[0], "0x"))
		if err != nil {
			return usage("%.20q: want 0x and hex digits", args[0])
		}
		rest, ok := bytes.CutPrefix(b, []byte("probity/tx/v1"))
		if !ok || len(rest) < len(keys.Hash{}) {
			return failed("not the signBytes of a transaction", "HEX", "take signBytes from the answer of tx_prepare as it is")
		}
		genesis := keys.Hash(rest[:len(keys.Hash{})])
		tx, err := unsignedTx(rest[len(genesis):])
		if err != nil {
			return failed("not the signBytes of a transaction", "HEX", oneLine(err))
		}
		h := home(*dir)
		if exists(h.genesis()) {
			g, _, err := readGenesis(h.genesis())
			if err != nil {
				return err
			}
			if g.Hash() != genesis {
				return failed("a transaction of another chain: genesis "+genesis.Short(), h.genesis(), "prepare it on a node of the home's chain")
			}
		}
		store, err := pass.open(s, h)
		if err != nil {
			return err
		}
		key := store.Key(keystore.Account)
		if tx.Sender != key.Public() {
			return failed("prepared for another account, "+tx.Sender.Address().String(), h.keys(), "prepare it with this account's public key as the sender")
		}
		for _, m := range tx.Msgs {
			said := table().Speak(m, protocol)
			s.notef("%s/%s %s", said.Route, said.Message, bytes.TrimSpace(said.Body))
		}
		tx.Sign(key, genesis)
		s.printf("0x%x\n", tx.Signature[:])
		return nil
	}
}
