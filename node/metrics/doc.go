// Package metrics is what operators watch: counters and gauges of one node
// under the prefix probity_, and the small HTTP server that shows them beside
// the node's health (spec interface §4).
//
// It promises that names and label values are bounded whatever peers and
// clients send, that names pass promlint, and that setting a value never
// blocks. The server answers from before the database opens until the process
// ends: /livez (the process runs), /startupz (it has opened its home), /readyz
// (it can serve; ?verbose tells each criterion with value and limit),
// /metrics, /version.
//
// It leaves to its caller what is measured and what ready means, and to the
// operator who may reach the port.
package metrics
