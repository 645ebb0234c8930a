# Everything runs with the Node 24 of node_modules, whatever Node started npm.
.DEFAULT_GOAL := help
.PHONY: dead-letters soak mutants help install check test test-unit test-wire test-long test-image schemas format up down status verify sweep trace demo bench bench-join quality emulators chaos soak-memory bench-restart

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Types are stripped once, not at every start: half the start time and a quarter of the memory.
export NODE_COMPILE_CACHE := $(CURDIR)/.data/compile-cache

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm ci, only when package-lock.json is another than at the last time.
install: ## install dependencies, when they changed
	@cmp -s package-lock.json node_modules/.installed && exit 0; \
	command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer, which brings it, and try again.' >&2; exit 1; }; \
	echo 'Installing dependencies …'; npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed

check: install ## format, lint, types, generated files fresh, floors
	biome check .
	tsc -p .
	node libs/contracts/generate.ts --check
	node --test test/architecture.test.ts

test: install ## all tests that can run here: unit, then those on real servers one by one
	@node test/run.ts unit wire

test-unit: install ## tests without servers
	@node test/run.ts unit

test-wire: install ## tests on real servers
	@node test/run.ts wire

# N schedules; or one again: SEED=n [SHRUNK=path], as the failure printed it.
soak: install ## simulate the whole pipeline on a virtual clock: N=10000 schedules of faults, or SEED=n again
	@node test/simulation/main.ts soak --schedules '$(N)' --first '$(FIRST)' --seed '$(SEED)' --shrunk '$(SHRUNK)'

mutants: install ## plant faults one by one and see that schedules find each
	@node test/simulation/main.ts mutants --only '$(ONLY)'

test-long: install ## tests on real servers that take minutes each
	@node test/run.ts long

test-image: install ## build the image of the apps and run it; needs a Docker engine: APPS_BASE_IMAGE=…
	@node test/run.ts image

schemas: install ## write the types that schemas/ define
	node libs/contracts/generate.ts

format: install ## format and mend what can be mended
	biome check --write .

up: install ## start everything in the background, print the addresses
	@node stack/main.ts up

status: install ## what of it runs, and where
	@node stack/main.ts status

down: install ## stop it; its data stays (node stack/main.ts down --data removes it)
	@node stack/main.ts down

.PHONY: rebuild
# A generation that was begun is gone on with; npm run rebuild -- --help tells the rest (status, rollback, cancel, drop).
rebuild: install ## SINK=opensearch (or all): a new generation beside the live one, checked, then live
	@node apps/rebuild/main.ts --sink $(SINK)

verify: install ## compare every store with crm.artifacts; SOURCE=1 with Attio, REPAIR=1 mends, WORKSPACE=…
	@node apps/verify/main.ts $(if $(SOURCE),--source) $(if $(REPAIR),--repair) $(if $(WORKSPACE),--workspace $(WORKSPACE))

trace: install ## the life of one record: ID=… AT=… VALUES=1
	@node apps/trace/main.ts $(ID) $(if $(AT),--at $(AT)) $(if $(VALUES),--values)

dead-letters: install ## what could never be processed, and why (npm run dead-letters -- --help: show, redrive, drop)
	@node apps/dead-letters/main.ts list

sweep: install ## read a workspace again, find what webhooks missed (WORKSPACE=slug where several are connected)
	@node apps/backfill/main.ts sweep $(if $(WORKSPACE),--workspace $(WORKSPACE))

demo: install ## a demo workspace from backfill to verified documents in three stores, then stop
	@node test/demo/main.ts

bench: install ## measure throughput, freshness, ingress, the join, idling (about 10 minutes)
	@node test/bench/main.ts

.PHONY: replay
replay: install ## FROM=records or changes: derive again what the code of today says differently, without asking Attio
	@node apps/replay/main.ts $(if $(FROM),--from $(FROM)) $(ARGS)

bench-join: install ## measure the join alone
	@node test/bench/main.ts join

bench-restart: install ## measure restarts after kill -9, with the disk kept and lost
	@node test/bench/main.ts restart

soak-memory: install ## 25 edits a second for half an hour, and the slope of memory: MINUTES=30
	@node test/bench/soak.ts $(if $(MINUTES),--minutes $(MINUTES))

chaos: install ## break everything in turn while people edit, then check it all: MINUTES=5 SEED=…
	@node test/chaos/main.ts $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

quality: install ## ask questions with known answers of the demo workspace: recall and rank by text, vector, hybrid
	@node test/quality/main.ts

emulators: install ## Attio and turbopuffer, emulated, until Ctrl-C
	@node test/emulators/attio/main.ts & attio=$$!; node test/emulators/turbopuffer/main.ts & turbopuffer=$$!; \
	trap 'kill $$attio $$turbopuffer 2>/dev/null' INT TERM EXIT; wait
