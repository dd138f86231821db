# Every command a person types. `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Passed on to the program: make run ARGS="--listen 0.0.0.0:8080"
ARGS ?=
# For each fuzz target, which is a crate and the name of a program in its fuzz/.
FUZZ_SECONDS ?= 60
# Tests wait for the database and for each other's processes more than they compute.
TEST_THREADS ?= $(shell echo $$((3 * $$(nproc))))
# As each caller.
SCHEMATHESIS_SECONDS ?= 120
FUZZ_TARGETS ?= fortisiem:read syslog:message syslog:framing log-formats:read

# Builds read .sqlx/ and need no database, whatever DATABASE_URL says.
export SQLX_OFFLINE ?= true

TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release/cibercase
DEBUG := $(TARGET)/debug/cibercase
HOST = $(shell rustc -vV | sed -n 's/^host: //p')

MODULES := web/node_modules/.installed
DIST := web/dist/.vite/manifest.json
WEB_SOURCES := $(shell find web/src web/public web/scripts -type f 2>/dev/null) \
	web/index.html web/vite.config.ts web/tsconfig.json web/package.json

# The settings of .env, and as root a data directory that the user `postgres` can reach.
define SETTINGS
set -a; if [ -f .env ]; then . ./.env; fi; set +a; \
data=$${CIBERCASE_DATA_DIRECTORY:-data}; \
if [ "$$(id -u)" = 0 ] && [ "$$data" = data ] && id postgres >/dev/null 2>&1 \
	&& ! setpriv --reuid=postgres --regid=postgres --clear-groups test -x "$$PWD/." 2>/dev/null; then \
	data=/var/lib/cibercase; \
	echo "The user postgres cannot enter $$PWD: the data are in $$data."; \
	echo "For other commands: export CIBERCASE_DATA_DIRECTORY=$$data"; \
fi
endef

##@ Running

run: build ## Builds and starts CiberCase: http://127.0.0.1:8080
	@$(SETTINGS); exec $(RELEASE) --data-dir "$$data" serve $(ARGS)

demo: build ## The same with believable data of its own and a live feed of incidents
	@$(SETTINGS); exec env -u DATABASE_URL -u CIBERCASE_DATABASE__URL $(RELEASE) --data-dir "$$data/demo" demo $(ARGS)

build: setup-to-run web ## Builds the web interface and the release binary
	cargo build --release -p cibercase

web: $(DIST) ## Builds the web interface

setup: ## Installs what is missing (Debian, Ubuntu), or says what to install
	@.ci/setup test

setup-to-run:
	@.ci/setup run

$(MODULES): web/package-lock.json
	@cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

$(DIST): $(MODULES) $(WEB_SOURCES)
	@cd web && npm run build
	@touch $@

##@ Testing

test: setup web ## Everything that has to hold before a merge
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUST_TEST_THREADS=$(TEST_THREADS) cargo test --workspace
	cd web && npm run check
	cargo build --workspace --all-targets
	@.ci/test-integrations $(DEBUG) --quick
	cd web && CIBERCASE_BINARY="$(abspath $(DEBUG))" npm run e2e
	cargo xtask tidy --binary $(DEBUG)

check: $(MODULES) ## The quick part: formats, lints, types, tidiness
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cd web && npm run typecheck && npm run lint
	cargo xtask tidy

format: $(MODULES) ## Formats everything
	cargo fmt --all
	cd web && npm run format

fuzz: ## Fuzzes the readers of what arrives, FUZZ_SECONDS each
	@for target in $(FUZZ_TARGETS); do \
		cd "$(CURDIR)/crates/$${target%:*}/fuzz" && mkdir -p "corpus/$${target#*:}" && RUSTFLAGS="-C passes=sancov-module \
		-C llvm-args=-sanitizer-coverage-level=4 -C llvm-args=-sanitizer-coverage-inline-8bit-counters \
		-C llvm-args=-sanitizer-coverage-pc-table" \
		cargo run --release --target $(HOST) --bin "$${target#*:}" -- \
		"corpus/$${target#*:}" seeds -max_total_time=$(FUZZ_SECONDS); \
	done

schemathesis: ## Asks the API everything its description names, SCHEMATHESIS_SECONDS as each of four callers
	cargo build -p cibercase
	@.ci/schemathesis $(DEBUG) $(SCHEMATHESIS_SECONDS)

test-integrations: ## Others' programs (PyJWT, joserfc, npm's jose and oidc-provider, moto, rusty_vault, slapd, rsyslog, sslyze) with a server of its own
	cargo build -p cibercase
	@.ci/test-integrations $(DEBUG)

bench: build ## Measures reading, rules, look-ups, a request's layers, intake, log lines, lists and live connections
	cargo run --release --quiet -p fortisiem --example read_speed
	cargo run --release --quiet -p log-formats --example parse_speed
	cargo run --release --quiet -p sigma --example cost
	cargo run --release --quiet -p loadgen -- peers
	cargo run --release --quiet -p assets --example lookup_speed
	cargo run --release --quiet -p monitoring --example request_cost
	cargo run --release --quiet -p loadgen -- bench --binary $(RELEASE) $(ARGS)

stop-test-postgres: ## Stops the database server that tests leave running
	cargo xtask stop-test-postgres

##@ Files made from others

sqlx: ## .sqlx/, what PostgreSQL says of every checked query: after changing a query or a migration
	cargo xtask sqlx

schema: ## migrations/schema.sql: after changing a migration
	cargo xtask schema

openapi: $(MODULES) ## openapi.json and the web's types: after changing the API
	cargo build --workspace --all-targets
	cargo xtask openapi --binary $(DEBUG)

##@ Other

clean: ## Removes everything built; data stay
	cargo clean
	rm -rf web/dist web/node_modules crates/*/fuzz/target

help:
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run demo build web setup setup-to-run test check format fuzz schemathesis test-integrations bench stop-test-postgres sqlx schema openapi clean help
