//! Stops the server that the tests started; `make test` calls it last.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    test_support::stop_server()
}
