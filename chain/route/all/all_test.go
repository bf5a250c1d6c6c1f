package all_test

import (
	"fmt"
	"strings"
	"testing"

	"probity/chain/route"
	"probity/chain/route/all"
)

// Goal: the table is one that a chain can run and people can read. Method: its
// own check, the defaults of all parameters together, and a sentence for every
// message, query and parameter.
func TestTable(t *testing.T) {
	if err := all.Table.Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := route.NewParams(all.Table, nil); err != nil {
		t.Fatal(err)
	}
	sentence := func(what, doc string) {
		if !strings.HasSuffix(doc, ".") {
			t.Errorf("%s has no sentence: %q", what, doc)
		}
	}
	for i, r := range all.Table {
		if i > 0 && all.Table[i-1].ID >= r.ID {
			t.Errorf("%s stands out of order", r.Name)
		}
		sentence(r.Name, r.Doc)
		for _, m := range r.Msgs {
			sentence(r.Name+"/"+m.Name, m.Doc)
		}
		for _, q := range r.Queries {
			sentence(r.Name+"/"+q.Name, q.Doc)
		}
		for _, p := range r.Params {
			sentence(p.Name, p.Doc)
		}
	}
}

func Example() {
	for _, r := range all.Table[:3] {
		fmt.Println(r.ID, r.Name)
	}
	// Output:
	// 1 params
	// 2 bank
	// 3 rep
}
