package differ

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/types"
)

// contributionSection draws parameters of countings and what is counted.
func contributionSection(m *Maker, p, routes object) {
	r := m.rng
	p["pac.interval"], p["pac.count_time"], p["pac.publish_time"] = 1+r.IntN(2500), 1000+r.IntN(8000), 1000+r.IntN(6000)
	p["pac.mode"], p["pac.target"] = []string{"minimal", "published"}[r.IntN(2)], []string{"total", "claimed"}[r.IntN(2)]
	p["pac.initial"], p["pac.max_growth_ppm"] = 1+r.Uint64N(1<<(1+r.IntN(60))), 1+r.IntN(1_000_000)
	p["pac.owners_max"], p["pac.trigger_fee"] = 20+r.IntN(300), r.IntN(20_000_000)
	p["contrib.approver_ppm"], p["contrib.approval_time"] = 1+r.IntN(400_000), 500+r.IntN(3000)
	p["contrib.author_counts"], p["contrib.sponsor_per_epoch"] = r.IntN(2), 1+r.IntN(1_000_000_000)
	if r.IntN(8) == 0 {
		return
	}
	section := object{"repository": object{"repo": repoNames[0], "branch": branchNames[0]}}
	if r.IntN(2) == 0 {
		section["required"] = []object{{"repo": repoNames[0], "branch": branchNames[0], "ppm": r.IntN(600_000)}}
	}
	if r.IntN(2) == 0 {
		section["policy"] = object{"exclude": []string{"vendor/"}, "multiply": []object{{"glob": "*.go", "ppm": 500_000}}}
	}
	routes["contribution"] = section
}

var (
	repoNames   = []string{"repo", "other"}
	branchNames = []string{"main", "next"}
)

// treeOf is the tree that watchtowers count for a subject.
func (m *Maker) treeOf(subject keys.Hash) contribution.Tree {
	var at uint64
	m.each(contribution.ID, 7, func(_ []byte, v any) { at = v.([]any)[0].(uint64) })
	r := rand.New(rand.NewPCG(uint64(subject[0])<<8|uint64(subject[1]), at))
	leaves := []contribution.Leaf{}
	for i, id := range identities {
		if r.IntN(3) == 0 {
			continue
		}
		l := contribution.Leaf{Identity: id, Micropoints: 1 + r.Uint64N(10_000_000)}
		for _, j := range r.Perm(3)[:r.IntN(4)] {
			l.Addresses = append(l.Addresses, m.contributor(i, j).address)
		}
		leaves = append(leaves, l)
	}
	if r.IntN(8) == 0 {
		for i := range 130 {
			leaves = append(leaves, contribution.Leaf{Identity: fmt.Sprintf("git:%03d@x", i), Micropoints: 1 + r.Uint64N(5)})
		}
	}
	if r.IntN(12) == 0 {
		leaves = nil
	}
	slices.SortFunc(leaves, func(a, b contribution.Leaf) int {
		if a.Identity < b.Identity {
			return -1
		}
		return 1
	})
	return contribution.Count(subject, at, leaves)
}

// contributor is one of the three who may go by an identity; some go by two.
func (m *Maker) contributor(identity, j int) *person {
	return m.people[(2*identity+j)%len(m.people)]
}

// contributionTx takes the next step of a counting, or does something with shares.
func (m *Maker) contributionTx() (*person, []types.Msg) {
	p := m.anyone()
	if q, msgs := m.doneTx(p); len(msgs) > 0 && q != p && m.rng.IntN(4) == 0 {
		return q, msgs
	}
	switch m.rng.IntN(14) {
	case 0, 1, 2:
		return m.linkTx(p)
	case 3:
		q := m.among(m.listed(contribution.ID, 1, 0, nil))
		return m.sent(q, "contribution/transfer", contribution.Transfer{To: m.somewhere(), Amount: m.amount()})
	case 4, 5:
		q := m.among(m.listed(contribution.ID, 1, 0, nil))
		b := contribution.Approve{Repo: repoNames[m.rng.IntN(8)/7], Branch: branchNames[m.rng.IntN(4)/3], Head: m.head()}
		if m.rng.IntN(3) != 0 {
			b.Author = p.address
		}
		return m.sent(q, "contribution/approve", b)
	case 6:
		return m.sent(p, "contribution/sponsor", contribution.Sponsor{Account: m.among(m.listed(contribution.ID, 1, 0, nil)).address})
	case 7:
		if m.rng.IntN(2) == 0 {
			return m.sent(p, "bank/send", bank.Send{To: route.Address("contribution"), Amount: types.NewAmount(100_000_000)})
		}
		return m.doneTx(p)
	case 8, 9:
		return m.sent(p, "contribution/trigger", contribution.Trigger{Repo: repoNames[m.rng.IntN(10)/9], Commit: m.head()})
	}
	return m.publishTree(p)
}

// sponsored lets the contribution's address pay for a transaction, where it has
// allowed the sender that.
func (m *Maker) sponsored(p *person, tx *types.Tx) {
	payer := route.Address("contribution")
	m.each(bank.ID, 3, func(rest []byte, _ any) {
		if keys.Address(rest[:20]) == payer && keys.Address(rest[20:40]) == p.address && m.rng.IntN(3) == 0 {
			tx.FeePayer = &payer
		}
	})
}

// head is one of a few commits.
func (m *Maker) head() types.Bytes {
	h := keys.Sum([]byte{byte(m.rng.IntN(3))})
	return types.Bytes(h[:20])
}

// linkTx claims an identity for somebody's address, at times wrongly.
func (m *Maker) linkTx(p *person) (*person, []types.Msg) {
	i := m.rng.IntN(len(identities))
	q, id := m.contributor(i, m.rng.IntN(3)), identities[i]
	b := contribution.Link{Identity: id, Key: q.key.Public(), Signature: q.key.Sign(contribution.LinkMessage(m.g.Hash(), id))}
	switch m.rng.IntN(12) {
	case 0:
		b.Signature[7]++
	case 1:
		b.Identity = "Ada"
	}
	return m.sent(p, "contribution/link", b)
}

func (m *Maker) publishTree(p *person) (*person, []types.Msg) {
	var run []any
	m.each(contribution.ID, 7, func(_ []byte, v any) { run = v.([]any) })
	if run == nil || run[8].(uint64) != 2 && m.rng.IntN(20) != 0 {
		return nil, nil
	}
	i := int(run[11].(uint64))
	if m.rng.IntN(8) == 0 {
		i = m.rng.IntN(2)
	}
	b := m.treeOf(keys.Hash(run[5].([]byte))).Publish(run[0].(uint64), i)
	switch m.rng.IntN(16) {
	case 0:
		b.Manifest.Total++
	case 1:
		if len(b.Chunk) > 9 {
			b.Chunk = slices.Clone(b.Chunk)
			b.Chunk[9] ^= 1
		}
	case 2:
		b.Interval++
	}
	return m.sent(p, "contribution/publish_tree", b)
}

func (m *Maker) doneTx(p *person) (*person, []types.Msg) {
	b := contribution.Done{OK: m.rng.IntN(2) == 0, Result: "done"}
	m.each(contribution.ID, 17, func(rest []byte, v any) {
		f := v.([]any)
		bot := keys.Address(f[0].([]any)[3].([]byte))
		if q := m.owners[bot]; q != nil && f[2].(uint64) == 0 && (b.Order == 0 || m.rng.IntN(2) == 0) {
			b.Order, p = number(rest), q
		}
	})
	if b.Order == 0 && m.rng.IntN(6) != 0 {
		return nil, nil
	}
	return m.sent(p, "contribution/done", b)
}

// contributionAction is what proposals order of the repository.
func (m *Maker) contributionAction() types.Msg {
	r := m.rng
	switch r.IntN(9) {
	case 0, 1, 8:
		return m.pack("contribution/order", contribution.Order{Repo: repoNames[0], Action: "merge", Arguments: types.Bytes("x"), Bot: m.anyone().address})
	case 2:
		return m.pack("contribution/require", contribution.Require{Repo: repoNames[r.IntN(2)], Branch: branchNames[r.IntN(2)], PPM: types.PPM(r.IntN(900_000)), End: r.IntN(4) == 0})
	case 3:
		b := contribution.Policy{Exclude: []string{"a", "b/", ""}[:r.IntN(10)/3]}
		if r.IntN(2) == 0 {
			b.Multiply = []contribution.Multiplier{{Glob: "*", PPM: uint64(r.IntN(101_000_000))}}
		}
		return m.pack("contribution/policy", b)
	case 4:
		return m.pack("contribution/repository", contribution.Repository{Repo: repoNames[r.IntN(6)/5], Branch: branchNames[r.IntN(3)/2]})
	}
	return m.credentialAction()
}

// credentialAction takes a document in custody one step on, at times the wrong one.
func (m *Maker) credentialAction() types.Msg {
	r := m.rng
	name, known, granted := []string{"key", "token", ""}[r.IntN(15)/7], false, false
	m.each(contribution.ID, 19, func(rest []byte, v any) {
		if string(rest) == name {
			known, granted = true, v.([]any)[8].(uint64) != 0
		}
	})
	hash := keys.Sum([]byte{byte(r.IntN(6))})
	if r.IntN(6) == 0 {
		known, granted = r.IntN(2) == 0, r.IntN(2) == 0
	}
	switch {
	case known && granted:
		return m.pack("contribution/reset", contribution.Reset{Document: name, Hash: hash, Locator: "here"})
	case known && r.IntN(4) != 0:
		return m.pack("contribution/access", contribution.Access{Document: name, To: m.anyone().address, Recipient: "age1", Reason: "why"[:min(3, r.IntN(12))]})
	}
	b := contribution.Custody{Document: name, Hash: hash, Locator: "there", Threshold: uint64(1 + r.IntN(8)/7)}
	for range 1 + r.IntN(3) {
		b.Owners = append(b.Owners, m.anyone().address)
	}
	return m.pack("contribution/custody", b)
}
