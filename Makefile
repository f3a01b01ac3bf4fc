# The entry points for users and CI. Each target installs what it lacks; only rustup, a C compiler and make must be there.

CARGO ?= cargo
# Always the whole workspace, even for one program: Cargo would build a part of it, and its dependencies, with other features.
# Tests, lints and the demonstration share Cargo's profile `dev`, so that the dependencies are built once.
WORKSPACE := --locked --workspace --exclude hostile
# The profile for installing and for measuring.
RELEASE := $(WORKSPACE) --profile release
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
CONNECTORS := o365 ics webex teams-calls

.PHONY: help build demo tools test conformance definitions features bench bench-big bench-delivery bench-idle bench-scale bench-service bench-insights lint check connectors toolchain clean

help:
	@echo 'make build   the program at target/release/collector, connectors at target/plugins/*.wasm'
	@echo 'make demo    one pass over a simulated tenant; builds only what it needs'
	@echo 'make test    every test, including the conformance matrix of the collector;'
	@echo '             TESTS="pages portal" runs the tests of crates and of the program whose names contain one of these'
	@echo 'make conformance  the conformance matrix, with other clients too; writes docs/conformance.md;'
	@echo '             and each kind of page in a company of 5,000 rooms'
	@echo 'make definitions  writes docs/definitions.md from the code'
	@echo 'make features  clippy of the program without its optional parts'
	@echo 'make bench   events per second, memory, instances per second, compile time; for comparison, the same logic native, a script in'
	@echo '             Python, and Microsoft'"'"'s client in JavaScript'
	@echo 'make bench-idle   requests and bytes of a pass in which nothing changed, with whole windows and with changes-only'
	@echo 'make bench-big  peak memory, requests and time of 10,000 rooms in 300 lists'
	@echo 'make bench-delivery  changes a second to each kind of sink'
	@echo 'make bench-scale  how two million stored meetings slow down pages, passes, stops, a purge and retention (ten minutes)'
	@echo 'make bench-service  how soon an update is in use; a day of 20 sources of 250 rooms, accelerated (ten minutes)'
	@echo 'make bench-insights  what figures of 5,000 rooms and two years cost: first fill, a new day, reports (makes a store of 20 GB; an hour)'
	@echo 'make check   format, clippy with warnings as errors, documentation, circles, spelling, licences'

toolchain:
	@rustup target list --installed 2>/dev/null | grep -qx wasm32-wasip2 || rustup target add wasm32-wasip2

connectors: toolchain
	$(CARGO) build --locked --target wasm32-wasip2 --profile connector $(CONNECTORS:%=-p %)
	@mkdir -p $(TARGET_DIR)/plugins
	@for connector in $(CONNECTORS); do \
	    cp $(TARGET_DIR)/wasm32-wasip2/connector/$$(echo $$connector | tr - _).wasm $(TARGET_DIR)/plugins/.$$connector.tmp && \
	    mv $(TARGET_DIR)/plugins/.$$connector.tmp $(TARGET_DIR)/plugins/$$connector.wasm; \
	done

build: connectors
	$(CARGO) build $(RELEASE) --bin collector

demo: CONNECTORS := o365 webex
demo: connectors
	$(CARGO) build $(WORKSPACE) --bin collector --bin demo
	@$(TARGET_DIR)/debug/demo

# What tests need besides Rust.
tools: toolchain
	@tests/servers.sh $(TARGET_DIR)
	@tests/browser.sh
	@tests/axe.sh $(TARGET_DIR)
	@tests/componentize.sh $(TARGET_DIR) || [ -z "$$CI" ]
	@tests/duckdb.sh $(TARGET_DIR) || [ -z "$$CI" ]
	@tests/oidc.sh $(TARGET_DIR) || [ -z "$$CI" ]

# Two threads more than processors: many tests mostly wait, for a pass, a retry or a page. With still more, tests with deadlines run late.
test: export RUST_TEST_THREADS ?= $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))
test: tools
	$(CARGO) test $(WORKSPACE) $(if $(TESTS),--lib --test program -- $(TESTS))

conformance: toolchain
	@tests/clients.sh $(TARGET_DIR)
	CONFORMANCE_TABLE=docs/conformance.md $(CARGO) test $(WORKSPACE) --test conformance
	$(CARGO) test $(WORKSPACE) --test program --test simulator --test oracle -- --ignored

# What the page says is in host/insights/src/definitions; `make test` fails if it differs.
definitions:
	WRITE_DEFINITIONS=1 $(CARGO) test $(WORKSPACE) --test insights the_documented_definitions

# Other features build most dependencies anew, so `check` leaves it out.
features:
	$(CARGO) clippy --locked -p collector --no-default-features -- -D warnings

# Without the other clients it measures the rest.
bench: build
	-@tests/clients.sh $(TARGET_DIR)
	$(CARGO) bench $(RELEASE) --bench pass

bench-idle: build
	$(CARGO) bench $(RELEASE) --bench idle

bench-big: build
	$(CARGO) bench $(RELEASE) --bench big

bench-delivery: build
	@tests/servers.sh $(TARGET_DIR)
	$(CARGO) bench $(RELEASE) --bench delivery

bench-scale: build
	$(CARGO) bench $(RELEASE) --bench scale

bench-service: build
	$(CARGO) bench $(RELEASE) --bench service

# Not of the whole workspace: it needs neither the program nor a connector, and alone it is built in three minutes.
bench-insights:
	$(CARGO) bench --locked -p collector-rollup --bench insights

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(WORKSPACE) --all-targets -- -D warnings

check: toolchain lint
	$(CARGO) clippy --locked --profile connector --target wasm32-wasip2 $(CONNECTORS:%=-p %) -p template -p template-endpoint -p hostile -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(WORKSPACE) --no-deps --document-private-items
	@if command -v python3 >/dev/null; then tests/circles.py; else echo 'python3 is not installed: skipped the search for circles between modules'; fi
	@tests/checkers.sh $(TARGET_DIR)

clean:
	$(CARGO) clean
