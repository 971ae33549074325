//! What an operator decides.

use argon2::Params;
use url::Url;

use crate::Secret;

/// How much work a password costs: argon2id's three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl PasswordCost {
    /// What OWASP recommends at the least: 19 MiB, two passes, one lane.
    pub const RECOMMENDED: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
    /// As little as argon2id can do. For tests: it protects nothing.
    pub const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    pub(crate) fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, None).ok()
    }
}

/// How people prove who they are in one installation.
#[derive(Clone, Debug)]
pub struct AccessConfig {
    /// Who issues tokens: the public address of the api. Another environment has another.
    pub issuer: String,
    /// Whom tokens are for.
    pub audience: String,
    /// Seals what is stored. Without it nobody's session, second factor or letter can be read.
    pub secret: Secret,
    /// Secrets that were replaced; what they sealed still opens.
    pub former_secrets: Vec<Secret>,
    /// How much work a password costs; a password that cost less is hashed anew when its owner signs in.
    pub cost: PasswordCost,
    /// Passwords that are hashed at the same time: each takes a core and the memory of its cost.
    pub hashes_at_once: usize,
    /// The address of the web pages: where links in letters lead, and the only place where passkeys work.
    pub web_origin: Url,
}

impl AccessConfig {
    /// The recommended cost, two passwords at a time.
    pub fn new(issuer: impl Into<String>, web_origin: Url, secret: Secret) -> Self {
        Self {
            issuer: issuer.into(),
            audience: "guildhall".to_owned(),
            secret,
            former_secrets: Vec::new(),
            cost: PasswordCost::RECOMMENDED,
            hashes_at_once: 2,
            web_origin,
        }
    }
}
