package world

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Goal: files that were one share bytes and never each other's writes, and a new
// file does not show what stood where its bytes are. Method: writes, cuts,
// copies and removals around the edges of blocks, of several files that give
// each other their memory, beside slices that are cloned whole.
func TestContent(t *testing.T) {
	noise := make([]byte, 3*blockBytes)
	for i := range noise {
		noise[i] = byte(i*i>>3) | 1 // never zero: what nobody wrote is
	}
	rapid.Check(t, func(t *rapid.T) {
		var spare [][]byte
		files, models := []*content{{spare: &spare}}, [][]byte{{}}
		near := func(label string, size int) int {
			edge := rapid.IntRange(0, 2).Draw(t, label) * blockBytes
			return min(max(0, edge+rapid.IntRange(-9, 9).Draw(t, label+" off")), size)
		}
		for range rapid.IntRange(1, 24).Draw(t, "steps") {
			i := rapid.IntRange(0, len(files)-1).Draw(t, "file")
			f, m := files[i], models[i]
			switch rapid.IntRange(0, 6).Draw(t, "do") {
			case 0:
				c := f.share()
				c.spare = &spare
				files, models = append(files, &c), append(models, bytes.Clone(m))
			case 1:
				to := near("to", len(m))
				f.truncate(to)
				models[i] = m[:to:to]
			case 2:
				f.free()
				models[i] = nil
			default:
				at, n := near("at", 2*blockBytes), near("n", len(noise))
				p := noise[rapid.IntRange(0, 9).Draw(t, "noise"):][:n]
				f.writeAt(p, at)
				if n > 0 && at+n > len(m) {
					m = append(bytes.Clone(m), make([]byte, at+n-len(m))...)
				} else {
					m = bytes.Clone(m)
				}
				copy(m[min(at, len(m)):], p)
				models[i] = m
			}
			for j := range files {
				if !bytes.Equal(files[j].bytes(), models[j]) {
					t.Fatalf("file %d has %d bytes, want %d, or others", j, files[j].size, len(models[j]))
				}
			}
		}
	})
}
