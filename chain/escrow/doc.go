// Package escrow lets a salt be committed so that it cannot be withheld: its
// dealer encrypts it to the ticket holders of a frozen roster, everyone can see
// that the encryption is right, and later either the dealer opens it or any
// threshold of holders does, to the same 32 bytes (spec beacon §6 and §7).
//
// It promises pure functions of their arguments, one byte form of everything,
// and no panic whatever bytes come in. It leaves to its caller: which panel and
// place belong together, that a dealing was verified before it is opened, that a
// place is dealt to once and a seed stays secret until then, who may send what,
// and the counting of weights. Ticket numbers are from 0; ticket i stands at
// point i+1 of the polynomial.
//
// # The scheme
//
// DHPVSS of Cascudo, David, Garms and Konring ("YOLO YOSO", ASIACRYPT 2022,
// eprint 2022/242) with the check of SCRAPE (Cascudo and David, ACNS 2017,
// eprint 2017/216), over ristretto255 (RFC 9496) of prime order q, generator g.
// There are T tickets with keys E_k = g^e_k, and t+1 = ⌈T/2⌉.
//
//   - Deal: ephemeral s, D = g^s; a random polynomial p of degree at most t;
//     C_k = g^p(k)·E_k^s for k = 1…T, and C_0 = S·E_0^s with the salt S = g^p(0)
//     and E_0 a hash to the group of epoch, contract and number of the salt.
//   - Verify: the transcript τ hashes place, keys, D and every C_i. From τ comes
//     a polynomial m of T−t coefficients (in Newton's basis ∑ d_k·binom(x, k)),
//     from it w_i = m(i)·∏_{j≠i} 1/(i−j), i and j in 0…T. One proof shows that
//     (g, D; ∏E_i^w_i, ∏C_i^w_i) has one logarithm.
//   - Reveal: K_0 = E_0^s with a proof for (g, D; E_0, K_0); S = C_0/K_0.
//   - Recover: each holder gives K_k = D^e_k with a proof for (g, E_k; D, K_k);
//     C_k/K_k = g^p(k), and t+1 of them give S by interpolation in the exponent.
//
// Proofs are those of Chaum and Pedersen, made non-interactive by hash: c ‖ z
// with z = r − c·x. Every hash begins with its own domain; transcripts hold the
// whole statement. Nonces, s and p are hashes of a secret and of what they are
// for, so there is no randomness to fail.
//
// # Why it is safe
//
// Assumed are a random oracle for the hashes, the decisional Diffie–Hellman
// problem in the group, and fewer than t+1 tickets in the adversary's hands
// before the opening, which Tickets makes of "less than a third of the weight".
//
// One salt, whoever opens it. Any C_i is g^a_i·E_i^s for some a_i, since s is
// fixed by D. The proof being sound, ∑w_i·a_i = 0. The weights are random words
// of the code dual to that of polynomials of degree at most t at 0…T, drawn when
// every a_i was fixed; if the a_i are off the code the sum is zero for one m in
// q. So they are a polynomial's values, and t+1 right shares, each forced by its
// proof to be D^e_k, give g^a_0. The reveal is forced to be E_0^s and gives
// C_0/E_0^s = g^a_0 as well. This is why point 0 is in the check: without it C_0
// would be free, and the dealer could choose between reveal and recovery, which
// is the bit of bias that the escrow is there to remove. Nothing is left to
// complain about later; the dealing alone convinces.
//
// Nothing before the opening. Without s, the e_k and the logarithm of E_0, the
// masks E_k^s beside D are random group elements under DDH (E_0 is a random
// element by the oracle). At most t values of p are then known, and they fit
// every salt: for each there is exactly one polynomial.
//
// One ephemeral key a dealing. A K_k opens C_k of every dealing with that D, so D
// must belong to one dealing. A dealing's proof is bound to its place and shows
// knowledge of s: another's D, or a power of it, cannot be dealt again elsewhere
// to have it opened early, and a share E_k^s tells the dealer who asked for it
// nothing that it could not compute. A dealer who uses one s at two places spoils
// only its own secrecy; Deal derives s from seed and place. Proofs of possession
// show knowledge of every e_k, so that no key can be made from another's, or from
// an E_0, without its logarithm; and a panel's keys are distinct, since two
// tickets with one key would show the quotient of their values.
//
// Why the half. With t+1 = ⌈T/2⌉ and tickets such that less than W/3 of the
// weight holds less than T/2 of them, such a minority never reaches the
// threshold, and a set whose complement weighs less than W/3 always does.
//
// # What remains
//
// The salt is pseudo-random only if its dealer is honest; a dealer may choose S,
// the identity (32 zero bytes) included, before it knows any other. Whoever holds
// t+1 tickets can open early, and with a third of the weight that is possible,
// where finality fails too. Reveal and shares are unique as group elements but
// not as bytes: a holder can make other valid proofs with other nonces, so
// hashes of them must not feed a draw; the salt may. Arithmetic on secrets is in
// constant time, on public values it is not.
//
// # Deviations
//
//   - C_0 and point 0 of the check are not in DHPVSS, which publishes shares only.
//   - The dealer's key is ephemeral, one a dealing, in place of a registered one.
//   - The polynomials are in Newton's basis: their values at 0…T are sums. A
//     uniform vector of coefficients is a uniform polynomial in either basis.
//   - U and V are not in the challenge: they follow from the transcript, which is.
package escrow
