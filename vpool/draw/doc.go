// Package draw makes weighted draws from 32-byte seeds: producers of views
// (Cycle, Lottery), sampled benches and panels (Sample). Lists go in as weights
// in their order, an index of the list comes out. Whoever knows the list and
// the seeds draws the same.
//
// It leaves to its caller: the order of the list (ASCs by id), the seeds
// (R(e,v), spec selection §6 and §7), and that a seed is used for one purpose
// of each kind. Draws with different methods from one seed are independent,
// since each has its own domain.
//
// The rest of this comment is normative; another implementation needs nothing
// else. All integers are unsigned. "‖" joins byte strings. i is counted from 0.
//
// # Stream
//
// A stream is named by a domain (1 to 32 bytes of ASCII) and a seed (32 bytes).
// Its value number c, for c = 0, 1, 2, …, is the integer of 128 bits whose
// big-endian form is the first 16 bytes of
//
//	BLAKE3-256( "probity/draw/v1" ‖ L ‖ domain ‖ seed ‖ C )
//
// where L is one byte, the length of the domain, and C is c as 8 bytes,
// big-endian.
//
// # Point
//
// Point(n), 1 ≤ n < 2⁶⁴, takes values x from the stream, each once and in
// order, until x < 2¹²⁸ − (2¹²⁸ mod n); the point is x mod n. It is uniform on
// 0 … n−1. (A value is refused with probability below 2⁻⁶⁴.)
//
// # List
//
// A list has n ≥ 1 weights w_0 … w_(n−1), each at least 0, of sum W with
// 1 ≤ W < 2⁶². P_i = w_0 + … + w_(i−1). Entry i covers the point p of 0 … W−1
// iff P_i ≤ p < P_(i+1). An entry of weight 0 covers nothing.
//
// # Lottery
//
// A draw with a seed: p = Point(W) from the stream ("lottery", seed). The entry
// that covers p serves.
//
// # Cycle
//
// A cycle lays the list on 0 … W·U−1, where U is the number of units,
// 1 ≤ U ≤ 2²⁴: entry i covers the positions P_i·U … P_(i+1)·U−1. Unit u covers
// the positions u·W … u·W+W−1. A table T of U numbers starts as T[i] = i, and a
// counter j starts at 0. A draw with a seed:
//
//	if j = U:  set T[i] = i for all i, and j = 0
//	k = j + Point(U−j)     from the stream ("cycle", seed)
//	u = T[k];  T[k] = T[j];  T[j] = u;  j = j + 1
//	r = Point(W)           from the same stream, continued
//
// The entry that covers position u·W + r serves. It is the entry that covers
// the point ⌊(u·W + r)/U⌋ of the list.
//
// So each unit serves once in U draws, every position is drawn with the same
// probability, and an entry expects w_i/W of the draws of a cycle, however its
// weight is split. An entry overlaps at most two units in part, so it serves
// between ⌊s⌋−1 and ⌈s⌉+1 times in a cycle, s = U·w_i/W.
//
// # Sample
//
// Sample(seed, weights, k) draws k entries of a list without replacement, from
// the stream ("sample", seed). Until k are drawn or no weight is left: let V be
// the sum of the weights of the entries not yet drawn; p = Point(V); the entry
// that covers p in the list with the weights of drawn entries set to 0 is drawn.
// The result lists the indexes in the order drawn. The list may be empty, or
// weigh nothing: the result is then empty.
//
// A seat goes to one entry only, so unlike the cycle this rewards splitting: an
// account with half of the weight has at most one seat of seven, fifty puppets
// with the same weight have half of them. Panels bear that (they count seats of
// distinct entries on purpose); block production must not, hence the cycle.
package draw
