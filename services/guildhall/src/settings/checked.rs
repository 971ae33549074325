//! Checks of single settings. What they say never repeats the value: some hold secrets.

use std::{error::Error as _, path::PathBuf, str::FromStr as _};

use api::TrustedDocuments;
use mail::Address;
use sqlx::postgres::PgConnectOptions;
use url::Url;

/// A text that a check found good.
type Checked = Result<String, String>;

pub(super) fn database(text: &str) -> Checked {
    let is_one = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) && PgConnectOptions::from_str(text).is_ok();
    good(text, is_one, "write postgres://user:password@host:5432/name, with special characters of the password percent-encoded")
}

pub(super) fn storage(text: &str) -> Checked {
    let url = Url::parse(text).ok();
    let is_place = |url: &Url| match url.scheme() {
        "file" => url.to_file_path().is_ok(),
        "s3" => url.host_str().is_some_and(|bucket| !bucket.is_empty()),
        _ => false,
    };
    let is_bare = |url: &Url| url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if url.as_ref().is_some_and(|url| !is_bare(url)) {
        return Err("credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and nothing may follow the path".to_owned());
    }
    good(text, url.as_ref().is_some_and(is_place), "write file:///path/to/folder or s3://bucket/prefix")
}

pub(super) fn mail(text: &str) -> Checked {
    let url = Url::parse(text).ok();
    let is_way = |url: &Url| match url.scheme() {
        "maildir" => url.to_file_path().is_ok(),
        "log" => true,
        "smtp" | "smtps" => url.has_host(),
        _ => false,
    };
    good(text, url.as_ref().is_some_and(is_way), "write maildir:///path, log:, smtp://user:password@host:587 or smtps://user:password@host")
}

pub(super) fn address(text: &str) -> Checked {
    good(text, text.parse::<Address>().is_ok(), "write an address, such as Guildhall <office@example.org>")
}

pub(super) fn access_secret(text: &str) -> Checked {
    good(
        text,
        text.trim().is_empty() || text.parse::<access::Secret>().is_ok(),
        "a secret is 32 random bytes in base64; `openssl rand -base64 32` makes one",
    )
}

pub(super) fn stripe_key(text: &str) -> Checked {
    good(text, ["sk_", "rk_"].iter().any(|kind| text.starts_with(kind)), "a secret key of Stripe begins with sk_ or rk_")
}

pub(super) fn webhook_secret(text: &str) -> Checked {
    let text = text.trim();
    good(text, text.is_empty() || text.starts_with("whsec_"), "a signing secret of Stripe begins with whsec_")
}

pub(super) fn origin(text: &str) -> Checked {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    // What a browser sends is exactly this: no path, no slash at the end
    let is_one = url.is_some_and(|url| url.origin().ascii_serialization() == text);
    good(text, is_one, "write scheme and host as a browser sends them, such as https://app.example.org, without a slash at the end")
}

pub(super) fn collector(text: &str) -> Checked {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    good(text, url.is_some_and(|url| url.query().is_none()), "write its address without /v1/traces, such as http://localhost:4318")
}

pub(super) fn trusted_documents(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    match TrustedDocuments::read(&file) {
        Ok(_) => Ok(file),
        Err(error) => Err(error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))),
    }
}

pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let split = text.trim().split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    split.filter(|(name, value)| !name.is_empty() && !value.is_empty()).ok_or_else(|| "write name=value".to_owned())
}

pub(super) fn ratio(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).ok_or_else(|| "write a number from 0 to 1, such as 0.1".to_owned())
}

pub(super) fn log(text: &str) -> Checked {
    telemetry::check_filter(text).map(|()| text.to_owned()).map_err(|error| format!("{error}; write it as debug or warn,jobs=trace"))
}

fn good(text: &str, is_good: bool, cure: &str) -> Checked {
    if is_good { Ok(text.to_owned()) } else { Err(cure.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check, what it takes, and what it refuses.
    type Examples = (fn(&str) -> Checked, &'static [&'static str], &'static [&'static str]);

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_it() {
        let checks: [Examples; 8] = [
            (
                database,
                &["postgres://a:b@c/d", "postgresql:///d?host=/run"],
                &["hunter2", "mysql://a/hunter2", "postgres://a:hunter2@c:port/d"],
            ),
            (storage, &["file:///var/x", "s3://bucket/p"], &["/hunter2", "s3://key:hunter2@bucket", "ftp://hunter2"]),
            (mail, &["log:", "maildir:///var/mail", "smtp://a:b@c:587"], &["hunter2", "smtp:", "https://hunter2"]),
            (address, &["Ana <ana@example.org>", "ana@example.org"], &["hunter2", "ana@"]),
            (stripe_key, &["sk_test_1", "rk_live_1"], &["pk_live_hunter2", ""]),
            (webhook_secret, &["whsec_1", " whsec_2"], &["hunter2"]),
            (origin, &["https://app.example.org", "http://localhost:5173"], &["https://hunter2/", "hunter2", "https://a/path", "*"]),
            (collector, &["http://localhost:4318", "https://otel.example.org/tenant"], &["localhost:4318", "hunter2"]),
        ];
        for (check, good, bad) in checks {
            for text in good {
                assert!(check(text).is_ok(), "{text}");
            }
            for text in bad {
                assert!(!check(text).unwrap_err().contains("hunter2"), "{text}");
            }
        }
    }
}
