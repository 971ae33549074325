//! Files in a bucket, against a stand-in that knows the three requests we make and checks that they are signed.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use storage::{Storage, StorageError};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

type Files = Arc<Mutex<BTreeMap<String, (String, Vec<u8>)>>>;

/// Serves S3's PUT with `If-None-Match: *`, GET and HEAD until the test ends.
async fn bucket() -> (Files, Storage) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let files = Files::default();
    let served = files.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, served.clone()));
        }
    });
    let settings = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_PAGER", "less"),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    (files, Storage::with_settings("s3://papers/co-op/", settings).unwrap())
}

async fn serve(stream: TcpStream, files: Files) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut request = String::new();
        if stream.read_line(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let (status, type_, answer) = answer(&request, &headers, body, &mut files.lock().unwrap());
        let length = answer.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\ncontent-type: {type_}\r\netag: \"1\"\r\nlast-modified: Sun, 01 Nov 2026 00:00:00 GMT\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        if !request.starts_with("HEAD") {
            stream.write_all(&answer).await.unwrap();
        }
    }
}

fn answer(
    request: &str,
    headers: &BTreeMap<String, String>,
    body: Vec<u8>,
    files: &mut BTreeMap<String, (String, Vec<u8>)>,
) -> (&'static str, String, Vec<u8>) {
    let plain = "text/plain".to_owned();
    if !headers.get("authorization").is_some_and(|signed| signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")) {
        return ("403 Forbidden", plain, Vec::new());
    }
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    match (method, files.get(path)) {
        ("PUT", Some(_)) if headers.get("if-none-match").is_some_and(|any| any == "*") => ("412 Precondition Failed", plain, Vec::new()),
        ("PUT", _) => {
            files.insert(path.to_owned(), (headers["content-type"].clone(), body));
            ("200 OK", plain, Vec::new())
        }
        (_, Some((type_, bytes))) => ("200 OK", type_.clone(), bytes.clone()),
        (_, None) => ("404 Not Found", plain, Vec::new()),
    }
}

#[tokio::test]
async fn a_bucket_keeps_files_under_its_prefix_with_their_type() {
    let (files, storage) = bucket().await;
    assert!(!storage.exists("s/1.pdf").await.unwrap());
    storage.put("s/1.pdf", "one".into(), "application/pdf").await.unwrap();
    assert!(storage.exists("s/1.pdf").await.unwrap());
    assert_eq!(storage.get("s/1.pdf").await.unwrap(), "one");
    let kept = files.lock().unwrap().get("/papers/co-op/s/1.pdf").cloned();
    assert_eq!(kept, Some(("application/pdf".to_owned(), b"one".to_vec())));
}

#[tokio::test]
async fn a_file_in_a_bucket_is_frozen_but_may_be_stored_twice() {
    let (_files, storage) = bucket().await;
    storage.put("a.csv", "one".into(), "text/csv").await.unwrap();
    storage.put("a.csv", "one".into(), "text/csv").await.unwrap();
    let refused = storage.put("a.csv", "two".into(), "text/csv").await.unwrap_err();
    assert!(matches!(refused, StorageError::Frozen { .. }), "{refused}");
    assert!(refused.to_string().contains("s3://papers/co-op"), "{refused}");
    assert!(matches!(storage.get("b.csv").await, Err(StorageError::NotFound { .. })));
}

#[tokio::test]
async fn no_secret_shows_when_a_place_is_printed() {
    let (_files, storage) = bucket().await;
    assert_eq!(format!("{storage:?}"), "Storage(\"s3://papers/co-op\")");
}
