package escrow

import "probity/cmd/watchtower/internal/num"

// Threshold is t + 1 of T tickets (§3).
func Threshold(tickets int) int { return (tickets + 1) / 2 }

// Tickets divides tickets among members of these weights, of which member i
// has keys[i] keys; nil: there are none (§3).
func Tickets(weights []uint64, keys []int, benchMax uint64) []int {
	most := int(min(1024, (4*benchMax+2)/3))
	if t := grow(weights, keys, most, true); t != nil {
		return t
	}
	return grow(weights, keys, most, false)
}

func grow(weights []uint64, keys []int, most int, together bool) []int {
	t := make([]int, len(weights))
	sum := 0
	for !sound(weights, t) {
		var least []int
		for i := range weights {
			if t[i] >= keys[i] {
				continue
			}
			c := -1
			if len(least) > 0 {
				j := least[0]
				c = num.U(uint64(3*t[i] + 2)).Mul(num.U(weights[j])).Cmp(num.U(uint64(3*t[j] + 2)).Mul(num.U(weights[i])))
			}
			switch {
			case c < 0:
				least = []int{i}
			case c == 0 && together:
				least = append(least, i)
			}
		}
		if len(least) == 0 || sum+len(least) > most {
			return nil
		}
		for _, i := range least {
			t[i]++
		}
		sum += len(least)
	}
	return t
}

// sound reports whether every set with ⌈T/2⌉ tickets weighs a third at least.
func sound(weights []uint64, t []int) bool {
	total, sum := num.Int{}, 0
	for i, w := range weights {
		total = total.Add(num.U(w))
		sum += t[i]
	}
	if sum == 0 {
		return false
	}
	half := Threshold(sum)
	least := make([]num.Int, half+1) // by tickets; the weights fit a word, known says which there are
	known := make([]bool, half+1)
	known[0] = true
	for i, w := range weights {
		if t[i] == 0 {
			continue
		}
		for k := half; k >= 1; k-- {
			from := max(0, k-t[i])
			if !known[from] {
				continue
			}
			if c := least[from].Add(num.U(w)); !known[k] || c.Less(least[k]) {
				least[k], known[k] = c, true
			}
		}
	}
	return !least[half].Mul(num.U(3)).Less(total)
}

// Needed is how many salts a contract of weight w needs (§5).
func Needed(blocks, w, total, stride uint64) uint64 {
	d := num.U(total).Mul(num.U(stride))
	n := num.U(2).Mul(num.U(blocks)).Mul(num.U(w)).Add(d).Sub(num.U(1)).Div(d).Add(num.U(2))
	return num.Min(n, num.U(65536)).U64()
}
