package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Bounds of approvals (contribution §7).
const (
	approvalsMax   = 256
	fadingPerBlock = 64
)

// headApproval is the approval of an account for a head.
type headApproval struct {
	branch string
	author wire.Address
	at     uint64
}

func (a *headApproval) shape(f form) { f.fields(3).text(&a.branch).address(&a.author).u64(&a.at) }

// headRef names a head.
func headRef(repo string, head []byte) wire.Hash {
	return wire.Sum([]byte("head"), enc(func(e *cbor.Enc) { e.Array(2).Text(repo).Bytes(head) }))
}

func fadingKey(at uint64, ref wire.Hash, a wire.Address) string {
	return key(routeContribution, contribFadings, at, ref, a)
}

// approveHead notes that an owner wants a head merged.
func (c *Chain) approveHead(from wire.Address, repo string, head []byte, a headApproval) error {
	mine := c.shares(from)
	if mine.IsZero() || !isName(repo) || !isName(a.branch) || !isCommit(head) {
		return refused("no shares, or no head")
	}
	ref := headRef(repo, head)
	prefix := key(routeContribution, contribApprovals, ref)
	if all := c.State.Keys(prefix); len(all) >= approvalsMax && !c.has(prefix+string(from[:])) {
		fewest := addressAt(all[0], len(prefix))
		for _, k := range all[1:] {
			if x := addressAt(k, len(prefix)); c.shares(x).Less(c.shares(fewest)) {
				fewest = x
			}
		}
		if mine.Cmp(c.shares(fewest)) <= 0 {
			return refused("too many approvals")
		}
		c.State.Delete(prefix + string(fewest[:]))
	}
	c.store(prefix+string(from[:]), &a)
	c.State.Set(fadingKey(a.at+c.param("contrib.approval_time"), ref, from), uint64Value(1))
	return nil
}

// fadeApprovals removes old ones: an entry of the queue removes the approval where
// no later one has taken its place.
func (c *Chain) fadeApprovals() {
	for i, k := range c.State.Keys(key(routeContribution, contribFadings)) {
		if i == fadingPerBlock || tail64(k, prefixLen) > c.now() {
			return
		}
		c.State.Delete(k)
		of := key(routeContribution, contribApprovals, hashAt(k, prefixLen+8), addressAt(k, prefixLen+40))
		var a headApproval
		if c.load(of, &a) && a.at+c.param("contrib.approval_time") <= c.now() {
			c.State.Delete(of)
		}
	}
}

// family are the accounts whose approval is the author's own.
func (c *Chain) family(author wire.Address) map[wire.Address]bool {
	out := map[wire.Address]bool{}
	if author == (wire.Address{}) || c.param("contrib.author_counts") == 1 {
		return out
	}
	out[author] = true
	prefix := key(routeContribution, contribOwners, author)
	for _, k := range c.State.Keys(prefix) {
		for _, a := range c.identityLink(k[len(prefix):]).linked {
			out[a] = true
		}
	}
	return out
}

// requirement is the part of all shares that merges need.
type requirement struct {
	repo string
	ppm  uint64
}

func (r *requirement) shape(f form) { f.fields(2).text(&r.repo).u32(&r.ppm) }

// checkGate is the message gate_check (contribution §7).
func (c *Chain) checkGate(repo string, head []byte) error {
	if !isCommit(head) {
		return refused("no commit")
	}
	required, largest := map[string]uint64{}, uint64(0)
	prefix := key(routeContribution, contribRequirements, wire.Sum([]byte(repo)))
	for _, k := range c.State.Keys(prefix) {
		var r requirement
		c.load(k, &r)
		required[k[len(prefix):]] = r.ppm
		largest = max(largest, r.ppm)
	}
	if len(required) == 0 {
		return nil
	}
	type group struct {
		branch string
		author wire.Address
	}
	weights := map[group]num.Int{}
	approvals := key(routeContribution, contribApprovals, headRef(repo, head))
	for _, k := range c.State.Keys(approvals) {
		var a headApproval
		c.load(k, &a)
		by := addressAt(k, len(approvals))
		if a.at+c.param("contrib.approval_time") <= c.now() {
			continue
		}
		g := group{a.branch, a.author}
		weights[g] = weights[g].Add(num.Int{})
		if !c.family(a.author)[by] {
			weights[g] = weights[g].Add(c.shares(by))
		}
	}
	all := c.sums().minted
	for g, w := range weights {
		need, ok := required[g.branch]
		if !ok {
			need = largest
		}
		if !all.IsZero() && !w.Mul(num.U(1e6)).Less(all.Mul(num.U(need))) {
			return nil
		}
	}
	return refused("the gate is closed")
}
