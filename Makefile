# Short names for the real tools. CARGO_FLAGS is passed on to cargo, as in: make test CARGO_FLAGS=--offline
.PHONY: run test lint bench generate

# Files in the tree that are made from other files in the tree, by `make generate`; committed, and checked by `make lint`.
GENERATED := Cargo.lock libs/splits/agreement.schema.json

# A co-op with a month of life on a PostgreSQL of its own, in .guildhall/. Ctrl-C stops everything it started.
run:
	cargo run $(CARGO_FLAGS) -p guildhall -- up

test:
	cargo test $(CARGO_FLAGS) --workspace

lint: generate
	git diff --exit-code -- $(GENERATED)
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then set -x; cargo deny --config infra/deny.toml check bans licenses sources; \
	else echo 'cargo-deny is not installed: licences and banned crates are not checked'; fi

bench:
	cargo run $(CARGO_FLAGS) --release -p bench

generate:
	cargo metadata $(CARGO_FLAGS) --format-version 1 >/dev/null # completes Cargo.lock
	cargo run $(CARGO_FLAGS) -q -p guildhall -- schema >libs/splits/agreement.schema.json.new
	mv libs/splits/agreement.schema.json.new libs/splits/agreement.schema.json
