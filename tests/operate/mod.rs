//! What operators and browsers meet at the api's door: headers, origins, limits.

mod browsers;
mod limits;
mod proxies;

use std::collections::BTreeMap;

use ::api::{Api, ApiConfig, Running};
use test_support::TestDb;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An api on the test's database, changed as the test needs it.
async fn api(db: &TestDb, change: impl FnOnce(&mut ApiConfig)) -> Running {
    let mut config = ApiConfig { connections: 4, threads: 1, ..ApiConfig::new(&db.url) };
    change(&mut config);
    Api::start(config).await.unwrap()
}

/// What came back: status, headers in lower case, body.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Sends a request as it is written and reads to the end.
async fn send(api: &Running, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(api.url().strip_prefix("http://").unwrap()).await.unwrap();
    let _ = stream.write_all(request).await; // what is too long need not be read to its end
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap();
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

/// A request without a body.
async fn ask(api: &Running, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let given = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect::<String>();
    send(api, format!("{method} {path} HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\n{given}\r\n").as_bytes()).await
}
