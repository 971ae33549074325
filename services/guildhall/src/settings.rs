//! What every command may be told: by flag, by environment, by file; see [`crate::configuration`].

mod checked;

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, sync::Arc};

use access::AccessConfig;
use api::TrustedDocuments;
use kernel::Code;
use mail::Mailer;
use partners::{Quota, Quotas};
use storage::Storage;
use stripe_gateway::{Gateway, GatewayConfig, Secret};
use telemetry::{Collector, Voice};
use url::Url;

use crate::{
    failure::Failure,
    home::{Home, WebhookSecrets},
};

/// The key that the stand-in takes; it opens nothing anywhere else.
const STAND_IN_KEY: &str = "sk_test_guildhall";
/// The stand-in is on this machine and allows more than Stripe's 25 requests a second.
const STAND_IN_REQUESTS_PER_SEC: NonZeroU32 = NonZeroU32::new(500).expect("500 is not zero");

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// A file of settings in TOML; what the environment says goes before it
    #[arg(long, env = crate::configuration::FILE, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The database, as `postgres://user:password@host/name`; without it a PostgreSQL of our own in the home folder is used
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_parser = checked::database)]
    pub(crate) database_url: Option<String>,
    /// The folder of a house that runs on this machine
    #[arg(long, env = "GUILDHALL_HOME", default_value = ".guildhall", global = true)]
    home: PathBuf,
    /// The IP address that the api and the stand-in listen on
    #[arg(long, env = "GUILDHALL_HOST", default_value = "127.0.0.1", global = true)]
    pub(crate) host: std::net::IpAddr,
    /// The port of the api
    #[arg(long, env = "GUILDHALL_PORT", default_value_t = 8080, global = true)]
    pub(crate) port: u16,
    /// The port of the Stripe stand-in
    #[arg(long, env = "GUILDHALL_STRIPE_PORT", default_value_t = 12111, global = true)]
    pub(crate) stripe_port: u16,
    /// The port of our own PostgreSQL
    #[arg(long, env = "GUILDHALL_POSTGRES_PORT", default_value_t = 5454, global = true)]
    pub(crate) postgres_port: u16,
    /// Connections to the database
    #[arg(long, env = "GUILDHALL_CONNECTIONS", default_value_t = 16, global = true, value_parser = clap::value_parser!(u32).range(4..=1000))]
    pub(crate) connections: u32,
    /// Batches of Stripe's events that a worker settles at the same time
    #[arg(long, env = "GUILDHALL_SETTLERS", default_value_t = 2, global = true, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) settlers: u16,
    /// Where files go: file:///folder or s3://bucket/prefix; documents/ in the home folder when not given
    #[arg(long, env = "GUILDHALL_STORAGE", hide_env_values = true, global = true, value_parser = checked::storage)]
    storage: Option<String>,
    /// Where letters go: maildir:///folder, log:, smtp://… or smtps://…; mail/ in the home folder when not given
    #[arg(long, env = "GUILDHALL_MAIL", hide_env_values = true, global = true, value_parser = checked::mail)]
    mail: Option<String>,
    /// Whom letters come from
    #[arg(long, env = "GUILDHALL_MAIL_FROM", default_value = "Guildhall <statements@guildhall.example>", global = true, value_parser = checked::address)]
    mail_from: String,
    /// The key of the Stripe account; without it the stand-in is spoken to
    #[arg(long, env = "GUILDHALL_STRIPE_KEY", hide_env_values = true, global = true, value_parser = checked::stripe_key)]
    stripe_key: Option<String>,
    /// Signing secrets of the platform's webhook endpoint, separated by commas while one is rolled
    #[arg(long, env = "GUILDHALL_WEBHOOK_SECRETS", hide_env_values = true, value_delimiter = ',', global = true, value_parser = checked::webhook_secret)]
    webhook_secrets: Vec<String>,
    /// Signing secrets of the webhook endpoint for connected accounts, separated by commas while one is rolled
    #[arg(long, env = "GUILDHALL_CONNECT_WEBHOOK_SECRETS", hide_env_values = true, value_delimiter = ',', global = true, value_parser = checked::webhook_secret)]
    connect_webhook_secrets: Vec<String>,
    /// Origins whose pages may read the api's answers, such as https://app.example.org, separated by commas
    #[arg(long, env = "GUILDHALL_ALLOWED_ORIGINS", value_delimiter = ',', global = true, value_parser = checked::origin)]
    pub(crate) allowed_origins: Vec<String>,
    /// The secret that seals sessions and second factors: 32 random bytes in base64, the same for api and worker; one is made
    /// in the home folder of a house that runs on this machine
    #[arg(long, env = "GUILDHALL_ACCESS_SECRET", hide_env_values = true, global = true, value_parser = checked::access_secret)]
    access_secret: Option<String>,
    /// Secrets that were replaced, separated by commas: what they sealed still opens
    #[arg(long, env = "GUILDHALL_FORMER_ACCESS_SECRETS", hide_env_values = true, value_delimiter = ',', global = true, value_parser = checked::access_secret)]
    former_access_secrets: Vec<String>,
    /// The public address of the api, which issues tokens; http://localhost and the port when not given
    #[arg(long, env = "GUILDHALL_PUBLIC_URL", global = true, value_parser = checked::origin)]
    public_url: Option<String>,
    /// The address of the web pages: where links in letters lead and passkeys work; the public address when not given
    #[arg(long, env = "GUILDHALL_WEB_ORIGIN", global = true, value_parser = checked::origin)]
    web_origin: Option<String>,
    /// Whether TLS ends in front of the api: browsers are then told to come over it always
    #[arg(long, env = "GUILDHALL_BEHIND_TLS", global = true)]
    pub(crate) behind_tls: bool,
    /// Networks of the proxies in front of the api, such as 10.0.0.0/8, separated by commas: what they say in X-Forwarded-For or
    /// Forwarded of where a request comes from is believed; of nobody without it
    #[arg(long, env = "GUILDHALL_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub(crate) trusted_proxies: Vec<api::Network>,
    /// A JSON file of documents of the graph, texts by their SHA-256, that clients may call by hash alone
    #[arg(long, env = "GUILDHALL_TRUSTED_DOCUMENTS", value_name = "FILE", global = true, value_parser = checked::trusted_documents)]
    trusted_documents: Option<PathBuf>,
    /// Take no documents but those of that file
    #[arg(long, env = "GUILDHALL_TRUSTED_ONLY", global = true)]
    trusted_only: bool,
    /// What each key of a partner may use of the graph: points that a full bucket holds, and that flow in each second
    #[arg(long, env = "GUILDHALL_KEY_QUOTA", default_value_t = Quotas::default().key, global = true)]
    key_quota: Quota,
    /// The same of each person
    #[arg(long, env = "GUILDHALL_PERSON_QUOTA", default_value_t = Quotas::default().person, global = true)]
    person_quota: Quota,
    /// The same of all keys and people of a co-op together
    #[arg(long, env = "GUILDHALL_COOP_QUOTA", default_value_t = Quotas::default().coop, global = true)]
    coop_quota: Quota,
    /// The address and port where /metrics and /healthz are told, away from the public; nowhere without it
    #[arg(long, env = "GUILDHALL_METRICS_LISTEN", global = true)]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// The OTLP collector that traces are sent to, such as http://localhost:4318; none without it
    #[arg(long, env = "GUILDHALL_OTLP_ENDPOINT", global = true, value_parser = checked::collector)]
    otlp_endpoint: Option<String>,
    /// Headers for the collector, as name=value, separated by commas
    #[arg(long, env = "GUILDHALL_OTLP_HEADERS", hide_env_values = true, value_delimiter = ',', global = true, value_parser = checked::header)]
    otlp_headers: Vec<(String, String)>,
    /// The share of traces that is sent, from 0 to 1
    #[arg(long, env = "GUILDHALL_TRACE_RATIO", default_value = "1", global = true, value_parser = checked::ratio)]
    trace_ratio: f64,
    /// What is logged, such as info,settlement=debug; our own lines at info without it
    #[arg(long, env = telemetry::LOG, global = true, value_parser = checked::log)]
    log: Option<String>,
    /// Write the log as JSON lines
    #[arg(long, env = "GUILDHALL_JSON_LOG", global = true)]
    json_log: bool,
}

impl Settings {
    pub(crate) fn home(&self) -> Result<Home, Failure> {
        Ok(Home::at(&self.home)?)
    }

    /// What the process says about itself. `part` is the part of the house that runs, such as `api`.
    pub(crate) fn voice(&self, part: &str) -> Voice {
        let collector = self.otlp_endpoint.clone().map(|endpoint| Collector {
            endpoint,
            headers: self.otlp_headers.clone(),
            ratio: self.trace_ratio,
            service: format!("guildhall-{part}"),
        });
        Voice { filter: self.log.clone(), json: self.json_log, collector }
    }

    /// Where the api listens.
    pub(crate) const fn api_address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    /// Where the stand-in listens.
    pub(crate) const fn stand_in_address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.stripe_port)
    }

    /// Whether the Stripe account moves real money.
    pub(crate) fn livemode(&self) -> bool {
        self.stripe_key.as_deref().is_some_and(|key| key.contains("_live_"))
    }

    /// The same without the Stripe account: a house that runs on this machine speaks to the stand-in alone.
    pub(crate) fn without_stripe(self) -> Self {
        Self { stripe_key: None, webhook_secrets: Vec::new(), connect_webhook_secrets: Vec::new(), ..self }
    }

    /// Where the stand-in answers, unless a key of a Stripe account is set.
    pub(crate) fn stand_in_url(&self) -> Option<String> {
        self.stripe_key.is_none().then(|| format!("http://{}", self.stand_in_address()))
    }

    /// The way to the stand-in at that address, or else to Stripe.
    pub(crate) fn gateway(&self, stand_in: Option<&str>) -> Result<Gateway, Failure> {
        let config = match (stand_in, &self.stripe_key) {
            (Some(url), _) => GatewayConfig {
                base_url: Url::parse(url).map_err(Failure::fault)?,
                requests_per_sec: STAND_IN_REQUESTS_PER_SEC,
                ..GatewayConfig::new(Secret::new(STAND_IN_KEY))
            },
            (None, Some(key)) => GatewayConfig::new(Secret::new(key)),
            (None, None) => return Err(Failure::fault("there is neither a key of a Stripe account nor a stand-in")),
        };
        Ok(Gateway::try_new(config)?)
    }

    /// The signing secrets of both endpoints, the platform's first: those given, else those of the stand-in.
    pub(crate) fn secrets(&self) -> Result<[Vec<Secret>; 2], Failure> {
        let own = if self.stripe_key.is_none() { self.home()?.webhook_secrets() } else { None };
        let given = |given: &[String], own: fn(&WebhookSecrets) -> &String, known: &Option<WebhookSecrets>| -> Vec<Secret> {
            match known {
                Some(known) if given.is_empty() => vec![Secret::new(own(known))],
                _ => given.iter().map(|secret| secret.trim()).filter(|secret| !secret.is_empty()).map(Secret::new).collect(),
            }
        };
        Ok([given(&self.webhook_secrets, |own| &own.platform, &own), given(&self.connect_webhook_secrets, |own| &own.connect, &own)])
    }

    /// How people prove who they are; `None` without a secret. A house with a database of its own makes one.
    pub(crate) fn access(&self) -> Result<Option<AccessConfig>, Failure> {
        let home = self.home()?;
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let secret = match self.access_secret.as_deref().and_then(given) {
            Some(text) => Some(text.parse().map_err(Failure::fault)?),
            None if self.database_url.is_none() => Some(home.make_access_secret()?),
            None => home.access_secret()?,
        };
        let Some(secret) = secret else { return Ok(None) };
        let issuer = self.issuer();
        let origin = Url::parse(&self.web_origin()).map_err(Failure::fault)?;
        let former = self.former_access_secrets.iter().filter_map(|text| given(text)).map(|text| text.parse().map_err(Failure::fault));
        Ok(Some(AccessConfig { former_secrets: former.collect::<Result<_, Failure>>()?, ..AccessConfig::new(issuer, origin, secret) }))
    }

    /// The public address of the api. A host name, not a number: passkeys are bound to one.
    fn issuer(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", self.port))
    }

    /// Where links in letters lead.
    pub(crate) fn web_origin(&self) -> String {
        self.web_origin.clone().unwrap_or_else(|| self.issuer())
    }

    /// The documents that clients may call by hash, and whether no others are taken.
    pub(crate) fn trusted_documents(&self) -> Result<(Option<TrustedDocuments>, bool), Failure> {
        if self.trusted_only && self.trusted_documents.is_none() {
            let cure = "GUILDHALL_TRUSTED_ONLY takes the documents of a file and no others; name it in GUILDHALL_TRUSTED_DOCUMENTS";
            return Err(Failure::refused(Code::InvalidInput, cure));
        }
        let read = self.trusted_documents.as_deref().map(TrustedDocuments::read).transpose().map_err(Failure::fault)?;
        Ok((read, self.trusted_only))
    }

    /// How much of the house each key, each person and each co-op may use.
    pub(crate) const fn quotas(&self) -> Quotas {
        Quotas { key: self.key_quota, person: self.person_quota, coop: self.coop_quota }
    }

    /// Where files go.
    pub(crate) fn storage(&self) -> Result<Arc<Storage>, Failure> {
        Ok(Arc::new(Storage::from_url(&self.storage_url()?)?))
    }

    /// The same in words, for people who look for them.
    pub(crate) fn storage_url(&self) -> Result<String, Failure> {
        self.storage.clone().map_or_else(|| self.folder("documents", "file"), Ok)
    }

    /// How letters leave.
    pub(crate) fn mailer(&self) -> Result<Mailer, Failure> {
        Ok(Mailer::from_url(&self.mail_url()?, self.mail_from.parse()?)?)
    }

    /// The same in words. A mail server's address may hold a password: of it only the kind is told.
    pub(crate) fn mail_shown(&self) -> Result<String, Failure> {
        let url = self.mail_url()?;
        Ok(if url.starts_with("smtp") { "sent by SMTP".to_owned() } else { url })
    }

    fn mail_url(&self) -> Result<String, Failure> {
        self.mail.clone().map_or_else(|| self.folder("mail", "maildir"), Ok)
    }

    fn folder(&self, name: &str, scheme: &str) -> Result<String, Failure> {
        let path = self.home()?.join(name);
        let url =
            Url::from_file_path(&path).map_err(|()| Failure::fault(format!("{} is not a path that a URL can name", path.display())))?;
        Ok(url.as_str().replacen("file:", &format!("{scheme}:"), 1))
    }
}
