package main

import (
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"probity/node/metrics"
)

// Goal: an alert that fires leads to a page that says what to do, and asks for
// metrics that nodes have. Method: names and anchors of docs/ops/alerts/governance.yml
// against what a node serves and what docs/operations.md has for headings.
func TestAlertsStandOnMetrics(t *testing.T) {
	rules, err := os.ReadFile("../../docs/ops/alerts/governance.yml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New()
	m.SetCircuits([]string{"bank/send"})
	m.SetUpgrade(2, 0.5)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	served := w.Body.String()

	names := regexp.MustCompile(`probity_[a-z0-9_]+`).FindAllString(string(rules), -1)
	if len(names) == 0 {
		t.Fatal("no rule asks for a metric")
	}
	for _, name := range names {
		if !strings.Contains(served, "\n"+name+"{") && !strings.Contains(served, "\n"+name+" ") {
			t.Errorf("no node serves %s", name)
		}
	}
	anchors := regexp.MustCompile(`docs/operations\.md#([a-z0-9-]+)`).FindAllStringSubmatch(string(rules), -1)
	if n := strings.Count(string(rules), "alert:"); len(anchors) != n {
		t.Errorf("%d runbooks for %d alerts", len(anchors), n)
	}
	for _, a := range anchors {
		if heading := "## " + strings.ReplaceAll(a[1], "-", " ") + "\n"; !strings.Contains(strings.ToLower(string(page)), heading) {
			t.Errorf("no heading for %s", a[0])
		}
	}
}
