package ops

// Alone are the alerts that no scenario fires, each with the reason. They are
// tried by the series of docs/ops/alerts/tests.
var Alone = map[string]string{
	"CircuitOpen":       "the emergency team and its trips are played by the tests of route dcert, not by simulated members",
	"UpgradePlanned":    "a plan takes a legislature, which simulated members do not have",
	"UpgradeWaits":      "follows UpgradePlanned",
	"OracleMonoculture": "simulated members hold no seats of the oracle",
	"CommitsSlow":       "writing takes no simulated time",
	"MempoolFull":       "the mempools of simulated members are smaller than the rule's bound",
	"PeersMisbehave":    "messages are judged by the gossip layer, which the simulated links replace",
	"BeaconRefused":     "who sends wrong shares is put off before a hundred in an hour are refused",
	"RpcFails":          "simulated members serve no RPC",
	"SignerTwin":        "the wait before signing belongs to the node around the simulated loop",
	"SignerWaits":       "as SignerTwin",
	"SignerRefuses":     "an honest simulated signer has nothing to refuse so often: a refusal is a violation",
}
