//! The name under which a request is found again in the logs.

use actix_web::http::header::HeaderMap;
use uuid::Uuid;

/// The trace that the request belongs to: the one that the collector is told of, else the caller's, when it names one in
/// `traceparent`, else a new one.
pub(crate) fn of(headers: &HeaderMap) -> String {
    let callers = || headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(named);
    telemetry::trace_id().or_else(callers).unwrap_or_else(fresh)
}

/// A new one.
pub(crate) fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}

/// The second part of `00-<32 hexadecimal digits>-<16>-<2>`.
fn named(traceparent: &str) -> Option<String> {
    let id = traceparent.split('-').nth(1)?;
    let is_one = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id.bytes().any(|byte| byte != b'0');
    is_one.then(|| id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_trace_is_carried_on_and_nonsense_is_not() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(named(&format!("00-{id}-00f067aa0ba902b7-01")).as_deref(), Some(id));
        for wrong in ["", "00", "00-xyz-1-1", &format!("00-{}-1-1", "0".repeat(32)), &format!("00-{}'-1-1", &id[1..])] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
