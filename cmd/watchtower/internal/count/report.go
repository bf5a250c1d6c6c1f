package count

import (
	"bytes"
	"encoding/json"
	"fmt"

	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/wire"
)

// Report is a count as people and programs read it.
type Report struct {
	Commit  string         `json:"commit"`
	Ruleset string         `json:"ruleset"` // the hash of the rules (§6.3)
	Authors []ReportAuthor `json:"authors"` // ascending by the bytes of their identities
	Links   []ReportLink   `json:"links"`   // in the order of §7.4
}

// ReportAuthor is what an identity earned.
type ReportAuthor struct {
	Identity    string   `json:"identity"`
	Lines       uint64   `json:"lines"`
	Micropoints uint64   `json:"micropoints"`
	Addresses   []string `json:"addresses"` // newest first
}

// ReportLink is a line that was ever added to the register.
type ReportLink struct {
	Status  string `json:"status"`
	Commit  string `json:"commit"`
	User    string `json:"user"`
	Address string `json:"address"`
}

// Texts are addresses in bech32m; an empty list where there is none.
func Texts(list []wire.Address) []string {
	out := []string{}
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

// Report tells a result.
func (r *Result) Report(head git.ID, rules *Rules) *Report {
	h := wire.Sum([]byte(rules.Canonical()))
	out := &Report{Commit: head.String(), Ruleset: fmt.Sprintf("0x%x", h[:]), Authors: []ReportAuthor{}, Links: []ReportLink{}}
	for _, a := range r.Authors {
		out.Authors = append(out.Authors, ReportAuthor{a.Identity, a.Lines, a.Micropoints, Texts(a.Addresses)})
	}
	for i := range r.Links {
		out.Links = append(out.Links, r.Links[i].Report())
	}
	return out
}

// Report tells a line of the register.
func (l *Link) Report() ReportLink {
	out := ReportLink{Status: l.Status, Commit: l.Commit.String(), User: l.Words[0]}
	if len(l.Words) > 1 {
		out.Address = l.Words[1]
	}
	return out
}

// ReadRules reads rules as their canonical text or as a JSON object {code,
// comment, text, other, exclude, multiply: [{glob, ppm}], genesis}, in which what
// is not said is as by default.
func ReadRules(raw []byte) (*Rules, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return ParseRules(string(raw))
	}
	r := Default()
	in := struct {
		Code, Comment, Text, Other *uint64
		Exclude                    *[]string
		Multiply                   *[]Factor
		Genesis                    string
	}{&r.Code, &r.Comment, &r.Text, &r.Other, &r.Exclude, &r.Multiply, ""}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	if in.Genesis != "" {
		var err error
		if r.Genesis, err = parseHash(in.Genesis); err != nil {
			return nil, err
		}
	}
	return r, r.check()
}
