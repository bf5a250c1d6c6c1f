// Package ops proves the alert rules of docs/ops/alerts: it plays scenarios in
// the simulator, scrapes every member as a Prometheus would, and writes what it
// saw as a unit test of promtool, in which the alerts of the scenario fire when
// they should, and no other ever does.
//
// Members are whole ones, with what a node has around its loop and measured by the
// code that measures a real node (node.Monitor), so a metric that no code feeds, or
// a rule that asks for a label that no node has, fails here. A row of the table
// Scenarios is a trouble of the simulator's world; every alert is in one of them.
//
// It promises the same file for the same table. Running promtool is left to the
// caller.
package ops
