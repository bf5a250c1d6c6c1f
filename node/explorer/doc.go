// Package explorer is the page that a node serves to people: blocks, pools,
// producers, reputation, posts, proposals, releases and recorded simulator runs,
// drawn in the browser from the node's own JSON-RPC.
//
// The page is built once from web (TypeScript, Preact, uPlot) and its files lie
// in dist, embedded here; `make explorer` builds them again and `make check`
// compares. It asks no other host for anything, which its policy has the browser
// enforce. It checks finality and proofs of the state by itself (web/src/check)
// and says what it checked and what it took as told.
//
// The package promises a handler that serves these files and nothing else. It
// leaves to its caller on which paths, and that the node's JSON-RPC answers at
// the same address: POST / and the WebSocket /ws.
package explorer
