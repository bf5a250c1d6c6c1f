package dcert

import (
	"unicode/utf8"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// LocatorMax bounds where a report's content can be found, in bytes.
const LocatorMax = 256

// CommitReport notes that a member has passed on a confidential report, without
// saying what it is about (D30).
type CommitReport struct {
	_          struct{}  `cbor:",toarray"`
	Commitment keys.Hash `json:"commitment"`
}

// OpenReport tells what a commitment was to. Whoever knows it may.
type OpenReport struct {
	_       struct{}  `cbor:",toarray"`
	Content keys.Hash `json:"content"` // hash of the report
	Salt    keys.Hash `json:"salt"`
	Locator string    `json:"locator"` // where the report is, for people
}

// Preapprove is a vote of a member to let a security release pass ahead.
type Preapprove struct {
	_    struct{}  `cbor:",toarray"`
	Hash keys.Hash `json:"hash"`
}

// The message of route release that hears of a pre-approval. Peers do not
// import one another, so its number and form stand here again.
const (
	releaseRoute      = 12
	releasePreapprove = 30
)

// ReportCommitment is what a report is committed to with.
func ReportCommitment(content, salt keys.Hash) keys.Hash {
	return keys.Sum([]byte("dcert/report"), salt[:], content[:])
}

func commitReport(c *route.Ctx, m CommitReport) error {
	if err := acting(c); err != nil {
		return err
	}
	if m.Commitment.IsZero() || reports.Has(c, m.Commitment) {
		return ErrReport.With("a commitment to nothing, or one that is here already")
	}
	reports.Set(c, m.Commitment, report{By: c.Sender, Height: c.Block.Height})
	c.Emit("report", "commitment", m.Commitment, "by", c.Sender)
	return nil
}

func openReport(c *route.Ctx, m OpenReport) error {
	commitment := ReportCommitment(m.Content, m.Salt)
	r, ok := reports.Get(c, commitment)
	switch {
	case !ok || r.Opened != 0:
		return ErrReport.With("no commitment to this waits to be opened")
	case len(m.Locator) > LocatorMax || !utf8.ValidString(m.Locator):
		return ErrSize.For(len(m.Locator), LocatorMax)
	}
	r.Opened, r.Content, r.Locator = c.Block.Height, m.Content, m.Locator
	reports.Set(c, commitment, r)
	c.Emit("report_opened", "commitment", commitment, "content", m.Content)
	return nil
}

// preapprove tells the release route once enough active members have voted. On
// a chain without it the vote is refused.
func preapprove(c *route.Ctx, m Preapprove) error {
	if err := acting(c); err != nil {
		return err
	}
	subject := keys.Sum([]byte("dcert/preapprove"), m.Hash[:])
	n, of := vote(c, subject), uint64(len(active(c)))
	c.Emit("vote_preapprove", "hash", m.Hash, "voter", c.Sender, "votes", n, "of", of)
	msg := types.Msg{Route: releaseRoute, ID: releasePreapprove, Body: codec.MustMarshal(Preapprove{Hash: m.Hash})}
	if !reached(n, of, SuspendQuorum.PPM(c)) {
		return c.Try(msg)
	}
	forgetBallots(c, subject)
	return c.Dispatch(msg)
}
