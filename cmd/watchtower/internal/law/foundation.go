package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// The rows of routes 1 to 7 (execution §1).

func paramsPart() *part {
	return &part{
		number: routeParams, name: "params",
		rows:     []row{{id: 1, name: "set", callers: []string{"legislature"}}},
		message:  (*Chain).paramsMsg,
		boundary: always((*Chain).boundaryParams),
	}
}

func bankPart() *part {
	return &part{
		number: routeBank, name: "bank",
		rows: []row{
			{id: 1, name: "send"}, {id: 2, name: "allow"}, {id: 3, name: "revoke"},
			{id: 4, name: "spend", callers: []string{"legislature"}},
		},
		genesis: (*Chain).genesisBank,
		message: simple((*Chain).bankMsg),
		end:     always((*Chain).endBank),
	}
}

func repPart() *part {
	return &part{
		number: routeRep, name: "rep",
		rows:     []row{{id: 1, name: "claim"}},
		genesis:  (*Chain).genesisRep,
		message:  simple((*Chain).repMsg),
		end:      always((*Chain).endRep),
		boundary: always(func(c *Chain) { c.setAmount(key(routeRep, 4), c.supply(wREP)) }),
	}
}

func availabilityPart() *part {
	planners := []string{"legislature", "release"}
	return &part{
		number: routeAvailability, name: "availability",
		rows: []row{
			{id: 1, name: "bench", weight: 1000, perByte: 4}, {id: 2, name: "leave"},
			{id: 3, name: "register", weight: 1000, perByte: 4}, {id: 4, name: "add_salts", weight: 1000, perByte: 4},
			{id: 5, name: "resume"}, {id: 6, name: "signal"},
			{id: 7, name: "upgrade", callers: planners, grave: true, rescue: true}, {id: 8, name: "cancel", callers: planners, grave: true, rescue: true},
		},
		genesis:  (*Chain).genesisAvailability,
		message:  simple((*Chain).availabilityMsg),
		begin:    (*Chain).beginAvailability,
		boundary: always((*Chain).boundaryAvailability),
	}
}

func beaconPart() *part {
	return &part{
		number: routeBeacon, name: "beacon",
		begin:    always((*Chain).beginBeacon),
		boundary: always((*Chain).boundaryBeacon),
	}
}

func poolPart() *part {
	return &part{
		number: routePool, name: "pool",
		begin: (*Chain).beginPool,
		end:   always((*Chain).endPool),
	}
}

func evidencePart() *part {
	return &part{
		number: routeEvidence, name: "evidence",
		rows: []row{{id: 1, name: "submit", weight: 2000}},
		message: func(c *Chain, _ uint64, d *cbor.Dec) message {
			ev := decEvidence(d)
			return message{evidence: ev, run: func(from wire.Address) error { return c.punish(from, ev) }}
		},
		boundary: always((*Chain).boundaryEvidence),
	}
}

// always is a hook that makes no block invalid.
func always(f func(c *Chain)) func(c *Chain) error {
	return func(c *Chain) error { f(c); return nil }
}

// simple are messages of which nothing but the rule matters.
func simple(f func(c *Chain, id uint64, d *cbor.Dec) func(from wire.Address) error) func(*Chain, uint64, *cbor.Dec) message {
	return func(c *Chain, id uint64, d *cbor.Dec) message { return message{run: f(c, id, d)} }
}
