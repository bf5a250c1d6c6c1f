package ops

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"probity/chain/types"
)

// record holds what a Prometheus would have stored: the samples of the metrics
// that rules ask for, by series.
type record struct {
	want   func(metric string) bool
	every  types.Time
	series map[string][]string // by index of the scrape; "": no sample
	last   int                 // index of the last scrape
}

func newRecord(every types.Time, want func(string) bool) *record {
	return &record{want: want, every: every, series: map[string][]string{}}
}

// scrape keeps the samples of one page; a member that does not answer has its
// series end, as Prometheus marks them.
func (r *record) scrape(at types.Time, id int, up bool, page string) {
	r.last = int(at / r.every)
	target := fmt.Sprintf(`instance="n%d",job="probity"`, id)
	if !up {
		for name, s := range r.series {
			if strings.Contains(name, target) && !strings.HasPrefix(name, "up{") && len(s) == r.last && s[len(s)-1] != "stale" && s[len(s)-1] != "" {
				r.put(name, "stale")
			}
		}
		r.put("up{"+target+"}", "0")
		return
	}
	r.put("up{"+target+"}", "1")
	for line := range strings.Lines(page) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if i := strings.LastIndexByte(line, ' '); ok && i > len(name) { // a space in a label
			name, value = line[:i], strings.TrimSpace(line[i+1:])
		}
		metric, labels, labelled := strings.Cut(name, "{")
		if !ok || line[0] == '#' || !r.want(metric) {
			continue
		}
		if labelled {
			target := target + ","
			name = metric + "{" + target + labels
		} else {
			name = metric + "{" + target + "}"
		}
		r.put(name, plain(value))
	}
}

// put sets a sample of the last scrape.
func (r *record) put(series, value string) {
	s := r.series[series]
	for len(s) < r.last {
		s = append(s, "")
	}
	r.series[series] = append(s, value)
}

// plain writes a number without an exponent.
func plain(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "_"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// input writes the series in promtool's notation, sorted.
func (r *record) input(b *strings.Builder) {
	for _, name := range slices.Sorted(maps.Keys(r.series)) {
		fmt.Fprintf(b, "      - {series: '%s', values: '%s'}\n", strings.ReplaceAll(name, "'", "''"), runs(r.series[name]))
	}
}

// runs writes samples with equal neighbours, and steps of one size, drawn
// together.
func runs(s []string) string {
	var out []string
	for i := 0; i < len(s); {
		j := i + 1
		for j < len(s) && s[j] == s[i] {
			j++
		}
		switch n := j - i; {
		case s[i] == "":
			out = append(out, fmt.Sprintf("_x%d", n))
		case n > 1 && s[i] != "stale":
			out = append(out, fmt.Sprintf("%sx%d", s[i], n-1))
		default:
			for range n {
				out = append(out, s[i])
			}
		}
		i = j
	}
	return strings.Join(out, " ")
}

// asked makes a filter of the metrics that rule files name.
func asked(rules string) func(string) bool {
	known := map[string]bool{"up": true}
	for _, name := range regexp.MustCompile(`probity_[a-z0-9_]+`).FindAllString(rules, -1) {
		known[name] = true
	}
	return func(metric string) bool { return known[metric] }
}
