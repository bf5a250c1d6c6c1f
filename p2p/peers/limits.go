package peers

import "fmt"

// Millis is a point in time or a length of it in milliseconds, on whatever
// clock the driver counts; it must not run backwards.
type Millis int64

// Kind is a class of traffic with a limit of its own: an index into
// Config.Limits.
type Kind uint8

// Limit is what one peer may send of one kind: two token buckets that refill
// steadily and hold at most a burst. Zero rates refuse everything.
type Limit struct {
	Messages      int64 // per second
	MessagesBurst int64
	Bytes         int64 // per second
	BytesBurst    int64 // at least the largest message, or that one never passes
}

// rateMax keeps rate × time inside 63 bits (see take).
const rateMax = 1 << 40

func (l Limit) check() error {
	for _, v := range []int64{l.Messages, l.MessagesBurst, l.Bytes, l.BytesBurst} {
		if v < 0 || v > rateMax {
			return fmt.Errorf("limit %d outside 0…2⁴⁰", v)
		}
	}
	return nil
}

// bucket is a token bucket. Tokens are counted in thousandths, so that a rate
// per second refills exactly by the millisecond without fractions.
type bucket struct {
	level int64 // thousandths of a token
	at    Millis
}

// take removes n tokens, or none if fewer are there.
func (b *bucket) take(now Millis, n, rate, burst int64) bool {
	full := burst * 1000
	// Gaps are cut at 2²² ms (70 minutes), so that rate × time stays below 2⁶².
	elapsed := min(max(int64(now-b.at), 0), 1<<22)
	b.level = min(full, b.level+rate*elapsed)
	b.at = max(b.at, now)
	if b.level < n*1000 {
		return false
	}
	b.level -= n * 1000
	return true
}

// meter is the pair of buckets of one peer and kind.
type meter struct{ messages, bytes bucket }

func newMeter(now Millis, l Limit) meter {
	return meter{
		messages: bucket{level: l.MessagesBurst * 1000, at: now},
		bytes:    bucket{level: l.BytesBurst * 1000, at: now},
	}
}

// take charges one message of n bytes. A message that lacks byte tokens still
// spends its message token: it was received and cost us the reading.
func (m *meter) take(now Millis, l Limit, n int) bool {
	ok := m.messages.take(now, 1, l.Messages, l.MessagesBurst)
	return m.bytes.take(now, int64(n), l.Bytes, l.BytesBurst) && ok
}
