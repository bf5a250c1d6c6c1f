// Package rpc is how programs talk to a node: JSON-RPC 2.0 over HTTP POST,
// WebSocket and a unix socket (spec interface §2).
//
// One table of methods serves every transport, the OpenRPC document and
// docs/rpc.md. Part of it is written here (chain, tx, node, rpc); the reads of
// each route are taken from the route table, and its messages become typed
// inputs of tx_prepare. So a stranger with an ed25519 library can build, sign
// and submit any transaction without knowing its encoding.
//
// It promises: strictness (unknown members are refused by name, every error
// tells kind, hint, got and want), bounds on everything a stranger can make
// grow, HTTP 200 for every error of the RPC level, one signature check per
// transaction, in batches that fill across connections. It holds no key.
//
// It leaves to its caller, through Backend, all that a node knows, and the
// listeners; to the operator, who may reach them.
package rpc
