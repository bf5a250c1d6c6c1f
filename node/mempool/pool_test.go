package mempool_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/mempool"
)

// tx makes a transaction of a sender without signing it; size is its bytes.
func tx(from string, nonce, fee uint64, size int, until types.Height, salt int) *types.SignedTx {
	t := &types.SignedTx{
		Tx:  types.Tx{Nonce: nonce, FeeMax: types.NewAmount(fee), ValidUntil: until},
		Raw: make([]byte, size),
	}
	copy(t.From[:], from)
	t.Hash = keys.Sum([]byte(from), binary.BigEndian.AppendUint64(nil, nonce),
		binary.BigEndian.AppendUint64(nil, fee), []byte{byte(salt)}, t.Raw)
	return t
}

// weigh is a weight function: the size, and a verdict on what is too large.
func weigh(t *types.SignedTx) (uint64, error) {
	if len(t.Raw) > 10_000 {
		return 0, errors.New("too heavy")
	}
	return uint64(len(t.Raw)), nil
}

// urgent are those of senders whose name begins with e.
func urgent(t *types.SignedTx) bool { return t.From[0] == 'e' }

func name(t *types.SignedTx) string {
	return fmt.Sprintf("%s/%d", strings.TrimRight(string(t.From[:]), "\x00"), t.Nonce)
}

// TestTranscripts tells what the pool does as stories; see testdata.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var p *mempool.Pool
		nonces := map[string]uint64{}
		all := map[string]*types.SignedTx{}
		nonceOf := func(a keys.Address) uint64 { return nonces[strings.TrimRight(string(a[:]), "\x00")] }
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			switch d.Cmd {
			case "new":
				var l mempool.Limits
				d.MaybeScanArgs(t, "txs", &l.Txs)
				d.MaybeScanArgs(t, "bytes", &l.Bytes)
				d.MaybeScanArgs(t, "sender", &l.Sender)
				d.MaybeScanArgs(t, "gap", &l.Gap)
				d.MaybeScanArgs(t, "urgent", &l.Urgent)
				p = mempool.New(l, weigh, urgent)
				clear(nonces)
			case "add":
				for _, line := range strings.Split(d.Input, "\n") {
					var from string
					var nonce, fee uint64
					size, until := 100, types.Height(1000)
					if _, err := fmt.Sscanf(line, "%s %d %d %d %d", &from, &nonce, &fee, &size, &until); err != nil && from == "" {
						t.Fatal(err)
					}
					x := tx(from, nonce, fee, size, until, 0)
					all[name(x)] = x
					err := p.Add(x, nonces[from])
					var full *mempool.FullError
					switch {
					case errors.As(err, &full):
						fmt.Fprintf(&out, "%s: %v; %s would enter\n", name(x), err, full.Enters(weigh(x)))
					case err != nil:
						fmt.Fprintf(&out, "%s: %v\n", name(x), err)
					}
				}
			case "block": // the order in which a block takes them; refuse=NAME passes that line over
				refuse := ""
				d.MaybeScanArgs(t, "refuse", &refuse)
				it := p.Iterate(nonceOf)
				for x := it.Next(); x != nil; x = it.Next() {
					fmt.Fprintf(&out, "%s ", name(x))
					if name(x) == refuse {
						it.Refused()
					}
				}
				out.WriteString("\n")
			case "commit": // a final block with these transactions
				var height uint64
				d.ScanArgs(t, "height", &height)
				var txs []*types.SignedTx
				for _, n := range strings.Fields(d.Input) {
					x := all[n]
					txs = append(txs, x)
					from, _, _ := strings.Cut(n, "/")
					nonces[from] = max(nonces[from], x.Nonce+1)
				}
				p.Committed(types.Height(height), txs, nonceOf)
			case "ahead": // the state that the next block builds on has other nonces
				for _, arg := range d.CmdArgs {
					fmt.Sscan(arg.Vals[0], ptr(nonces, arg.Key))
				}
			case "drop":
				p.Drop(all[d.CmdArgs[0].Key].Hash)
			case "pending":
				var a keys.Address
				copy(a[:], d.CmdArgs[0].Key)
				for _, x := range p.List(&a, 100) {
					fmt.Fprintf(&out, "%s fee %s\n", name(x), x.FeeMax)
				}
				fmt.Fprintf(&out, "next free nonce %d\n", p.Next(a, nonces[d.CmdArgs[0].Key]))
			default:
				t.Fatalf("unknown command %s", d.Cmd)
			}
			fmt.Fprintf(&out, "%d transactions, %d bytes\n", p.Len(), p.Bytes())
			return out.String()
		})
	})
}

// ptr lets a map's number be scanned into.
func ptr(m map[string]uint64, k string) *mapNumber { return &mapNumber{m, k} }

type mapNumber struct {
	m map[string]uint64
	k string
}

// Scan is fmt.Scanner.
func (n *mapNumber) Scan(s fmt.ScanState, _ rune) error {
	var v uint64
	_, err := fmt.Fscan(s, &v)
	n.m[n.k] = v
	return err
}

// model is what a pool must look like from outside.
type model struct {
	*rapid.T
	pool   *mempool.Pool
	twin   *mempool.Pool // fed the same
	limits mempool.Limits
	here   map[keys.Hash]*types.SignedTx
	nonces map[keys.Address]uint64
	height types.Height
	salt   int
}

// TestProperties runs random histories and checks after every step: the bounds,
// that no sender has two transactions with one nonce or a used one, that what
// was refused changed nothing, that blocks get each sender's transactions by
// nonce without gaps and the best of what is ready first, and that a second
// pool fed the same gives the same.
func TestProperties(t *testing.T) {
	for range 10 { // histories are short and cheap
		rapid.Check(t, history)
	}
}

func history(t *rapid.T) {
	l := mempool.Limits{
		Txs:    rapid.IntRange(1, 12).Draw(t, "txs"),
		Bytes:  rapid.IntRange(200, 2000).Draw(t, "bytes"),
		Sender: rapid.IntRange(1, 6).Draw(t, "sender"),
		Gap:    rapid.IntRange(1, 4).Draw(t, "gap"),
		Urgent: 300,
	}
	m := &model{
		T: t, pool: mempool.New(l, weigh, urgent), twin: mempool.New(l, weigh, urgent), limits: l,
		here: map[keys.Hash]*types.SignedTx{}, nonces: map[keys.Address]uint64{},
	}
	t.Repeat(map[string]func(*rapid.T){
		"add":    func(*rapid.T) { m.add() },
		"more":   func(*rapid.T) { m.add() },
		"commit": func(*rapid.T) { m.commit() },
		"drop":   func(*rapid.T) { m.drop() },
		"":       func(*rapid.T) { m.check() },
	})
}

func (m *model) add() {
	from := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(m.T, "from")
	var a keys.Address
	copy(a[:], from)
	m.salt++
	x := tx(from, m.nonces[a]+uint64(rapid.IntRange(-1, 6).Draw(m.T, "nonce")), rapid.Uint64Range(0, 40).Draw(m.T, "fee"),
		rapid.SampledFrom([]int{50, 100, 400}).Draw(m.T, "size"), m.height+types.Height(rapid.IntRange(0, 9).Draw(m.T, "until")), m.salt)
	if x.Nonce > 1<<60 {
		return // below 0
	}
	before := m.list()
	err := m.pool.Add(x, m.nonces[a])
	if twin := m.twin.Add(x, m.nonces[a]); fmt.Sprint(err) != fmt.Sprint(twin) {
		m.Fatalf("one pool says %v, the other %v", err, twin)
	}
	if err != nil {
		m.refused(x, err, before)
		return
	}
	if !m.pool.Has(x.Hash) {
		m.Fatalf("%s is admitted and not here", name(x))
	}
	m.here[x.Hash] = x
	if err := m.pool.Add(x, m.nonces[a]); err != nil {
		m.Fatalf("%s again: %v", name(x), err)
	}
	m.forget()
}

// refused checks that nothing changed, and that the fee named would enter.
func (m *model) refused(x *types.SignedTx, err error, before []string) {
	if after := m.list(); !slices.Equal(before, after) {
		m.Fatalf("%s is refused (%v) and changed %v into %v", name(x), err, before, after)
	}
	var full *mempool.FullError
	if !errors.As(err, &full) {
		return
	}
	w, _ := weigh(x)
	rate := x.FeeMax.ShareDown(1_000_000, w)
	enters := full.Enters(weigh(x))
	if full.Rate.Less(rate) && x.Nonce == m.nonces[x.From] && len(x.Raw) <= 50 {
		m.Fatalf("%s of rate %s is refused for %s", name(x), rate, full.Rate)
	}
	if r := enters.ShareDown(1_000_000, w); !full.Rate.Less(r) || full.Rate.Less(enters.Sub(types.NewAmount(1)).ShareDown(1_000_000, w)) {
		m.Fatalf("a fee of %s is no least one above the rate %s", enters, full.Rate)
	}
}

// forget drops from the model what the pool has evicted or replaced.
func (m *model) forget() {
	for h := range m.here {
		if !m.pool.Has(h) {
			delete(m.here, h)
		}
	}
}

func (m *model) commit() {
	m.height += types.Height(rapid.IntRange(1, 3).Draw(m.T, "heights"))
	var txs []*types.SignedTx
	it := m.pool.Iterate(m.nonceOf)
	for n := rapid.IntRange(0, 4).Draw(m.T, "taken"); n > 0; n-- {
		if x := it.Next(); x != nil {
			txs = append(txs, x)
		}
	}
	if rapid.Bool().Draw(m.T, "unseen") { // what other members have put in
		m.salt++
		x := tx("b", m.nonceOf(keys.Address{'b'}), 1, 60, 99, m.salt)
		if !slices.ContainsFunc(txs, func(y *types.SignedTx) bool { return y.From == x.From }) {
			txs = append(txs, x)
		}
	}
	for _, x := range txs {
		m.nonces[x.From] = x.Nonce + 1
	}
	m.pool.Committed(m.height, txs, m.nonceOf)
	m.twin.Committed(m.height, txs, m.nonceOf)
	for h, x := range m.here {
		gone := x.Nonce < m.nonces[x.From] || x.ValidUntil <= m.height
		if m.pool.Has(h) == gone {
			m.Fatalf("%s, valid until %d, at height %d: here %v", name(x), x.ValidUntil, m.height, !gone)
		}
	}
	m.forget()
}

func (m *model) drop() {
	it := m.pool.Iterate(m.nonceOf)
	if x := it.Next(); x != nil {
		m.pool.Drop(x.Hash)
		m.twin.Drop(x.Hash)
		m.forget()
		it.Next() // goes on over what is gone
	}
}

func (m *model) nonceOf(a keys.Address) uint64 { return m.nonces[a] }

// list is everything in the pool.
func (m *model) list() (out []string) {
	for _, x := range m.here {
		if m.pool.Has(x.Hash) {
			out = append(out, fmt.Sprint(name(x), x.Hash))
		}
	}
	slices.Sort(out)
	return append(out, fmt.Sprint(m.pool.Len(), m.pool.Bytes()))
}

func (m *model) check() {
	txs, bytes, urgentBytes, urgentTxs := 0, 0, 0, 0
	seen, count := map[string]bool{}, map[keys.Address]int{}
	for h, x := range m.here {
		if m.pool.Get(h) != x || seen[name(x)] || x.Nonce < m.nonces[x.From] {
			m.Fatalf("%s is lost, double or stale", name(x))
		}
		seen[name(x)] = true
		txs, bytes = txs+1, bytes+len(x.Raw)
		if count[x.From]++; count[x.From] > m.limits.Sender {
			m.Fatalf("%d transactions of %s", count[x.From], name(x))
		}
		if urgent(x) {
			urgentTxs, urgentBytes = urgentTxs+1, urgentBytes+len(x.Raw)
		}
	}
	if txs != m.pool.Len() || bytes != m.pool.Bytes() {
		m.Fatalf("%d transactions of %d bytes, the pool says %d of %d", txs, bytes, m.pool.Len(), m.pool.Bytes())
	}
	if txs-urgentTxs > m.limits.Txs || bytes-min(urgentBytes, m.limits.Urgent) > m.limits.Bytes {
		m.Fatalf("beyond the bounds: %d, %d bytes", txs, bytes)
	}
	m.checkOrder()
}

// checkOrder takes a whole block and compares each choice with all that could
// have been taken in its place.
func (m *model) checkOrder() {
	next := map[keys.Address]uint64{}
	for a, n := range m.nonces {
		next[a] = n
	}
	left := map[keys.Hash]*types.SignedTx{}
	for h, x := range m.here {
		left[h] = x
	}
	it, twin := m.pool.Iterate(m.nonceOf), m.twin.Iterate(m.nonceOf)
	for x := it.Next(); ; x = it.Next() {
		if y := twin.Next(); x != y {
			m.Fatalf("one pool gives %v, the other %v", x, y)
		}
		for _, y := range left {
			if y.Nonce == next[y.From] && (x == nil || better(y, x)) {
				m.Fatalf("the block gets %v and %s is better", x, name(y))
			}
		}
		if x == nil {
			return
		}
		if x.Nonce != next[x.From] || left[x.Hash] == nil {
			m.Fatalf("the block gets %s, the next nonce is %d", name(x), next[x.From])
		}
		next[x.From]++
		delete(left, x.Hash)
	}
}

// better compares by class and rate. An urgent transaction that did not fit the
// room of its kind counts as any other, so it is left out here.
func better(a, b *types.SignedTx) bool {
	if urgent(a) || urgent(b) {
		return false
	}
	wa, _ := weigh(a)
	wb, _ := weigh(b)
	return b.FeeMax.ShareDown(1_000_000, wb).Less(a.FeeMax.ShareDown(1_000_000, wa))
}
