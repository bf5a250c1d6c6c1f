// Package reference holds nothing but tests: a second dealer and verifier of the
// escrow (spec beacon), written from its definition over another implementation
// of the group (circl) and plain integers modulo q, which must agree with
// chain/escrow on every honest and every damaged dealing, reveal, share and
// proof. It shares no code with what it checks but the hash function.
//
// It also measures circl beside the library in use, on the same work.
package reference
