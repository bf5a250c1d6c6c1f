package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"reflect"

	"github.com/spf13/pflag"

	"probity/chain/route/rep"
	"probity/node/rpc"
)

const queryLong = `
Ask the state of the chain. Every query of every route is a verb; its flags are
the query's parameters.

  probity query rep get --address prb1…
  probity query pool byBlock --height 7 --at 20`

// queryCommands is a group for every route and a verb for every query.
func queryCommands() []command {
	var out []command
	for _, r := range table() {
		g := command{Name: r.Name, Short: r.Doc}
		for i := range r.Queries {
			q := &r.Queries[i]
			g.Sub = append(g.Sub, command{Name: q.Name, Short: q.Doc, Setup: func(f *pflag.FlagSet) action {
				at := f.String("at", "", "`block` after which the state is read: height, hash, latest, genesis")
				return queryCommand(f, r.Name+"_"+q.Name, q.In, at)
			}})
		}
		if r == rep.Route {
			g.Sub = append(g.Sub, command{
				Name: "explain", Short: "Every change of an account's REP with its cause, by the events of blocks.",
				Setup: func(f *pflag.FlagSet) action {
					return queryCommand(f, "rep_explain", reflect.TypeFor[rpc.ExplainParams](), new(string))
				},
			})
		}
		if len(g.Sub) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// queryCommand is the verb of one method that reads; in are its params, and at
// the block that they are asked of.
func queryCommand(f *pflag.FlagSet, method string, in reflect.Type, at *string) action {
	rpc, dir, output := rpcFlag(f), homeFlag(f), outputFlag(f)
	own := fieldsOf(in)
	own.declare(f)
	return func(ctx context.Context, s *streams, _ []string) error {
		if err := checkOutput(*output); err != nil {
			return err
		}
		raw, err := own.object(false)
		if err != nil {
			return err
		}
		params := map[string]any{}
		if err := json.Unmarshal(raw, &params); err != nil {
			return err
		}
		if *at != "" {
			params["at"] = *at
		}
		c, err := nodeClient(*rpc, home(*dir))
		if err != nil {
			return err
		}
		defer c.close()
		var answer json.RawMessage
		if err := c.call(ctx, method, params, &answer); err != nil {
			return err
		}
		if *output == "json" {
			return s.object(answer)
		}
		return s.pretty(answer)
	}
}

// nodeClient calls the node of --rpc, or that of the home.
func nodeClient(rpc string, h home) (*client, error) {
	if rpc == "" {
		c, err := loadConfig(h.config(), os.Environ(), nil)
		if err != nil {
			return nil, err
		}
		rpc = c.text("rpc.listen")
	}
	return newClient(rpc, 4)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
