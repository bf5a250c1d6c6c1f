package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/pflag"

	"probity/chain/types"
	"probity/node"
	"probity/node/blobs"
	"probity/node/mempool"
	"probity/node/signer/keystore"
	"probity/node/store"
)

const startLong = `
Run the home's node until SIGTERM or Ctrl-C, then drain in bounded time. With
bench.enabled it votes, with producer.enabled it makes blocks; with neither it
observes. Settings come from config.toml, the environment and these flags.`

func startCommand(f *pflag.FlagSet) action {
	dir, pass := homeFlag(f), addPassphrase(f)
	addSettings(f)
	return func(ctx context.Context, s *streams, _ []string) error {
		h := home(*dir)
		c, err := loadConfig(h.config(), os.Environ(), f)
		if err != nil {
			return err
		}
		o, err := nodeOptions(s, h, c, pass)
		if err != nil {
			return err
		}
		ctx, stop := leash(ctx, s.in)
		defer stop()
		n, err := node.Open(*o)
		if err != nil {
			return startFailure(err)
		}
		if err := noteRunning(h, f); err != nil {
			s.notef("doctor will not see drift: %s", oneLine(err))
		}
		return startFailure(n.Run(ctx))
	}
}

// nodeOptions puts the settings of a home into the form that the node takes.
func nodeOptions(s *streams, h home, c *config, pass *passphrases) (*node.Options, error) {
	g, err := homeGenesis(h, c)
	if err != nil {
		return nil, err
	}
	log, level, err := logger(s.err, c)
	if err != nil {
		return nil, err
	}
	secret, err := makeSecret(c.text("rpc.jwt_secret"))
	if err != nil {
		return nil, err
	}
	o := &node.Options{
		Home: string(h), Genesis: g, Member: c.on("bench.enabled"), Producer: c.on("producer.enabled"),
		RPCListen: c.text("rpc.listen"), RPCHosts: c.list("rpc.hosts"), RPCSecret: secret, OpsListen: c.text("ops.listen"),
		P2PListen: c.list("p2p.listen"), Bootstrap: c.list("p2p.bootstrap"), Announce: c.list("p2p.announce"), PeersMax: c.number("p2p.max_peers"),
		Mempool:  mempool.Limits{Txs: c.number("mempool.txs"), Bytes: c.number("mempool.bytes")},
		Software: software(), Log: log, LogLevel: level, Blobs: blobs.Open(h.blobs(), int64(c.number("blobs.bytes"))),
		SignerSocket: c.text("signer.socket"), Listen: time.Duration(c.number("signer.wait_seconds")) * time.Second,
		Keep: keepPolicy(c),
	}
	if err := o.Keep.Check(); err != nil {
		return nil, failed(oneLine(err), "store.keep_states, store.keep_blocks", "raise them, or set 0")
	}
	if !keystore.Exists(h.keys()) && !o.Member && !o.Producer {
		return o, nil // an observer needs no account
	}
	secrets, err := pass.open(s, h)
	if err != nil {
		return nil, err
	}
	k := memberKeys(secrets)
	o.Keys = &k
	return o, nil
}

// keepPolicy is how much of the past a home keeps.
func keepPolicy(c *config) store.Policy {
	return store.Policy{States: types.Height(c.number("store.keep_states")), Blocks: types.Height(c.number("store.keep_blocks"))}
}

// logger makes the node's log from the settings, with the level that an operator
// may change.
func logger(w io.Writer, c *config) (*slog.Logger, *slog.LevelVar, error) {
	level := new(slog.LevelVar)
	if err := level.UnmarshalText([]byte(c.text("log.level"))); err != nil {
		return nil, nil, failed("log.level: unknown level "+c.text("log.level"), "configuration", "want debug, info, warn or error")
	}
	_, tty := terminal(w)
	switch c.text("log.format") {
	case "json":
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), level, nil
	case "text":
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, NoColor: !tty, TimeFormat: "2006-01-02 15:04:05.000"})), level, nil
	}
	return nil, nil, failed("log.format: unknown format "+c.text("log.format"), "configuration", "want text or json")
}

// leash ends the context when the standard input does, where the process was
// started by a supervisor that holds the other end: it is never left behind.
func leash(ctx context.Context, in io.Reader) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	if os.Getenv(leashEnv) != "" {
		go func() {
			_, _ = io.Copy(io.Discard, in)
			stop()
		}()
	}
	return ctx, stop
}

// startFailure adds the fix where the network alone knows what is wrong; the
// node says the rest itself.
func startFailure(err error) error {
	if err != nil && strings.HasPrefix(err.Error(), "listen on ") && strings.Contains(err.Error(), "address already in use") {
		return &failure{oneLine(err), "p2p.listen", "stop the other program or set another address", err}
	}
	return err
}
