//! Plain HTTP/1.1 to a server of this machine, byte by byte: tests say exactly what is sent, whether it is well formed or not.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// One exchange; the servers under test answer within milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Sends one request, such as `POST /webhooks/stripe`, to the server at that URL.
pub(crate) async fn ask(url: &str, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let exchange = async {
        let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let mut head = format!("{request} HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("a text takes more text");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        let _ = stream.write_all(body).await; // a body that is too large need not be read to its end
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let text = timeout(ANSWER_WITHIN, exchange).await.unwrap_or_else(|_| panic!("{request} at {url} was not answered in time"));
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{request} at {url} was answered with {text:?}"));
    Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), body: body.to_owned() }
}

/// Asks the control API of the Stripe stand-in at that URL, with a JSON body or none.
pub(crate) async fn control(url: &str, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = ask(url, &format!("{method} {path}"), &[("content-type", "application/json")], body.as_bytes()).await;
    assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}
