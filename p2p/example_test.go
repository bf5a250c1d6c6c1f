package p2p_test

import (
	"context"
	"fmt"

	"probity/chain/keys"
	"probity/p2p"
)

// Two nodes: one listens, the other has it as bootstrap, publishes a message
// and asks a question.
func Example() {
	genesis := keys.Sum([]byte("an example"))
	topics := []p2p.Topic{{Name: "consensus", BytesMax: 5 << 20}}
	protocols := []p2p.Protocol{{Name: "sync/1"}}

	first, err := p2p.New(p2p.Config{Seed: [32]byte{1}, Genesis: genesis, Listen: []string{"127.0.0.1:0"}, Topics: topics, Protocols: protocols})
	if err != nil {
		panic(err)
	}
	defer first.Close()
	heard := make(chan string, 1)
	_ = first.Subscribe("consensus", func(_ context.Context, from p2p.ID, data []byte) p2p.Verdict {
		if len(data) == 0 {
			return p2p.Reject("empty")
		}
		select {
		case heard <- string(data):
		default: // it may come twice
		}
		return p2p.Accept
	})
	_ = first.Serve("sync/1", func(_ context.Context, _ p2p.ID, request []byte, w *p2p.Writer) error {
		_, err := fmt.Fprintf(w, "you asked for %s", request)
		return err
	})
	if err := first.Start(); err != nil {
		panic(err)
	}

	connected := make(chan p2p.Event, 8)
	second, err := p2p.New(p2p.Config{
		Seed: [32]byte{2}, Genesis: genesis, Bootstrap: first.Addrs()[:1], Topics: topics, Protocols: protocols,
		OnEvent: func(e p2p.Event) { connected <- e },
	})
	if err != nil {
		panic(err)
	}
	defer second.Close()
	if err := second.Start(); err != nil {
		panic(err)
	}
	fmt.Println((<-connected).Kind)
	_ = second.Publish("consensus", []byte("a vote"))
	fmt.Println(<-heard)
	answer, err := second.Request(context.Background(), first.ID(), "sync/1", []byte("height 7"))
	fmt.Println(string(answer), err)
	// Output:
	// connected
	// a vote
	// you asked for height 7 <nil>
}
