package node

import (
	"probity/chain/keys"
	"probity/node/blobs"
	"probity/p2p"
)

// Visit joins a chain's network for a while to ask for content (package blobs):
// under an identity made up for it, at the peers named, multiaddresses that end
// in /p2p/ID. It knows the topics that members speak of, whose messages it
// ignores; a peer that did not would be taken for a broken one by them, and they
// by it. The caller closes it.
func Visit(genesis keys.Hash, peers []string, agent string) (*p2p.Host, error) {
	cfg := p2p.Config{
		Genesis: genesis, Bootstrap: peers, Topics: topics(p2p.Limit{}), Protocols: []p2p.Protocol{blobs.Protocol}, Agent: agent,
	}
	copy(cfg.Seed[:], randomBytes(32))
	host, err := p2p.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := host.Start(); err != nil {
		_ = host.Close()
		return nil, err
	}
	return host, nil
}
