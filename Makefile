# Short names for the real tools. CARGO_FLAGS is passed on to cargo, as in: make test CARGO_FLAGS=--offline
.PHONY: run test lint bench generate check-infra

# A co-op with a month of life on a PostgreSQL of its own, in .guildhall/. Ctrl-C stops everything it started.
run:
	cargo run $(CARGO_FLAGS) -p guildhall -- up

# The tests share a PostgreSQL server in the temporary directory; it is stopped when they are done.
test:
	@status=0; set -x; cargo test $(CARGO_FLAGS) --workspace --no-fail-fast || status=$$?; { set +x; } 2>/dev/null; \
	stop="$${CARGO_TARGET_DIR:-target}/debug/stop-test-postgres"; if [ -x "$$stop" ]; then "$$stop"; fi; exit $$status

lint:
	cargo metadata $(CARGO_FLAGS) --locked --format-version 1 >/dev/null # Cargo.lock is complete
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then set -x; cargo deny --config infra/deny.toml check bans licenses sources; \
	else echo 'cargo-deny is not installed: licences and banned crates are not checked'; fi

# The compose file, the Dockerfile and the Kubernetes manifests; tools that cannot be installed are passed over with a sentence.
check-infra:
	infra/check

bench:
	cargo run $(CARGO_FLAGS) --release -p bench

# Makes what is made from other files of the tree: Cargo.lock (checked by lint), the schema of agreements and the README's table of settings (compared by tests).
generate:
	cargo metadata $(CARGO_FLAGS) --format-version 1 >/dev/null # completes Cargo.lock
	cargo run $(CARGO_FLAGS) -q -p guildhall -- schema >libs/splits/agreement.schema.json.new
	mv libs/splits/agreement.schema.json.new libs/splits/agreement.schema.json
	cargo run $(CARGO_FLAGS) -q -p api --example schema >schema.graphql.new
	mv schema.graphql.new schema.graphql
	cargo run $(CARGO_FLAGS) -q -p guildhall -- config --readme >README.settings.new
	sed -i -e '/^<!-- settings -->$$/,/^<!-- end of settings -->$$/{/^<!--/!d}' -e '/^<!-- settings -->$$/r README.settings.new' README.md
	rm README.settings.new
