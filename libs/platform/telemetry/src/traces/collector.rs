//! The way to the collector: batches of spans, posted as protobuf by the house's own HTTP client.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use opentelemetry::KeyValue;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tokio::{runtime::Handle, time::timeout};

use super::Collector;

/// How long one delivery may take; a collector that is away costs spans, never requests.
const DELIVERY_TIME: Duration = Duration::from_secs(10);
/// A collector's answer is a few bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// What makes and sends spans. Takes the runtime on which it is called for its deliveries.
pub(crate) fn provider(collector: &Collector) -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Courier::new())
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", collector.endpoint.trim_end_matches('/')))
        .with_headers(collector.headers.iter().cloned().collect())
        .with_timeout(DELIVERY_TIME)
        .build()?;
    let resource = Resource::builder()
        .with_service_name(collector.service.clone())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::TraceIdRatioBased(collector.ratio))
        .with_resource(resource)
        .build())
}

/// Batches are made on a thread without a runtime; they are sent from ours.
#[derive(Debug)]
struct Courier {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

impl Courier {
    fn new() -> Self {
        let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).timer(TokioTimer::new()).pool_timer(TokioTimer::new()).build(tls);
        Self { client, runtime: Handle::current() }
    }
}

#[async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let exchange = async move {
            let (head, body) = client.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?.to_bytes();
            Ok(Response::from_parts(head, body))
        };
        // The timer, too, is to be made there
        self.runtime.spawn(async { timeout(DELIVERY_TIME, exchange).await }).await??
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Spans are batched on a thread that knows no runtime: what sends them must not need one there.
    #[tokio::test(flavor = "multi_thread")]
    async fn k12_a_thread_without_a_runtime_can_send() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let courier = Courier::new();
        let sending = std::thread::spawn(move || {
            let request = Request::post(url).body(Bytes::from_static(b"spans")).unwrap();
            futures_executor::block_on(courier.send_bytes(request)).unwrap()
        });
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"spans") {
            assert!(stream.read_buf(&mut asked).await.unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        let answer = sending.join().unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, &b"ok"[..]));
    }
}
