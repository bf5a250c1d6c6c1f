// Package contribution is the route of ownership by contribution: who wrote the
// repository owns it (governance list G; spec contribution).
//
// A merge or a release triggers a counting at a commit. Watchtowers (route
// oracle) count who wrote what by the rules that the chain names and agree on a
// tree; anybody publishes the tree's pages, each proven against the agreed hash;
// at the next epoch boundary the owners' shares are brought towards their parts
// of the points by minting, never by burning (vpool/pac). Shares are a third book
// beside wREP and gREP, and the only one whose units can be given away. Each
// minted share mints one gREP that cannot. What belongs to an author who has
// linked no account waits at the address of the identity.
//
// Shares weigh approvals: the merge gate is open for a commit that owners of the
// required part approve. The route also pays contributors' fees out of its own
// account, publishes what passed proposals order bots to do, and keeps the record
// of who may use which credential.
//
// It promises that shares are never taken: not by counting, slashing or voting.
// It leaves counting itself to watchtowers, and to the forum what happens to the
// posts of an identity that is linked.
package contribution
