package quorum

// Tally counts the weight behind one statement. A member counts once, however
// often it repeats itself, and nothing is ever taken back: a member that also
// signs a contrary statement counts in that one's Tally too, as it would in a
// certificate, and is punished by evidence instead.
type Tally struct {
	weights []Weight
	need    Weight
	signers Bitmap
	weight  Weight
}

// NewTally starts a count over a roster. The weights, one per member, are
// shared and must not change. ErrWeight from Limit on.
func NewTally(weights []Weight) (*Tally, error) {
	total, err := Total(weights)
	if err != nil {
		return nil, err
	}
	return &Tally{weights: weights, need: Threshold(total), signers: NewBitmap(len(weights))}, nil
}

// Add counts the member at an index and reports whether it was not counted
// before. It panics for an index that is no member.
func (t *Tally) Add(signer int) bool {
	if !t.signers.Add(signer) {
		return false
	}
	t.weight += t.weights[signer]
	return true
}

// Weight is what has been counted.
func (t *Tally) Weight() Weight { return t.weight }

// Reached reports whether the weight is a quorum.
func (t *Tally) Reached() bool { return t.weight >= t.need }

// Has reports whether a member was counted. It panics for an index that is no
// member.
func (t *Tally) Has(signer int) bool { return t.signers.Has(signer) }

// Signers is a copy of the set of members counted.
func (t *Tally) Signers() Bitmap { return Bitmap{bytes: t.signers.Bytes(), n: t.signers.n} }
