package law

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// Goal: every parameter has the default, the bounds and the class that the published
// table says, and there is no other. Method: docs/parameters.md, row by row.
func TestParameters(t *testing.T) {
	file, err := os.ReadFile("../../../../docs/parameters.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\w+) \\| (\\w+) … (\\w+) \\| \\w+ \\| ([AB]) \\|").FindAllStringSubmatch(string(file), -1)
	if len(rows) != len(parameters) {
		t.Errorf("%d rows, %d parameters", len(rows), len(parameters))
	}
	for _, r := range rows {
		p := find(r[1])
		if p == nil {
			t.Errorf("no %s", r[1])
			continue
		}
		number := func(s string) uint64 {
			n, ok := p.parse(s)
			if !ok {
				t.Errorf("%s: %q", p.name, s)
			}
			return n
		}
		if p.def != number(r[2]) || p.least != number(r[3]) || p.most != number(r[4]) || p.grave != (r[5] == "A") {
			t.Errorf("%s is %+v, the table says %s", p.name, *p, strconv.Quote(r[0]))
		}
	}
}
