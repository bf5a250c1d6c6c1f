package rpc

import (
	"context"
	"encoding/json"
	"fmt"

	"probity/chain/keys"
)

// NodeStatus tells about this node rather than the chain.
type NodeStatus struct {
	Software     string         `json:"software"`
	Protocol     uint32         `json:"protocol"` // highest version that it knows
	PeerID       string         `json:"peerId"`
	Account      *keys.Address  `json:"account"`
	Consensus    keys.PublicKey `json:"consensus"`
	Member       bool           `json:"member"`
	Producer     bool           `json:"producer"`
	Finalized    Point          `json:"finalized"`
	Syncing      bool           `json:"syncing"`
	Peers        int            `json:"peers"`
	MempoolTxs   int            `json:"mempoolTxs"`
	MempoolBytes int            `json:"mempoolBytes"`
	UptimeMs     uint64         `json:"uptimeMs"`
	Upgrade      *Upgrade       `json:"upgrade"` // null: none is planned
}

// LimitsInfo are the limits in force and what each method takes of a client's
// tokens.
type LimitsInfo struct {
	Limits
	TimeoutMs int64          `json:"timeoutMs"`
	WaitMaxMs int64          `json:"waitMaxMs"`
	Weights   map[string]int `json:"weights"`
}

func (s *Server) nodeMethods() []Method {
	return []Method{
		Handle("node_status", "This node: who it is and how it fares.", s.nodeStatus),
		Handle("node_peers", "The peers that it is connected to.", s.peers),
		Handle("node_doctor", "What this node finds amiss with itself, each finding with its fix; probity doctor looks at its home and machine, too.", s.doctor),
		Handle("node_metricsSnapshot", "Every metric's current value.", s.metricsSnapshot).costs(10),
		Handle("rpc.discover", "This interface as an OpenRPC document.", s.discovered).costs(10).with(func(m *Method) { m.result = nil }),
		Handle("rpc_limits", "The bounds of this interface, and what each method costs of a client's tokens.", s.limits),
	}
}

func (s *Server) nodeStatus(context.Context, None) (NodeStatus, error) {
	i, st := s.Backend.Info(), s.Backend.Status()
	return NodeStatus{
		Software: i.Software, Protocol: i.Protocol, PeerID: i.PeerID, Account: i.Account, Consensus: i.Consensus,
		Member: i.Member, Producer: i.Producer, Finalized: s.Backend.Finalized(), Syncing: st.Syncing,
		Peers: st.Peers, MempoolTxs: st.MempoolTxs, MempoolBytes: st.MempoolBytes, UptimeMs: st.UptimeMs,
		Upgrade: st.Upgrade,
	}, nil
}

func (s *Server) peers(context.Context, None) ([]Peer, error) {
	if all := s.Backend.Peers(); all != nil {
		return all, nil
	}
	return []Peer{}, nil
}

// Finding is one thing that a node looked at.
type Finding struct {
	Check string `json:"check"` // stable name
	OK    bool   `json:"ok"`
	Got   string `json:"got"`
	Want  string `json:"want"`
	Fix   string `json:"fix"` // what to do where it is not ok
}

// doctor looks at what a node knows of itself while it runs.
func (s *Server) doctor(context.Context, None) ([]Finding, error) {
	info, st, tip := s.Backend.Info(), s.Backend.Status(), s.Backend.Finalized().Height
	behind := max(st.Best, tip) - tip
	upgrade := Finding{
		Check: "upgrade", OK: true, Got: "none is planned", Want: "software for the next protocol",
		Fix: "install a release that knows it, before its height",
	}
	if u := st.Upgrade; u != nil {
		upgrade.OK = u.Supported
		upgrade.Got = fmt.Sprintf("protocol %d from height %d on, this software knows %d", u.Protocol, u.Height, info.Protocol)
	}
	return []Finding{
		{
			Check: "synced", OK: !st.Syncing, Got: fmt.Sprintf("%d blocks behind", behind), Want: "no more than a view or two",
			Fix: "wait while chain_status counts on; else see that peers are connected and the disk is not full",
		},
		{
			Check: "peers", OK: st.Peers > 0, Got: fmt.Sprint(st.Peers), Want: "1 or more",
			Fix: "open the port of p2p.listen, and name peers in p2p.bootstrap",
		},
		upgrade,
	}, nil
}

func (s *Server) metricsSnapshot(context.Context, None) ([]Sample, error) {
	if all := s.Backend.Metrics(); all != nil {
		return all, nil
	}
	return []Sample{}, nil
}

func (s *Server) discovered(context.Context, None) (json.RawMessage, error) {
	doc, err := s.discover()
	return doc, err
}

func (s *Server) limits(context.Context, None) (LimitsInfo, error) {
	out := LimitsInfo{
		Limits: s.Limits, TimeoutMs: s.Limits.Timeout.Milliseconds(), WaitMaxMs: s.Limits.WaitMax.Milliseconds(),
		Weights: map[string]int{},
	}
	for _, m := range s.list {
		if !m.admin {
			out.Weights[m.Name] = m.weight
		}
	}
	return out, nil
}
