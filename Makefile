# Two commands for everyone: `make run` and `make test`. The others are for those who change the code.

CARGO := $(shell command -v cargo 2>/dev/null || echo $(HOME)/.cargo/bin/cargo)

.PHONY: run build test check docs bench torture setup help

help: ## What can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

run: build ## Set up, build the optimised program, start it on http://127.0.0.1:8032
	@echo 'To use the command in another terminal: export PATH="$(CURDIR)/target/release:$$PATH"'
	@exec target/release/codex32 serve --sign-in-link

build: setup
	@scripts/setup.sh interface
	@scripts/build-ui.sh
	@[ -x target/release/codex32 ] \
	  || echo "Building codex32: the first time takes about a quarter of an hour on two cores, later ones seconds."
	@$(CARGO) build --release --locked -p codex32-app --bin codex32

test: setup ## Set up and run every test
	@scripts/setup.sh interface
	@scripts/setup-test.sh
	@scripts/build-ui.sh
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) test --workspace --locked --doc --quiet \
	    && $(CARGO) nextest run --workspace --locked --no-fail-fast \
	    && scripts/test-postgres.sh; \
	else \
	  $(CARGO) test --workspace --locked --no-fail-fast; \
	fi
	@scripts/test-ui.sh

check: setup ## Formatting and lints, warnings denied
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets --locked --quiet -- -D warnings
	@echo "check: formatting and lints are well"

docs: setup ## Write the generated pages of docs/ and openapi/ anew
	@$(CARGO) run --locked --quiet -p codex32-app --bin codex32 -- docs .

bench: build ## Measure W1 to W6 beside the limit programs, on SQLite and PostgreSQL, into benches/results
	@scripts/setup-bench.sh
	@$(CARGO) build --release --locked --quiet -p codex32-limit -p codex32-w2
	@scripts/bench.sh

torture: setup ## Kill servers KILLS=200 times under load, cut the power, fill the disk, simulate SEEDS=2000 worlds, ask failing models CALLS=10000 times, kill the indexing of PASSAGES=10000 INDEX_KILLS=20 times
	@SEEDS=$(or $(SEEDS),2000) $(CARGO) test --locked -p codex32-engine --test it -- --nocapture simulation::
	@CALLS=$(or $(CALLS),10000) $(CARGO) test --locked -p codex32-llm --test it -- --nocapture among_two_failing_providers
	@PASSAGES=$(or $(PASSAGES),10000) INDEX_KILLS=$(or $(INDEX_KILLS),20) $(CARGO) test --locked -p codex32-knowledge --test it -- --nocapture indexing::killed
	@KILLS=$(or $(KILLS),200) $(CARGO) test --locked -p codex32-app --test proof -- --nocapture --test-threads 1

setup:
	@scripts/setup.sh
