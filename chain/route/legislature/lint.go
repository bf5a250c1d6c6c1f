package legislature

import (
	"strings"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Finding is something about a proposal that its author may not have meant. Kinds
// are stable names.
type Finding struct {
	Kind   string `json:"kind"`
	Action int    `json:"action"` // −1: the proposal as a whole
	Text   string `json:"text"`
}

func (r *rehearsal) find(kind string, action int, text string) {
	r.out.Lint = append(r.out.Lint, Finding{kind, action, text})
}

// lint looks for what is allowed and unwise. skip is the number of the proposal
// itself.
func (r *rehearsal) lint(skip uint64) {
	c := r.before
	if strings.TrimSpace(r.draft.Title) == "" {
		r.find("TITLE", -1, "without a title it is hard to find in lists")
	}
	if len(r.draft.Actions) == 0 {
		r.find("NO_ACTIONS", -1, "nothing happens when it executes: it only says something")
	}
	if r.p.Post.IsZero() {
		r.find("NO_POST", -1, "a text of its own earns its author no REP: publish a post and propose that")
	} else if len(r.out.Earned) == 0 && !r.p.State.Final() {
		r.find("NO_REWARD", -1, "the fee mints nothing for the post")
	}
	if !r.exists {
		r.means()
	}
	for i, a := range r.draft.Actions {
		_, msg, body, err := resolve(c, a)
		if err != nil {
			continue
		}
		if grave, _ := weigh(c, msg, body); grave {
			r.find("GRAVE", i, "this action is of class A: the whole proposal needs the larger quorum and majority")
		}
		switch m := body.(type) {
		case params.Set:
			r.changes(i, m.Changes)
		case Activate:
			r.changes(i, m.Changes)
		case bank.Spend:
			if have := bank.Balance(c, bank.Treasury); have.Less(m.Amount) {
				r.find("TREASURY", i, "the treasury has "+have.Decimal()+" $, less than this spends")
			}
		}
	}
	if len(r.out.Deciding) > 1 {
		r.find("BOTH_BOOKS", -1, "wREP and gREP decide it together: each has to pass every stage")
	}
	r.rivals(skip)
}

// means tells whether the proposer has what submission and deposit take.
func (r *rehearsal) means() {
	if have := bank.Balance(r.before, r.proposer); have.Less(r.p.Fee) {
		r.find("FUNDS", -1, "the proposer has "+have.Decimal()+" $ for a fee of "+r.p.Fee.Decimal())
	}
	book := canon(r.before)
	if have := book.Unexposed(r.before, r.proposer); have.Less(r.out.Deposit) {
		r.find("DEPOSIT", -1, "the proposer can deposit "+have.Decimal()+" "+book.String()+" of "+r.out.Deposit.Decimal()+": others have to add the rest")
	}
}

// changes looks at new values of parameters.
func (r *rehearsal) changes(i int, changes []params.Change) {
	for _, ch := range changes {
		d := r.before.Params.Find(ch.Name)
		switch {
		case d == nil:
		case r.before.Params.Get(d) == ch.Value:
			r.find("NO_CHANGE", i, ch.Name+" has this value already")
		case d.Unit != route.Switch && d.Unit != route.Choice && (ch.Value == d.Min || ch.Value == d.Max):
			r.find("GUARDRAIL", i, ch.Name+" would be at the edge of what governance may set")
		case d.Name == bank.BudgetGREP.Name && !rep.GovernanceOpen(r.before):
			r.find("OPENS_GREP", i, "this opens the book of gREP, for good")
		}
	}
}

// rivals looks for a vote that runs on the same parameters: whichever executes
// last wins.
func (r *rehearsal) rivals(skip uint64) {
	mine := names(r.before, r.draft.Actions)
	if len(mine) == 0 {
		return
	}
	seen := 0
	voting.Range(r.before, func(n uint64, _ bool) bool {
		if n == skip {
			return true
		}
		actions, _ := actionsOf.Get(r.before, n)
		for _, name := range names(r.before, actions) {
			for _, m := range mine {
				if m == name {
					r.find("RIVAL", -1, name+" is changed by proposal "+decimal(n)+" as well, which is being voted on")
				}
			}
		}
		seen++
		return seen < listDefault
	})
}

// names are the parameters that actions set.
func names(c *route.Ctx, actions []types.Msg) (out []string) {
	for _, a := range actions {
		_, _, body, err := resolve(c, a)
		if err != nil {
			continue
		}
		var changes []params.Change
		switch m := body.(type) {
		case params.Set:
			changes = m.Changes
		case Activate:
			changes = m.Changes
		}
		for _, ch := range changes {
			out = append(out, ch.Name)
		}
	}
	return out
}

func decimal(n uint64) string { return types.NewAmount(n).String() }
