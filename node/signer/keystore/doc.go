// Package keystore keeps a home's secrets: one file, encrypted with age under a
// passphrase (scrypt), that holds the seeds of the operator's account, of the
// consensus key, of the network identity and of the beacon's salts. Beside it
// stands a list of their public parts, which can be read without the
// passphrase.
//
// It promises that a key is never overwritten: Create refuses where a keystore
// is, Rotate and Import put the new key beside the old one. Files are replaced
// whole (written, synced, renamed, folder synced), so that a crash leaves the
// old keystore or the new one. Both files are readable by their owner only.
//
// It leaves to its caller where the passphrase comes from (Source offers the
// usual places) and what a key may sign: that two nodes never sign with one
// consensus key is the operator's care, and the signer's within one home.
package keystore
