package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"

	"probity/chain/keys"
	"probity/chain/types"
)

// finalBlock is a notification of topic finalized.
type finalBlock struct {
	Height    types.Height `json:"height"`
	Hash      keys.Hash    `json:"hash"`
	Epoch     types.Epoch  `json:"epoch"`
	View      types.View   `json:"view"`
	Time      types.Time   `json:"time"`
	ASC       keys.Hash    `json:"asc"`
	StateRoot keys.Hash    `json:"stateRoot"`
	Txs       int          `json:"txs"`
}

// notice is the params of a chain_subscription notification.
type notice struct {
	Cursor string      `json:"cursor"`
	Result *finalBlock `json:"result"`
	Lagged *struct {
		ResumeCursor string `json:"resumeCursor"`
	} `json:"lagged"`
	Error *rpcError `json:"error"`
}

// follower hears of every final block once, in order, over WebSocket. It goes
// on with another node, or again with the same, where one falls silent.
type follower struct {
	urls   []string
	cursor string // behind the last block heard of
	each   func(b finalBlock, seen time.Time, url string)
	ready  chan struct{} // closed when the first subscription stands
	begun  bool
}

func newFollower(urls []string, each func(finalBlock, time.Time, string)) *follower {
	return &follower{urls: urls, each: each, ready: make(chan struct{})}
}

// retryAfter is the time between two attempts to reach a node.
const retryAfter = 100 * time.Millisecond

// run follows until ctx ends.
func (f *follower) run(ctx context.Context) {
	for i := 0; ctx.Err() == nil; i++ {
		_ = f.listen(ctx, f.urls[i%len(f.urls)]) // the next node tells the same blocks
		select {
		case <-ctx.Done():
		case <-time.After(retryAfter):
		}
	}
}

// listen follows one node until the connection ends.
func (f *follower) listen(ctx context.Context, url string) error {
	dial, stop := context.WithTimeout(ctx, 3*time.Second)
	conn, _, err := websocket.Dial(dial, "ws"+strings.TrimPrefix(url, "http")+"/ws", nil)
	stop()
	if err != nil {
		return fmt.Errorf("follow %s: %w", url, err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(answerBytes)
	if err := f.subscribe(ctx, conn); err != nil {
		return err
	}
	for {
		_, raw, err := conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("follow %s: %w", url, err)
		}
		var msg struct {
			Method string    `json:"method"`
			Params notice    `json:"params"`
			Error  *rpcError `json:"error"`
			ID     *int      `json:"id"`
		}
		if err := json.Unmarshal(raw, &msg); err != nil {
			return fmt.Errorf("follow %s: %w", url, err)
		}
		if err := f.take(msg.Params, msg.Error, msg.ID != nil, url); err != nil {
			return err
		}
	}
}

func (f *follower) subscribe(ctx context.Context, conn *websocket.Conn) error {
	params := map[string]any{"topic": "finalized"}
	if f.cursor != "" {
		params["fromCursor"] = f.cursor
	}
	b, err := json.Marshal(rpcRequest{"2.0", 1, "chain_subscribe", params})
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, b)
}

// take handles one message: the answer to the subscription, or a notification.
func (f *follower) take(n notice, failed *rpcError, answer bool, url string) error {
	switch {
	case failed != nil:
		f.expired(failed)
		return failed
	case answer:
		if !f.begun {
			f.begun = true
			close(f.ready)
		}
		return nil
	case n.Error != nil:
		f.expired(n.Error)
		return n.Error
	case n.Lagged != nil:
		f.cursor = n.Lagged.ResumeCursor
		return errors.New("lagged")
	case n.Result != nil:
		f.cursor = n.Cursor
		f.each(*n.Result, time.Now(), url)
	}
	return nil
}

// expired goes on at the oldest block that the node still keeps, where it has
// pruned what the follower asked for.
func (f *follower) expired(err *rpcError) {
	if oldest, ok := err.Data.Want.(string); ok && err.Data.Kind == "CURSOR_EXPIRED" {
		f.cursor = oldest
	}
}
