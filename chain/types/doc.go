// Package types holds the values that travel between members: transactions,
// blocks, votes, certificates, rosters and receipts (spec wire §3 to §7).
//
// One declaration serves the wire, hashing, JSON and schemas: the cbor tags
// give the byte form, the json tags the form that people see (0x hex for
// bytes, decimal strings of base units for amounts and weights). Encoding is
// chain/codec's; nothing here checks a signature or a rule, but every type
// states its bounds and how it is hashed and signed.
package types
