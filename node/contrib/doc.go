// Package contrib counts who wrote a repository, reads which account each
// author named, and says whether a merge has enough approval. It implements
// docs/spec/counting.md: CPC, the count of contribution points (governance
// G11–G14), CFR, the register of addresses (G7–G10), and the merge gate (G17).
//
// It promises one answer on every machine: what it reads are the objects of a
// repository at one commit id, never the working tree, the index, the
// configuration of git, replacement refs or the clock; and all arithmetic is
// integer. The order of work and the cache change how long it takes, nothing
// else.
//
// A count has three steps. Each commit is reduced to its delta: which files it
// changed and which of their lines are new ([Repo] does this, several commits
// at a time, and a cache on disk keeps it, because a commit never changes).
// Deltas are replayed from the roots to the counted commit, which gives the
// commit that every surviving line came from. Lines are then classified by the
// table of languages.txt and summed by author.
//
// It leaves to its caller which commit is counted, by which [Rules], and what
// the points are worth.
//
// Where it departs from git blame, and why:
//   - Of several longest matches of two files it takes one that the
//     specification names, not the one that git's heuristics find, so that
//     another implementation finds the same.
//   - Above 4 Mi pairs of lines, files are matched by the lines that are unique
//     in both, so that a hostile file costs no more than its size.
//   - Lines of an ignored commit go to the old lines of the same hunk in
//     proportion, not by a guess of likeness.
package contrib
