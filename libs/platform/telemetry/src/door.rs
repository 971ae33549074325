//! The operators' door: `/metrics` and `/healthz` on an address of their own, away from the public one.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::metrics;

/// Who scrapes is a handful; more wait.
const MAX_CONNECTIONS: usize = 16;
/// How long a caller may take to say what it wants.
const HEADER_TIME: Duration = Duration::from_secs(5);
/// How long a connection may live: a scraper opens another.
const CONNECTION_TIME: Duration = Duration::from_mins(2);

/// The pause after a caller could not be let in: too many files are open, and some are about to be closed.
const BREATH: Duration = Duration::from_millis(100);

/// The open door. Dropping it closes it.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinSet<()>,
}

impl Door {
    /// Opens it; when this returns, the address answers. Port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is taken or not this machine's.
    pub async fn open(listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, stopped));
        tracing::info!(%address, "metrics are told at http://{address}/metrics");
        Ok(Self { address, stop, serving })
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes it, after the answers that have begun.
    pub async fn close(mut self) {
        self.stop.send_replace(true);
        while self.serving.join_next().await.is_some() {}
    }
}

async fn serve(listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let stop = stop.clone();
                connections.spawn(async move {
                    converse(stream, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a caller for metrics was lost");
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn converse(stream: TcpStream, mut stop: watch::Receiver<bool>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), service_fn(|request| async move { Ok::<_, Infallible>(answer(&request)) }));
    let mut connection = std::pin::pin!(connection);
    let served = timeout(CONNECTION_TIME, async {
        tokio::select! {
            served = connection.as_mut() => return served,
            _ = stop.wait_for(|stop| *stop) => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    });
    if let Ok(Err(error)) = served.await {
        tracing::debug!(%error, "a caller for metrics was not understood");
    }
}

fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let told = |status, kind: &'static str, body: String| {
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => told(StatusCode::OK, metrics::CONTENT_TYPE, metrics::text()),
        (&Method::GET, "/healthz") => told(StatusCode::OK, "application/json", r#"{"status":"serving"}"#.to_owned()),
        _ => told(StatusCode::NOT_FOUND, "text/plain", "There are /metrics and /healthz here.\n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: metrics\r\nconnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn metrics_and_health_are_told_until_the_door_is_closed() {
        let door = Door::open(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = door.address();
        metrics::count_refused_delivery("door_test");
        let told = ask(address, "/metrics").await.unwrap();
        assert!(told.starts_with("HTTP/1.1 200") && told.contains(r#"guildhall_refused_deliveries_total{reason="door_test"} 1"#), "{told}");
        assert!(told.trim_end().ends_with("# EOF"), "it is told in full: {told}");
        assert!(ask(address, "/healthz").await.unwrap().starts_with("HTTP/1.1 200"));
        assert!(ask(address, "/").await.unwrap().starts_with("HTTP/1.1 404"));
        let idle = TcpStream::connect(address).await.unwrap(); // asks nothing: it does not keep the door open
        door.close().await;
        assert!(ask(address, "/healthz").await.is_err());
        drop(idle);
    }
}
