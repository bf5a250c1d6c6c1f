package vpool

import (
	"fmt"
	"strings"
)

// ParseREP reads a decimal number of REP, such as 97.5, exactly: digits, and
// after a point one to nine more. Signs, exponents, spaces and separators are
// refused. The error is one line that says what to write instead, and wraps
// ErrDecimal.
func ParseREP(text string) (Amount, error) {
	a, err := parseDecimal(text, 9)
	if err != nil {
		return Amount{}, fmt.Errorf("%q is %w: write REP as digits with at most 9 decimals, such as 97.5", clip(text), err)
	}
	return a, nil
}

// ParseRatio reads a ratio between 0 and 1, such as 0.5 or 1/2, as ppm. A
// ratio that no whole number of ppm equals is refused rather than rounded.
func ParseRatio(text string) (uint32, error) {
	ppm, err := parseRatio(text)
	if err != nil {
		return 0, fmt.Errorf("%q is %w: write a ratio from 0 to 1 with at most 6 decimals, such as 0.5 or 1/2", clip(text), err)
	}
	return ppm, nil
}

// FormatREP writes base units as a decimal number of REP, exactly and without
// trailing zeros; ParseREP reads it back.
func FormatREP(a Amount) string {
	digits := a.Dec()
	if len(digits) <= 9 {
		digits = strings.Repeat("0", 10-len(digits)) + digits
	}
	whole, part := digits[:len(digits)-9], strings.TrimRight(digits[len(digits)-9:], "0")
	if part == "" {
		return whole
	}
	return whole + "." + part
}

func parseRatio(text string) (uint32, error) {
	over, under, quotient := strings.Cut(text, "/")
	if !quotient {
		a, err := parseDecimal(text, 6)
		if err != nil {
			return 0, err
		}
		if a.GtUint64(Million) {
			return 0, ErrDecimal
		}
		return uint32(a.Uint64()), nil
	}
	n, errOver := parseDecimal(over, 0)
	d, errUnder := parseDecimal(under, 0)
	if errOver != nil || errUnder != nil || d.IsZero() || n.Gt(&d) {
		return 0, ErrDecimal
	}
	ppm := ShareDown(NewAmount(Million), n, d)
	if exact, scaled := mul(ppm, d), mul(n, NewAmount(Million)); !exact.Eq(&scaled) {
		return 0, ErrDecimal
	}
	return uint32(ppm.Uint64()), nil
}

// parseDecimal reads digits[.digits] with at most the given number of decimals
// as an integer scaled by their power of ten, within MaxBits.
func parseDecimal(text string, decimals int) (Amount, error) {
	whole, part, point := strings.Cut(text, ".")
	if whole == "" || point && part == "" || len(part) > decimals || len(text) > 80 {
		return Amount{}, ErrDecimal
	}
	digits := whole + part + strings.Repeat("0", decimals-len(part))
	if strings.Trim(digits, "0123456789") != "" {
		return Amount{}, ErrDecimal
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return Amount{}, nil
	}
	var a Amount
	if err := a.SetFromDecimal(digits); err != nil || a.BitLen() > MaxBits {
		return Amount{}, ErrDecimal
	}
	return a, nil
}

// clip keeps an error to one short line whatever was typed.
func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}
