// Package flow is how REP moves through a graph of posts that reference older
// ones: arithmetic on indices, without ids, accounts or state (spec forum §3).
//
// An amount x arrives at a post. Its negative references come first, in the
// order in which they are listed: each takes |w|·x from the post it names. Then
// each positive one gives w·x on, and there the same happens again, up to a
// depth. What remains goes to the post's authors by weight. Taking x from a
// post undoes its references on x: what it gave is reclaimed, and what it took
// returns.
//
// What it promises, for any graph and any order of calls:
//
//   - Conservation. The values of the posts add up to what arrived from outside
//     less what was taken to the outside and what burned, and the changes of the
//     authors' balances add up to those of the posts they wrote.
//   - No post below zero: nothing takes more from a post than arrived there and
//     was not taken since, and no reference carries back more than it carried.
//   - Whoever cannot give does not: an author gives at most what it has to
//     spare, and what is missing is missing all the way to whoever asked.
//   - Bounds. No path is longer than Depth, no more references are followed than
//     Visits, and the work is linear in those.
//
// Amounts going out are rounded down and amounts coming back up, so that a
// reference never carries more than its weight of what arrived, and all of it
// comes back with the last unit. What rounding leaves of an author's part goes
// to, or is asked of, the first author.
//
// What it leaves to its caller: that references go to older posts only (with a
// cycle a flow would end at its depth, but mean nothing), that their weights add
// up to a million at most and authors' to a million exactly, who the indices
// are, and who makes and moves the REP of the authors (Accounts).
package flow
