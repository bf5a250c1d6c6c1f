package escrow

import "math/bits"

// Tickets turns weights into small integers such that any set of members with
// less than a third of the weight holds less than half of the tickets: weight
// reduction from 1/3 to 1/2 (Tonkikh and Freitas, "Swiper", eprint 2023/1164;
// spec beacon §3). ok is false where that takes more than most tickets, or where
// the weights sum to zero or to 2⁶² and more.
//
// Starting with none, every member for whom (3·tᵢ+2)/(3·wᵢ) is least gets one
// more, ties together, until Sound holds: equal members get equal tickets. The
// order of these steps is that of the family tᵢ = ⌊wᵢ·s + 1/3⌋ for growing s.
// Where steps of many equal members overshoot most, the same begins anew with
// one member a step, of a tie the first: a whole class of equals may be more than
// the sum needs (weights 12, 12 and five of 3 would take 11 tickets, and take 7).
func Tickets(weights []uint64, most int) (tickets []uint32, ok bool) {
	return TicketsWithin(weights, nil, most)
}

// TicketsWithin is Tickets where member i can hold caps[i] tickets at most, and
// is passed over from there on; no caps are no bounds. So a few members without
// keys cost the others some tickets, and not the beacon.
func TicketsWithin(weights []uint64, caps []int, most int) (tickets []uint32, ok bool) {
	if _, ok := total(weights); !ok {
		return nil, false
	}
	most = min(most, MaxTickets)
	if tickets, ok = grow(weights, caps, most, true); ok {
		return tickets, true
	}
	return grow(weights, caps, most, false)
}

// grow gives tickets until Sound holds, to all members of a tie or to the first.
func grow(weights []uint64, caps []int, most int, together bool) (tickets []uint32, ok bool) {
	tickets = make([]uint32, len(weights))
	takes := func(i int) bool { return weights[i] > 0 && (caps == nil || int(tickets[i]) < caps[i]) }
	for sum := 0; !Sound(weights, tickets); {
		least := -1
		for i := range weights {
			if takes(i) && (least < 0 || nearer(weights, tickets, i, least) < 0) {
				least = i
			}
		}
		if least < 0 {
			return nil, false
		}
		step := []int{least}
		for i := least + 1; i < len(weights) && together; i++ {
			if takes(i) && nearer(weights, tickets, i, least) == 0 {
				step = append(step, i)
			}
		}
		if sum += len(step); sum > most {
			return nil, false
		}
		for _, i := range step {
			tickets[i]++
		}
	}
	return tickets, true
}

// nearer compares (3·tᵢ+2)/(3·wᵢ) with (3·tⱼ+2)/(3·wⱼ) by cross products of
// 128 bits: −1, 0 or 1.
func nearer(weights []uint64, tickets []uint32, i, j int) int {
	aHigh, aLow := bits.Mul64(3*uint64(tickets[i])+2, weights[j])
	bHigh, bLow := bits.Mul64(3*uint64(tickets[j])+2, weights[i])
	switch {
	case aHigh < bHigh || aHigh == bHigh && aLow < bLow:
		return -1
	case aHigh == bHigh && aLow == bLow:
		return 0
	}
	return 1
}

// Sound reports whether any set of members with less than a third of the weight
// holds less than half of the tickets. It is exact: a knapsack finds the least
// weight w that reaches ⌈T/2⌉ tickets, and 3·w ≥ W must hold. It is false for
// no tickets, for more than MaxTickets, and for weights that Tickets refuses.
func Sound(weights []uint64, tickets []uint32) bool {
	w, ok := total(weights)
	if !ok || len(tickets) != len(weights) {
		return false
	}
	all := 0
	for _, t := range tickets {
		if t > MaxTickets {
			return false
		}
		if all += int(t); all > MaxTickets {
			return false
		}
	}
	if all == 0 {
		return false
	}
	need := (all + 1) / 2
	// least[k] is the least weight of a set that holds k tickets or more.
	least := make([]uint64, need+1)
	for k := 1; k <= need; k++ {
		least[k] = weightLimit
	}
	for i, t := range tickets {
		for k := need; k > 0 && t > 0; k-- {
			from := max(0, k-int(t))
			least[k] = min(least[k], least[from]+weights[i])
		}
	}
	return 3*least[need] >= w // below 2⁶⁴: least[need] ≤ W < 2⁶²
}

// weightLimit is above every sum of weights; twice it still fits.
const weightLimit = 1 << 62

// total is W; ok is false for 0 and from weightLimit on.
func total(weights []uint64) (w uint64, ok bool) {
	for _, x := range weights {
		if x >= weightLimit || w+x >= weightLimit {
			return 0, false
		}
		w += x
	}
	return w, w > 0
}
