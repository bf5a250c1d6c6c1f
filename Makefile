# make testnet   four real nodes on this machine (ARGS="--nodes 4 --blocks 150 --json …")
# make test      every test once, without cgo, with the house rules
# make check     gofmt, vet, staticcheck, generated files up to date
# make race      node, p2p and a slice of the simulator under the race detector (needs gcc; not its report, which has one goroutine)
# make bench     measures this machine and writes docs/benchmarks.md
# make swarm     simulator seeds (SEEDS=1000 NODES=4,7,16)
# make report    a quick campaign as one page: campaign.html
# make attacks   the same with every attack at its defaults
# make alerts    every alert rule on simulated troubles, silence over 10,000 calm blocks (needs promtool)
# make mutants   every planted mistake is caught, the unchanged member is clean
# make crashes   every crash point of a view, and who forks with a third of the weight
# make kills     kill -9 at KILLS=100 random instants on a real network
# make fuzz      every fuzz target for FUZZTIME (30s)
# make release   the programs of a release in dist: the same bytes wherever they are built
# make explorer  the pages of the explorer, from their source (needs npm)
# make newcomer  a fresh clone to a block in the explorer, each phase timed, nothing compiled before
# make generate  files derived from the route table: docs/openrpc.json, rpc.md, parameters.md, client/src/methods.ts

GO         ?= go
ARGS       ?=
SEEDS      ?= 1000
NODES      ?= 4,7,16
KILLS      ?= 100
FUZZTIME   ?= 30s
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

export CGO_ENABLED ?= 0

# A release is built by one toolchain with nothing of the place in it.
TOOLCHAIN  ?= go1.26.8
TARGETS    ?= linux/amd64
OUT        ?= dist

.PHONY: build testnet test check race bench swarm attacks mutants crashes kills report alerts fuzz generate release explorer explorer-check newcomer clean

build:
	$(GO) build -trimpath -o bin/ ./cmd/probity ./cmd/watchtower ./cmd/watchtower/treegen

testnet: build
	bin/probity testnet $(ARGS)

test:
	$(GO) test -timeout 20m ./...

check: build explorer-check
	@out=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "gofmt: $$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	bin/probity docs --check docs

race:
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m $$($(GO) list ./node/... ./p2p/... ./sim/... | grep -v /sim/report)

bench: build
	bin/probity bench all --out docs/benchmarks.md $(ARGS)

swarm: build
	bin/probity sim swarm --seeds $(SEEDS) --nodes $(NODES)

alerts: build
	bin/probity sim alerts $(ARGS)

report: build
	bin/probity sim report --out campaign.html $(ARGS)

attacks: build
	bin/probity sim report --run full --out campaign.html

mutants: build
	bin/probity sim mutants $(ARGS)

crashes: build
	bin/probity sim crashpoints $(ARGS)
	bin/probity sim culprits

kills: build
	bin/probity testnet --kills $(KILLS) --headless --json $(ARGS)

fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

release:
	@mkdir -p $(OUT)
	@for t in $(TARGETS); do \
	  GOTOOLCHAIN=$(TOOLCHAIN) GOFLAGS= GOEXPERIMENT= GOAMD64=v1 GOARM64=v8.0 CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} \
	    $(GO) build -mod=readonly -trimpath -buildvcs=false -ldflags='-s -w -buildid=' \
	    -o $(OUT)/probity-$${t%/*}-$${t#*/} ./cmd/probity || exit 1; \
	done

generate: build
	bin/probity docs --write docs

# The explorer's built pages stand in the tree; check compares them with their source.
explorer:
	cd node/explorer/web && npm ci --no-audit --no-fund && npm run build

explorer-check:
	@command -v npm >/dev/null || { echo "npm is missing: .ci/run installs it"; exit 1; }
	@d=$$(mktemp -d) && cd node/explorer/web && npm ci --no-audit --no-fund >/dev/null && npx tsc --noEmit \
	  && npx vite build --outDir $$d --logLevel error >/dev/null && diff -r $$d ../dist && rm -rf $$d && echo "explorer: pages match their source"

newcomer:
	.ci/newcomer

clean:
	rm -rf bin dist
