package contrib

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"probity/chain/keys"
)

// Approvals is what a forge says about a change that wants to be merged
// (governance A-G7).
type Approvals struct {
	Head      string      `json:"head"`      // the commit that was approved
	Height    json.Number `json:"height"`    // finalized, of the shares that weigh
	Author    string      `json:"author"`    // e-mail address of who wants the merge
	Approvers []string    `json:"approvers"` // e-mail addresses
}

// Shares are the balances of the book of shares at one height.
type Shares struct {
	Height   json.Number                  `json:"height"`
	Time     int64                        `json:"time"`  // of that block, ms since 1970
	Total    json.Number                  `json:"total"` // of the book, base units; left out: the sum of balances
	Balances map[keys.Address]json.Number `json:"balances"`
}

// SharesAgeMax is the age in ms from which shares are too old to weigh
// approvals by.
const SharesAgeMax = 7 * 24 * 3600 * 1000

// ppm is one whole.
const ppm = 1_000_000

// GateCase is one question to the gate.
type GateCase struct {
	Head        ID     // that wants to be merged
	Branch      string // that it wants to be merged into
	Base        ID     // of that branch: its register of addresses counts
	RequiredPPM uint64 // part of all shares that must approve
	CountAuthor bool   // whether the author's own approval counts
	Now         int64  // ms since 1970
	Approvals   Approvals
	Shares      Shares
}

// Approver is one row of the gate's answer.
type Approver struct {
	User      string         `json:"user"`
	Addresses []keys.Address `json:"addresses"`
	Amount    string         `json:"amount"` // base units that count
	Share     string         `json:"share"`  // percent of all shares
	Note      string         `json:"note,omitempty"`
}

// Verdict is the gate's answer.
type Verdict struct {
	Allowed   bool       `json:"allowed"`
	Branch    string     `json:"branch"`
	Head      string     `json:"head"`
	Height    string     `json:"height"`
	Required  string     `json:"required"`  // percent
	Approving string     `json:"approving"` // percent
	Reason    string     `json:"reason"`
	Approvers []Approver `json:"approvers"`
}

// Gate says whether a merge may happen (spec §8): whether the verified
// addresses of those who approved hold the required part of all shares. An
// error means that the question could not be asked; a refusal is a Verdict.
func Gate(ctx context.Context, r *Repo, g GateCase, rules Rules, o Options) (*Verdict, error) {
	if g.RequiredPPM > ppm {
		return nil, fmt.Errorf("%w: %d ppm are required: at most %d", ErrRules, g.RequiredPPM, uint64(ppm))
	}
	total, err := g.Shares.total()
	if err != nil {
		return nil, err
	}
	v := &Verdict{Branch: g.Branch, Head: g.Head.String(), Height: g.Approvals.Height.String(),
		Required: percent(g.RequiredPPM, ppm), Approving: "0.00", Approvers: []Approver{}}
	if v.Reason = g.Stale(); v.Reason != "" {
		return v, nil
	}
	links, err := ReadLinks(ctx, r, g.Base, rules, o)
	if err != nil {
		return nil, err
	}
	identity, err := Naming(r, g.Base)
	if err != nil {
		return nil, err
	}
	sum := g.weigh(v, verified(links), identity, total)
	v.Approving = percentOf(sum, total)
	// sum / total >= required, without division.
	have := new(big.Int).Mul(sum, big.NewInt(ppm))
	v.Allowed = total.Sign() > 0 && have.Cmp(new(big.Int).Mul(total, new(big.Int).SetUint64(g.RequiredPPM))) >= 0
	switch {
	case total.Sign() == 0:
		v.Reason = "no shares exist"
	case v.Allowed:
		v.Reason = "enough shares approve"
	default:
		v.Reason = fmt.Sprintf("%s %% of the shares approve, %s %% are required", v.Approving, v.Required)
	}
	return v, nil
}

// Naming gives the identity of an e-mail address, or of the text of an identity,
// by the mailmap of a commit.
func Naming(r *Repo, commit ID) (func(user string) Identity, error) {
	raw, err := r.file(commit, mailmapFile)
	if err != nil {
		return nil, err
	}
	mail := parseMailmap(raw)
	return func(user string) Identity {
		return IdentityOf(mail.apply(person{email: trimText(strings.TrimPrefix(user, identityPrefix))}).email)
	}, nil
}

// Stale says why approvals are not for this head or this time; "" where they
// are.
func (g *GateCase) Stale() string {
	switch {
	case lowerASCII(g.Approvals.Head) != g.Head.String():
		return fmt.Sprintf("the approvals are for commit %s, the head is %s: approve again", show(g.Approvals.Head), g.Head)
	case g.Approvals.Height != g.Shares.Height:
		return fmt.Sprintf("the approvals name height %s, the shares are of height %s", show(g.Approvals.Height.String()), show(g.Shares.Height.String()))
	case g.Shares.Time > g.Now:
		return "the shares are of a later time than now"
	case g.Now-g.Shares.Time > SharesAgeMax:
		return fmt.Sprintf("height %s is more than 7 days old: name a newer one", g.Approvals.Height)
	}
	return ""
}

// weigh fills the approvers of a verdict and gives the sum of their shares. An
// address counts once, however many of its users approve.
func (g *GateCase) weigh(v *Verdict, own map[Identity][]keys.Address, identity func(string) Identity, total *big.Int) *big.Int {
	author := identity(g.Approvals.Author)
	var seen []Identity
	counted := map[keys.Address]bool{}
	if !g.CountAuthor { // nor does it through another identity
		for _, at := range own[author] {
			counted[at] = true
		}
	}
	sum := new(big.Int)
	for _, user := range g.Approvals.Approvers {
		id := identity(user)
		a := Approver{User: show(user), Addresses: []keys.Address{}, Amount: "0", Share: "0.00"}
		switch {
		case slices.Contains(seen, id):
			a.Note = "counted before"
		case id == author && !g.CountAuthor:
			a.Note = "the author's own approval does not count"
		case len(own[id]) == 0:
			a.Note = "no verified address"
		default:
			a.Addresses = own[id]
			amount := new(big.Int)
			for _, at := range own[id] {
				if counted[at] {
					a.Note = "an address of it is the author's or counted before"
					continue
				}
				counted[at] = true
				if b, ok := new(big.Int).SetString(g.Shares.Balances[at].String(), 10); ok {
					amount.Add(amount, b)
				}
			}
			a.Amount, a.Share = amount.String(), percentOf(amount, total)
			sum.Add(sum, amount)
		}
		seen = append(seen, id)
		v.Approvers = append(v.Approvers, a)
	}
	return sum
}

// total checks the balances and gives what all shares are.
func (s *Shares) total() (*big.Int, error) {
	sum := new(big.Int)
	for at, text := range s.Balances { // a sum: order-free
		b, ok := wholeNumber(text)
		if !ok {
			return nil, fmt.Errorf("%w: balance of %s: %q is no whole number of base units", ErrShares, at, text.String())
		}
		sum.Add(sum, b)
	}
	if s.Total == "" {
		return sum, nil
	}
	total, ok := wholeNumber(s.Total)
	if !ok {
		return nil, fmt.Errorf("%w: total: %q is no whole number of base units", ErrShares, s.Total.String())
	}
	if total.Cmp(sum) < 0 {
		return nil, fmt.Errorf("%w: the balances are %s, more than the total of %s", ErrShares, sum, total)
	}
	return total, nil
}

// wholeNumber reads decimal digits.
func wholeNumber(n json.Number) (*big.Int, bool) {
	text := n.String()
	if text == "" || len(text) > 60 || strings.Trim(text, "0123456789") != "" {
		return nil, false
	}
	return new(big.Int).SetString(text, 10)
}

// Check returns ErrApprovals where a field is missing.
func (a *Approvals) Check() error {
	for _, f := range []struct{ name, value string }{{"head", a.Head}, {"height", a.Height.String()}, {"author", a.Author}} {
		if f.value == "" {
			return fmt.Errorf("%w: %s is missing", ErrApprovals, f.name)
		}
	}
	return nil
}
