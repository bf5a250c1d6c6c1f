package count

import "bytes"

// Bounds of a file with lines (§1.4).
const (
	fileMax  = 8 << 20
	headSize = 8000
)

// cut is the lines of a file, each with its terminator; none of a binary one.
func cut(data []byte) (lines []string) {
	if len(data) > fileMax || bytes.IndexByte(data[:min(len(data), headSize)], 0) >= 0 {
		return nil
	}
	lines = make([]string, 0, bytes.Count(data, []byte{'\n'})+1)
	for text := string(data); text != ""; {
		end := len(text)
		if i := indexLine(text); i >= 0 {
			end = i + 1
		}
		lines, text = append(lines, text[:end]), text[end:]
	}
	return lines
}

func indexLine(s string) int {
	for i := range len(s) {
		if s[i] == '\n' {
			return i
		}
	}
	return -1
}

// White space (§5.2).
func space(b byte) bool { return b >= 9 && b <= 13 || b == 32 }

// trim drops white space at both ends.
func trim(s string) string {
	for s != "" && space(s[0]) {
		s = s[1:]
	}
	for s != "" && space(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// words are what white space separates.
func words(s string) (out []string) {
	for {
		if s = trim(s); s == "" {
			return out
		}
		n := 0
		for n < len(s) && !space(s[n]) {
			n++
		}
		out, s = append(out, s[:n]), s[n:]
	}
}

// lower turns A–Z into a–z and nothing else.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
