package main

// simCommands are the verbs of sim.
func simCommands() []command {
	return []command{
		{Name: "run", Short: "Play one seed", Long: simRunLong, Setup: simRunCommand},
		{Name: "swarm", Short: "Play many seeds, each twice", Long: simSwarmLong, Setup: simSwarmCommand},
		{Name: "merge", Args: "FILE...", Least: 1, Most: 4096, Short: "Join the results of a swarm's shards", Long: simMergeLong, Setup: simMergeCommand},
		{Name: "replay", Args: "[FILE]", Most: 1, Short: "Play a seed or a file again and print the hash of its events", Long: simReplayLong, Setup: simReplayCommand},
		{Name: "shrink", Short: "Make a failing run small", Long: simShrinkLong, Setup: simShrinkCommand},
		{Name: "fork", Short: "Start a simulation from a live chain's state", Long: simForkLong, Setup: simForkCommand},
		{Name: "speed", Short: "Measure how fast the simulator gets on", Long: simSpeedLong, Setup: simSpeedCommand},
		{Name: "mutants", Short: "Plant mistakes and see the oracles catch them", Long: simMutantsLong, Setup: simMutantsCommand},
		{Name: "attack", Short: "Attack the chain and measure what it claims", Long: simAttackLong, Sub: attackCommands()},
		{Name: "crashpoints", Short: "Cut the power at every change of a view", Long: simCrashpointsLong, Setup: simCrashpointsCommand},
		{Name: "culprits", Short: "Fork the chain with a third of the weight, and name who did", Long: simCulpritsLong, Setup: simCulpritsCommand},
		{Name: "alerts", Short: "Prove the alert rules on simulated troubles", Long: simAlertsLong, Setup: simAlertsCommand},
		{Name: "report", Args: "[FILE...]", Most: 4096, Short: "Write a campaign as one page of HTML", Long: simReportLong, Setup: simReportCommand},
		{Name: "pool", Short: "Work out one validation pool", Long: poolLong, Setup: poolCommand},
		{Name: "flow", Args: "FILE", Least: 1, Most: 1, Short: "Work out how REP flows through a graph of posts", Long: simFlowLong, Setup: simFlowCommand},
	}
}
