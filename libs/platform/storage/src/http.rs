//! HTTP for S3 over hyper and rustls with ring. The client that `object_store` brings would add a second TLS library.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::TokioExecutor,
};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
    },
};

/// One request with its whole answer may take this long before it counts as lost.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// No file of ours comes near it; an answer that does is not from our bucket.
const LARGEST_ANSWER_BYTES: usize = 256 * 1024 * 1024;

type Https = HttpsConnector<TcpConnector>;

/// Makes the client. Whether plain HTTP may be used is `object_store`'s decision (`AWS_ALLOW_HTTP`).
#[derive(Debug)]
pub(crate) struct HyperConnector;

impl HttpConnector for HyperConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let https = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Ok(HttpClient::new(HyperService(Client::builder(TokioExecutor::new()).build(https))))
    }
}

#[derive(Debug)]
struct HyperService(Client<Https, HttpRequestBody>);

#[async_trait]
impl HttpService for HyperService {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = async {
            let answer = self.0.request(request).await.map_err(|error| {
                let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Request };
                HttpError::new(kind, error)
            })?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER_BYTES).collect().await;
            let bytes = body.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, Unread(error)))?.to_bytes();
            let never = |never: std::convert::Infallible| match never {};
            Ok(HttpResponse::from_parts(head, HttpResponseBody::new(Full::new(bytes).map_err(never))))
        };
        tokio::time::timeout(REQUEST_LIMIT, answer).await.unwrap_or_else(|late| Err(HttpError::new(HttpErrorKind::Timeout, late)))
    }
}

/// The answer broke off or was too long.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be read to its end")]
struct Unread(#[source] Box<dyn std::error::Error + Send + Sync>);
