package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/types"
	"probity/node"
	"probity/node/signer/keystore"
	"probity/p2p"
)

// testnetCommands are the verbs of testnet, beside running one.
func testnetCommands() []command {
	return []command{
		{Name: "generate", Short: "Write the homes, genesis and service files of a chain on several hosts", Long: generateLong, Setup: generateCommand},
	}
}

const generateLong = `
Write what a chain of N members on hosts of their own needs: a home for each
with its keys, one genesis, a systemd unit, a compose file, and a scrape file
for Prometheus. Copy node0 to the first host and so on; every folder holds
secrets. The hosts are those of --hosts, or node0, node1 … as the compose file
names them.

With --joining K the last K members have REP and $ and no seat: the chain begins
without them, and their nodes take a seat and a contract when they join.`

// generated are the choices of testnet generate.
type generated struct {
	nodes int
	dir   string
	hosts []string
	chain string
	fast  bool
	later int      // of nodes, those that join the running chain
	set   []string // parameters, NAME=VALUE
	logN  int
}

func generateCommand(f *pflag.FlagSet) action {
	var g generated
	f.IntVar(&g.nodes, "nodes", 4, "members")
	f.StringVar(&g.dir, "out", "", "`folder` to write into, which must be new or empty")
	f.StringSliceVar(&g.hosts, "hosts", nil, "names or IP addresses of the hosts, one for each member")
	f.StringVar(&g.chain, "chain", "probity-net", "name of the chain")
	f.BoolVar(&g.fast, "fast", false, "the parameters of a testnet: short epochs, durations divided by 20160")
	f.IntVar(&g.later, "joining", 0, "of the members, how many join the running chain")
	addParams(f, &g.set)
	pass, logN := addPassphrase(f), workFlag(f)
	return func(_ context.Context, s *streams, _ []string) error {
		g.logN = *logN
		if err := g.check(); err != nil {
			return err
		}
		phrase, err := pass.read(s, home(g.dir), true)
		if err != nil {
			return err
		}
		return g.write(s, phrase)
	}
}

func (g *generated) check() error {
	if g.nodes < 1 || g.nodes > testnetNodes {
		return usage("--nodes %d: want 1 to %d", g.nodes, testnetNodes)
	}
	if g.later < 0 || g.later >= g.nodes {
		return usage("--joining %d: want at most %d of %d", g.later, g.nodes-1, g.nodes)
	}
	if g.dir == "" {
		return usage("testnet generate wants --out DIR")
	}
	if len(g.hosts) == 0 {
		for i := range g.nodes {
			g.hosts = append(g.hosts, fmt.Sprintf("node%d", i))
		}
	}
	if len(g.hosts) != g.nodes {
		return usage("--hosts: %d names for %d members", len(g.hosts), g.nodes)
	}
	entries, err := os.ReadDir(g.dir)
	if err == nil && len(entries) > 0 {
		return failed("the folder is not empty", g.dir, "choose another --out; nothing is overwritten")
	}
	return checkWork(g.logN)
}

// write makes the keys, the genesis that names them, and everything else.
func (g *generated) write(s *streams, phrase string) error {
	spec := node.GenesisSpec{Chain: g.chain, Time: types.Time(time.Now().UnixMilli())}
	var err error
	if spec.Params, err = g.params(); err != nil {
		return err
	}
	peers := make([]string, g.nodes)
	for i, rep := range shares(g.nodes) {
		h := g.home(i)
		store, err := keystore.Create(h.keys(), phrase, keystore.Options{LogN: g.logN})
		if err != nil {
			return keysFailure(h, err)
		}
		if err := bornHere(h); err != nil {
			return err
		}
		spec.Members = append(spec.Members, node.GenesisMember{Keys: memberKeys(store), REP: types.Whole(rep), Balance: types.Whole(memberMoney), Later: i >= g.nodes-g.later})
		peers[i] = p2p.JoinAddr(hostAddr(g.hosts[i]), p2p.IDFromSeed(store.Seed(keystore.Network)))
	}
	genesis, err := newGenesis(spec)
	if err != nil {
		return err
	}
	for i := range g.nodes {
		if err := g.writeHome(i, genesis, peers, phrase); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"genesis.json": string(genesis), "probity.service": systemdUnit, "Containerfile": containerFile,
		"compose.yaml": composeFile(g.hosts), "prometheus.yml": scrapeFile(g.chain, g.hosts), "bootstrap.txt": strings.Join(peers, "\n") + "\n",
	} {
		if err := writeNew(filepath.Join(g.dir, name), []byte(text)); err != nil {
			return err
		}
	}
	parsed, _, err := readGenesis(filepath.Join(g.dir, "genesis.json"))
	if err != nil {
		return err
	}
	s.printf("chain     %s\ngenesis   %s\n", g.chain, parsed.Hash())
	for i := range g.nodes {
		s.printf("home      %s for %s\n", g.home(i), g.hosts[i])
	}
	return nil
}

// params are those of the genesis that are not at their defaults.
func (g *generated) params() (map[string]uint64, error) {
	out := map[string]uint64{}
	if g.fast {
		out = testnetParams()
	}
	return out, setParams(out, g.set)
}

// setParams changes parameters as the flags --param say.
func setParams(params map[string]uint64, set []string) error {
	for _, p := range set {
		name, value, _ := strings.Cut(p, "=")
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return usage("--param %s: want NAME=VALUE with a whole number", p)
		}
		params[name] = n
	}
	return nil
}

// addParams is the flag --param.
func addParams(f *pflag.FlagSet, set *[]string) {
	f.StringArrayVar(set, "param", nil, "a parameter of the genesis, `NAME=VALUE`; may be repeated (docs/parameters.md)")
}

func (g *generated) home(i int) home { return home(filepath.Join(g.dir, fmt.Sprintf("node%d", i))) }

// writeHome writes one member's genesis, configuration and passphrase. The
// passphrase file lies in the home, from where systemd or compose hands it in.
func (g *generated) writeHome(i int, genesis []byte, peers []string, phrase string) error {
	others := []string{}
	for j, p := range peers {
		if j != i {
			others = append(others, p)
		}
	}
	text, err := configFile(map[string]any{
		"chain": g.chain, "p2p.bootstrap": others, "p2p.announce": []string{hostAddr(g.hosts[i])}, "ops.listen": "0.0.0.0:8646",
	})
	if err != nil {
		return err
	}
	h := g.home(i)
	for path, text := range map[string][]byte{
		h.genesis(): genesis, h.config(): []byte(text), filepath.Join(string(h), passphraseFile): []byte(phrase + "\n"),
	} {
		if err := writeNew(path, text); err != nil {
			return err
		}
	}
	return nil
}

// hostAddr is the multiaddress of a host at the standard port.
func hostAddr(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Unmap().Is4() {
			return "/ip4/" + ip.Unmap().String() + "/tcp/8640"
		}
		return "/ip6/" + ip.WithZone("").String() + "/tcp/8640"
	}
	return "/dns/" + host + "/tcp/8640"
}

// systemdUnit runs the home /var/lib/probity. The passphrase comes as a
// credential, which no other process reads; the exit code for an outdated
// program ends the restarts, since the same program would end again.
const systemdUnit = `# /etc/systemd/system/probity.service
# The home is /var/lib/probity; its passphrase is /etc/probity/passphrase (mode 0600).
[Unit]
Description=Probity node
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
User=probity
StateDirectory=probity
StateDirectoryMode=0700
LoadCredential=passphrase:/etc/probity/passphrase
Environment=PROBITY_KEYS_PASSPHRASE_FILE=%d/passphrase
ExecStart=/usr/local/bin/probity start --home /var/lib/probity
Restart=on-failure
RestartSec=2s
# 78: a release that knows the protocol in force is needed; restarting does not help.
RestartPreventExitStatus=2 78
TimeoutStopSec=30s
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
MemoryDenyWriteExecute=yes

[Install]
WantedBy=multi-user.target
`

// containerFile builds an image of the program alone.
const containerFile = `# podman build -t probity -f docs/ops/Containerfile .
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /probity ./cmd/probity

FROM scratch
COPY --from=build /probity /probity
USER 65532:65532
VOLUME /home
EXPOSE 8640/tcp 8640/udp 8645/tcp 8646/tcp
ENTRYPOINT ["/probity"]
CMD ["start", "--home", "/home"]
`

// composeFile runs every member on one machine, each as a container that the
// others reach by its name.
func composeFile(hosts []string) string {
	var b strings.Builder
	b.WriteString("# podman compose up, in the folder that testnet generate wrote. Homes belong to user 65532.\nservices:\n")
	for i, host := range hosts {
		fmt.Fprintf(&b, `  node%d:
    image: probity
    hostname: %s
    restart: on-failure
    environment:
      PROBITY_KEYS_PASSPHRASE_FILE: /home/passphrase
      PROBITY_RPC_LISTEN: 0.0.0.0:8645
    volumes: ["./node%d:/home"]
    ports: ["127.0.0.1:%d:8645", "127.0.0.1:%d:8646"]
    stop_grace_period: 30s
    ulimits: {nofile: 65536}
`, i, host, i, firstPorts.rpc+portStep*i, firstPorts.ops+portStep*i)
	}
	b.WriteString(`  prometheus:
    image: docker.io/prom/prometheus
    volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml:ro"]
    ports: ["127.0.0.1:9090:9090"]
`)
	return b.String()
}

// scrapeFile has Prometheus read every member and its rules.
func scrapeFile(chain string, hosts []string) string {
	var b strings.Builder
	b.WriteString("# The rules are docs/ops/alerts/*.yml of the release.\nglobal: {scrape_interval: 15s, evaluation_interval: 15s}\nrule_files: [\"alerts/*.yml\"]\nscrape_configs:\n  - job_name: probity\n    static_configs:\n")
	for i, host := range hosts {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		fmt.Fprintf(&b, "      - {targets: [\"%s:8646\"], labels: {chain: %q, node: node%d}}\n", host, chain, i)
	}
	return b.String()
}
