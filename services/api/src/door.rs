//! Webhooks: believed, kept, acknowledged; or refused with a sentence.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Bytes, Data},
};
use kernel::Clock;
use sea_orm::DatabaseConnection;
use settlement::{Accepted, MAX_BODY_BYTES, SettlementError, accept};
use stripe_gateway::{
    Secret,
    signature::{self, SignatureError},
};
use tokio::sync::Notify;

use crate::{
    problem,
    refusals::{Refusals, Refused},
};

const HEADER: &str = "stripe-signature";

/// What every request needs.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) db: DatabaseConnection,
    pub(crate) platform_secrets: Vec<Secret>,
    pub(crate) connect_secrets: Vec<Secret>,
    pub(crate) clock: Clock,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) fresh: Arc<Notify>,
}

type Body = Result<Bytes, actix_web::Error>;

/// `POST /webhooks/stripe`
pub(crate) async fn platform(door: Data<Door>, request: HttpRequest, body: Body) -> HttpResponse {
    door.take_in(&request, body, false).await
}

/// `POST /webhooks/stripe/connect`
pub(crate) async fn connect(door: Data<Door>, request: HttpRequest, body: Body) -> HttpResponse {
    door.take_in(&request, body, true).await
}

impl Door {
    async fn take_in(&self, request: &HttpRequest, body: Body, connect: bool) -> HttpResponse {
        let bytes = match body {
            Ok(bytes) => bytes,
            Err(error) if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE => {
                return self.refuse(Refused::TooLarge, &format!("The body is larger than the {MAX_BODY_BYTES} bytes that are taken in."));
            }
            Err(_) => return self.refuse(Refused::CutOff, "The body did not arrive in full."),
        };
        let secrets = if connect { &self.connect_secrets } else { &self.platform_secrets };
        if let Err((refused, message)) = self.believe(request, &bytes, secrets) {
            return self.refuse(refused, &message);
        }
        let Ok(text) = std::str::from_utf8(&bytes) else {
            return self.refuse(Refused::NotText, "The body is not UTF-8 text.");
        };
        match accept(&self.db, text, connect).await {
            Ok(accepted) => {
                if accepted == Accepted::Fresh {
                    self.fresh.notify_one();
                }
                HttpResponse::Ok().content_type("application/json").body(r#"{"received":true}"#)
            }
            Err(error @ SettlementError::NotAnEvent(_)) => self.refuse(Refused::NotAnEvent, &sentence(&error.to_string())),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a delivery could not be kept; its sender will try again");
                problem::answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The event could not be kept; please send it again.")
            }
        }
    }

    fn believe(&self, request: &HttpRequest, body: &[u8], secrets: &[Secret]) -> Result<(), (Refused, String)> {
        let header =
            request.headers().get(HEADER).ok_or_else(|| (Refused::NoSignature, "The Stripe-Signature header is missing.".to_owned()))?;
        let header = header.to_str().map_err(|_| (Refused::NoSignature, "The Stripe-Signature header cannot be read.".to_owned()))?;
        signature::verify(header, body, secrets, self.clock.now()).map_err(|error| {
            let refused = match error {
                SignatureError::NoTimestamp | SignatureError::NoSignature => Refused::NoSignature,
                SignatureError::NoMatch => Refused::BadSignature,
                SignatureError::OutsideTolerance { .. } => Refused::Stale,
            };
            (refused, sentence(&error.to_string()))
        })
    }

    fn refuse(&self, refused: Refused, message: &str) -> HttpResponse {
        self.refusals.count(refused);
        telemetry::metrics::count_refused_delivery(refused.name());
        tracing::debug!(reason = refused.name(), "a delivery was refused");
        let status = if refused == Refused::TooLarge { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
        problem::answer(status, refused.name(), message)
    }
}

/// An error's words as a sentence: a capital in front, a full stop behind.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
