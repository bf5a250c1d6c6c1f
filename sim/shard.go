package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Shard is one part of a campaign that is spread over several machines: number
// Index, from 1, of Count. Its seeds are those whose place in the campaign
// leaves Index−1 when divided by Count, so that shards take alike.
type Shard struct {
	Index int `json:"index"`
	Count int `json:"count"`
}

// ErrShard is returned for shards that do not make one campaign. Its text is one
// line.
var ErrShard = errors.New("shards do not fit")

// ParseShard reads i/n, for example 2/8.
func ParseShard(text string) (s Shard, err error) {
	if n, err := fmt.Sscanf(text, "%d/%d", &s.Index, &s.Count); err != nil || n != 2 || fmt.Sprintf("%d/%d", s.Index, s.Count) != text {
		return s, fmt.Errorf("%w: %q is not of the form i/n, for example 2/8", ErrShard, text)
	}
	if s.Count < 1 || s.Index < 1 || s.Index > s.Count {
		return s, fmt.Errorf("%w: %s: the first number goes from 1 to the second", ErrShard, text)
	}
	return s, nil
}

// whole is one of one where nothing was said.
func (s Shard) whole() Shard {
	if s.Count == 0 {
		return Shard{1, 1}
	}
	return s
}

// holds reports whether the i-th seed of the campaign, from 0, is in the shard.
func (s Shard) holds(i int) bool {
	s = s.whole()
	return i%s.Count == s.Index-1
}

// String is i/n.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// Part is a shard's report with the name of the file that it came from.
type Part struct {
	File   string
	Report *Report
}

// ReadPart reads a report that sim swarm --out wrote.
func ReadPart(file string, data []byte) (Part, error) {
	r := &Report{}
	if err := json.Unmarshal(data, r); err != nil {
		return Part{}, fmt.Errorf("%w: %s is not a report of sim swarm: %w", ErrShard, file, err)
	}
	if len(r.Shards) != 1 || r.Total == 0 || len(r.Nodes) == 0 || r.Faults == nil {
		return Part{}, fmt.Errorf("%w: %s is not a shard's report", ErrShard, file)
	}
	return Part{file, r}, nil
}

// Merge joins the reports of all shards of one campaign. It refuses those of
// different campaigns, a shard given twice, and a campaign with a shard missing.
func Merge(parts []Part) (*Report, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: no files", ErrShard)
	}
	parts = append([]Part{}, parts...)
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].Report.Shards[0].Index < parts[j].Report.Shards[0].Index })
	first := parts[0].Report
	out := &Report{
		First: first.First, Nodes: first.Nodes, Total: first.Total, Shards: []Shard{}, Failures: []Failure{}, Faults: map[string]int{},
	}
	seen := map[int]string{}
	for _, p := range parts {
		r, s := p.Report, p.Report.Shards[0]
		switch {
		case r.First != first.First || r.Total != first.Total || !slices.Equal(r.Nodes, first.Nodes) || s.Count != first.Shards[0].Count:
			return nil, fmt.Errorf("%w: %s and %s are of different campaigns", ErrShard, parts[0].File, p.File)
		case seen[s.Index] != "":
			return nil, fmt.Errorf("%w: shard %s is in %s and in %s", ErrShard, s, seen[s.Index], p.File)
		}
		seen[s.Index] = p.File
		out.Shards = append(out.Shards, s)
		out.Seeds += r.Seeds
		out.sum(r)
	}
	var missing []string
	for i := 1; i <= first.Shards[0].Count; i++ {
		if seen[i] == "" {
			missing = append(missing, Shard{i, first.Shards[0].Count}.String())
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: missing %s", ErrShard, strings.Join(missing, ", "))
	}
	return out, nil
}
