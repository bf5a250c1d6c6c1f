package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/snapshot"
	"probity/node/store"
	"probity/p2p"
)

const joinLong = `
Fetch the state of a running chain from the peers of p2p.bootstrap, and begin
the database of the home with it; probity start goes on from there.

The one thing that is trusted is --checkpoint, the height and the digest of a
final block, from somebody you believe: probity query, the explorer, or another
member. Everything else proves itself against it. A checkpoint that is older
than the exit delay is refused, since the members of then may have left. What has
arrived stays in the folder snapshot of the home: run the command again after an
interruption.`

// joinReport is what join prints.
type joinReport struct {
	Checkpoint string       `json:"checkpoint"`
	Height     types.Height `json:"height"` // of the state
	Root       keys.Hash    `json:"state_root"`
	Parts      int          `json:"parts"`
	Resumed    int          `json:"resumed"` // parts that were there already
	Keys       int          `json:"keys"`
	Seconds    float64      `json:"seconds"`
}

func joinCommand(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	checkpoint := f.String("checkpoint", "", "`HEIGHT:DIGEST` of a final block, from somebody you trust")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		c, err := snapshot.ParseCheckpoint(*checkpoint)
		if err != nil {
			return usage("--checkpoint: %w", err)
		}
		r, err := join(ctx, s, home(*dir), c)
		if err != nil {
			return joinFailure(home(*dir), err)
		}
		if *asJSON {
			return s.object(r)
		}
		s.printf("state of height %d, %d keys in %d parts (%d were there), root %s\nnext: probity start --home %s\n", r.Height, r.Keys, r.Parts, r.Resumed, r.Root, *dir)
		return nil
	}
}

// join fetches a snapshot into a home that has no database.
func join(ctx context.Context, s *streams, h home, c snapshot.Checkpoint) (*joinReport, error) {
	conf, err := loadConfig(h.config(), os.Environ(), nil)
	if err != nil {
		return nil, err
	}
	g, err := homeGenesis(h, conf)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(string(h), "data")
	if exists(data) {
		return nil, failed("the home has a database already", data, "start the node: it catches up by itself; to begin anew, move the folder away")
	}
	bootstrap := conf.list("p2p.bootstrap")
	if len(bootstrap) == 0 {
		return nil, failed("no peers to ask", h.config(), "set p2p.bootstrap to members of the chain")
	}
	free, err := holdHome(h)
	if err != nil {
		return nil, err
	}
	defer free()
	src, err := newErrand(g.Hash())
	if err != nil {
		return nil, err
	}
	defer src.close()
	if err := src.connect(ctx, bootstrap); err != nil {
		return nil, err
	}
	begun := time.Now()
	bar := (*progress)(nil)
	snap, err := snapshot.Fetch(ctx, src, snapshot.Options{
		Dir: filepath.Join(string(h), "snapshot"), Genesis: g, Table: table(), Checkpoint: c, Now: types.Time(time.Now().UnixMilli()),
		Rejected: func(peer string, why error) { s.notef("snapshot of %s refused: %s", peer, oneLine(why)) },
		Progress: func(p snapshot.Progress) {
			if bar == nil {
				s.notef("snapshot of height %d: %d parts, %d are here already", p.Height, p.Total, p.Resumed)
				bar = newProgress(s, "snapshot, parts", int64(p.Total))
			}
			bar.set(int64(p.Done))
		},
	})
	if bar != nil {
		bar.end()
	}
	if err != nil {
		return nil, err
	}
	if err := adopt(h, g, snap); err != nil {
		return nil, err
	}
	return &joinReport{
		Checkpoint: c.String(), Height: snap.Block.Header.Height, Root: snap.Changes.Root, Parts: snap.Parts, Resumed: snap.Resumed,
		Keys: len(snap.Changes.Values), Seconds: round(time.Since(begun).Seconds(), 3),
	}, nil
}

// adopt begins the database of a home with a snapshot: beside its place, then
// renamed, so that a crash leaves either none or a whole one.
func adopt(h home, g *exec.Genesis, snap *snapshot.Snapshot) error {
	making := filepath.Join(string(h), "data.joining")
	if err := os.RemoveAll(making); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	db, err := store.Open(vfs.Default, making, store.Options{Genesis: g.Hash()})
	if err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := errors.Join(db.Adopt(&snap.Block, snap.Changes, snap.Proof), db.Close()); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	if err := os.Rename(making, filepath.Join(string(h), "data")); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	return os.RemoveAll(filepath.Join(string(h), "snapshot"))
}

// joinFailure puts an error of a join into one line with its fix.
func joinFailure(h home, err error) error {
	fix := ""
	switch {
	case errors.Is(err, context.Canceled):
		return errStopped
	case errors.Is(err, snapshot.ErrOld):
		return &failure{What: oneLine(err), Cause: err}
	case errors.Is(err, snapshot.ErrNobody):
		fix = "check the checkpoint with somebody else, and that p2p.bootstrap names members that keep states (store.keep_states)"
	case errors.Is(err, p2p.ErrForeign):
		fix = "use the genesis file of the chain that these peers are on"
	default:
		return err
	}
	return &failure{oneLine(err), h.config(), fix, err}
}

// errand is a host that asks members something and is no member.
type errand struct{ host *p2p.Host }

// errandBytes bounds a message of gossip, which an errand does not read.
const errandBytes = 16 << 20

func newErrand(genesis keys.Hash) (*errand, error) {
	wide := p2p.Limit{Messages: 1 << 16, MessagesBurst: 1 << 17, Bytes: 256 << 20, BytesBurst: 512 << 20}
	cfg := p2p.Config{Seed: anySeed(), Genesis: genesis, Target: 1, Agent: "probity/" + software(), Protocols: []p2p.Protocol{snapshot.Protocol}}
	for _, name := range []string{node.TopicConsensus, node.TopicTxs, node.TopicSync} {
		cfg.Topics = append(cfg.Topics, p2p.Topic{Name: name, BytesMax: errandBytes, Limit: wide})
	}
	host, err := p2p.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := host.Start(); err != nil {
		return nil, errors.Join(err, host.Close())
	}
	return &errand{host}, nil
}

func (e *errand) close() { _ = e.host.Close() }

// connect dials all peers and is content with one.
func (e *errand) connect(ctx context.Context, list []string) error {
	type answer struct {
		addr string
		err  error
	}
	answers := make(chan answer, len(list))
	for _, addr := range list {
		go func() {
			ctx, stop := context.WithTimeout(ctx, peerTime)
			defer stop()
			answers <- answer{addr, e.host.Connect(ctx, addr)}
		}()
	}
	var errs []error
	for range list {
		a := <-answers
		if a.err != nil {
			errs = append(errs, a.err)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(errs) == len(list) {
		return fmt.Errorf("no bootstrap peer answers: %w", errors.Join(errs...))
	}
	return nil
}

// Peers is snapshot.Source.
func (e *errand) Peers() (out []string) {
	for _, p := range e.host.Peers() {
		out = append(out, p.ID.String())
	}
	return out
}

// Ask is snapshot.Source.
func (e *errand) Ask(ctx context.Context, peer string, request []byte) ([]byte, error) {
	id, err := p2p.ParseID(peer)
	if err != nil {
		return nil, err
	}
	return e.host.Request(ctx, id, snapshot.Protocol.Name, request)
}
