package node_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
)

// Goal: a program that has nothing but the OpenRPC document and ed25519 moves $
// on a running network. Method: a script for Node.js without packages, whose
// only knowledge is what rpc.discover answers; its own checks are repeated here
// through another member.
func TestClientFromOpenRPC(t *testing.T) {
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("this test runs a JavaScript client, and Node.js is not installed: ", err)
	}
	c := sharedCluster(t)
	key := unused()
	payer := keys.FromSeed(key)
	c.final(0, c.sign(c.user, func(tx *types.Tx) {
		*tx = c.payment(payer.Public().Address(), types.Whole(10), c.footing(0, c.user.Public().Address()).nonce)
	}))

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	amount := types.Whole(3)
	cmd := exec.CommandContext(ctx, program, "testdata/client.mjs", "http://"+c.nodes[1].RPCAddr()+"/", hex.EncodeToString(key[:]), amount.String())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr.String())
	}
	var said struct {
		Hash, From, To, Balance string
		Height                  types.Height
	}
	if err := json.Unmarshal(stdout, &said); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	if want := payer.Public().Address().String(); said.From != want {
		t.Errorf("the client's account is %s, want %s", said.From, want)
	}
	to, err := keys.ParseAddress(said.To)
	if err != nil {
		t.Fatal(err)
	}
	c.reach(2, said.Height, patience)
	if f := c.footing(2, to); f.balance != amount.String() || f.balance != said.Balance {
		t.Errorf("another member knows of %+v, want %s", f, amount)
	}
}
