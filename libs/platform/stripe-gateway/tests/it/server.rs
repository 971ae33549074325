//! A server that answers from a script and remembers what it was asked, over connections that are counted.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use stripe_gateway::{Gateway, GatewayConfig, IdempotencyKey, Secret};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// What the server does with a request.
pub(crate) enum Answer {
    /// Answers it: status, further headers, body.
    Json(u16, &'static str, String),
    /// Reads it and closes the connection without a word.
    Drop,
    /// Reads it and says nothing.
    Hang,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    /// Method and path with query.
    pub(crate) line: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts to listen; the answers are given in this order, whichever connection asks.
    pub(crate) async fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let server = Self { address, script: Arc::new(Mutex::new(script.into_iter().collect())), seen: Arc::default() };
        let accepting = server.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let serving = accepting.clone();
                tokio::spawn(async move { serving.serve(connection, stream).await });
            }
        });
        server
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panics here").clone()
    }

    /// A configuration that talks to this server, fast and impatient.
    pub(crate) fn config(&self) -> GatewayConfig {
        config(&format!("http://{}/", self.address))
    }

    /// A gateway that talks to this server.
    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::try_new(self.config()).expect("the configuration is sound")
    }

    async fn serve(self, connection: usize, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Some(seen) = read(connection, &mut stream).await {
            self.seen.lock().expect("no test panics here").push(seen);
            let answer = self.script.lock().expect("no test panics here").pop_front();
            match answer.expect("the script has an answer for each request") {
                Answer::Json(status, headers, body) => {
                    let length = body.len();
                    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
                    stream.write_all(text.as_bytes()).await.expect("the client listens");
                }
                Answer::Drop => return,
                Answer::Hang => std::future::pending().await,
            }
        }
    }
}

async fn read(connection: usize, stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let headers: Vec<_> =
        lines[1..].iter().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().expect("a number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    Some(Seen { connection, line, headers, body: String::from_utf8(body).expect("forms are text") })
}

pub(crate) fn config(base_url: &str) -> GatewayConfig {
    GatewayConfig {
        base_url: Url::parse(base_url).expect("a URL"),
        first_pause: Duration::from_millis(1),
        requests_per_sec: std::num::NonZeroU32::new(1000).expect("not zero"),
        ..GatewayConfig::new(Secret::new("sk_test_open_sesame"))
    }
}

pub(crate) fn ok(body: &str) -> Answer {
    Answer::Json(200, "", body.to_owned())
}

pub(crate) fn refusal(status: u16, headers: &'static str, kind: &str, code: &str) -> Answer {
    Answer::Json(status, headers, format!(r#"{{"error":{{"type":"{kind}","code":"{code}","message":"No such luck.","param":"amount"}}}}"#))
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::try_new(text).expect("a sound key")
}
