package contrib

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// percent is part of whole in percent with two decimals, halves up; of nothing
// it is 0.00.
func percent(part, whole uint64) string {
	return percentOf(new(big.Int).SetUint64(part), new(big.Int).SetUint64(whole))
}

// percentOf is percent for numbers of any size.
func percentOf(part, whole *big.Int) string {
	if whole.Sign() == 0 {
		return "0.00"
	}
	n := new(big.Int).Mul(part, big.NewInt(20_000))
	n.Add(n, whole)
	n.Quo(n, new(big.Int).Mul(whole, big.NewInt(2)))
	cents := new(big.Int)
	n.QuoRem(n, big.NewInt(100), cents)
	return fmt.Sprintf("%s.%02d", n, cents.Int64())
}

// columns writes rows in columns; columns from right on are set to the right.
func columns(b *strings.Builder, right int, rows [][]string) {
	width := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var out strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				out.WriteString("  ")
			}
			if i >= right {
				out.WriteString(pad + cell)
			} else {
				out.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(out.String(), " ") + "\n")
	}
}

// Tables are the two tables for people (governance G13): Author, Lines, Points,
// % total; then Author, Address, % total, % claimed.
func (c *Count) Tables() string {
	var b strings.Builder
	rows := [][]string{{"Author", "Lines", "Points", "% total"}}
	for _, a := range c.Authors {
		rows = append(rows, []string{a.Author, fmt.Sprint(a.Lines), a.Points.String(), a.Share})
	}
	columns(&b, 1, rows)
	b.WriteString("\n")
	rows = [][]string{{"Author", "Address", "% total", "% claimed"}}
	for _, l := range c.Linked {
		rows = append(rows, []string{l.Author, l.Address.String(), l.Share, l.Claimed})
	}
	columns(&b, 2, rows)
	return b.String()
}

// ParsePercent reads a percentage with up to four decimals as parts per
// million: "33.34" is 333,400.
func ParsePercent(text string) (uint64, error) {
	whole, part, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(text), "%"), ".")
	if len(part) > 4 {
		return 0, fmt.Errorf("%w: %q has more than four decimals", ErrRules, text)
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 4-len(part)), 10, 32)
	if err != nil || whole == "" || n > ppm {
		return 0, fmt.Errorf("%w: %q is no percentage from 0 to 100", ErrRules, text)
	}
	return n, nil
}
