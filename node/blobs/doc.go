// Package blobs keeps content by its address, the BLAKE3 hash that stands on the
// chain, and moves it between nodes, so that a release is there as long as
// anybody keeps it (spec bundle §7).
//
// # What it promises
//
// What a Store holds under an address hashes to it. A fetch writes no byte that a
// peer has not proven to belong there: BLAKE3 is a hash tree, and each piece of
// 1 MiB travels with the hashes that lead from it to the address. A fetch that was
// cut off goes on where it ended, with any peer. The folder never grows beyond
// its bound: what does not fit is refused, nothing is thrown out to make room.
//
// A store is a folder of files and nothing else. Several processes may use one: a
// file appears under its name when it is whole.
//
// # What it leaves to its caller
//
// Which peers to ask, and what to keep: nothing is fetched or deleted unasked.
package blobs
