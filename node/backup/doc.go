// Package backup keeps what of a home cannot be made again: its keys, its
// configuration, its genesis, and how far its key has signed. The chain itself
// is not in it; the network has that.
//
// A backup is one file, encrypted with age under a passphrase, that holds a
// list of files with their hashes. It promises:
//
//   - Open returns only what Create wrote: every file is compared with its hash.
//   - Restore never moves a signing watermark back. Where a journal is there, the
//     higher of both counts; where none is, the watermark of the backup is
//     written together with a doubt (package signer), since the key may have
//     signed after the backup was made: the node listens before it signs.
//   - Restore overwrites nothing that differs, unless told to; then the file
//     before it is kept beside it.
//
// It leaves to its caller that no node runs on the home meanwhile, and that no
// other host goes on with the same key.
package backup
