//! A door with its mailbox, and people who go through it.

use std::{collections::BTreeSet, fs, sync::Mutex, time::Duration};

use access::{Access, AccessConfig, AccessError, Grant, MailLetter, NewPerson, PasswordCost, Post, Secret, SignIn, Visitor};
use chrono::{DateTime, Utc};
use kernel::{Clock, PersonId};
use mail::Mailer;
use sqlx::Row as _;
use tempfile::TempDir;
use test_support::TestDb;

use crate::world::november;

/// A password that nobody refuses.
pub(crate) const PASSWORD: &str = "seven boats at dawn";

/// A database, a door over it, and the mail that leaves through it.
pub(crate) struct Door {
    pub(crate) db: TestDb,
    pub(crate) access: Access,
    pub(crate) clock: Clock,
    pub(crate) config: AccessConfig,
    folder: TempDir,
    read: Mutex<BTreeSet<String>>,
}

/// A letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Mail {
    /// The token of its link.
    pub(crate) fn token(&self) -> String {
        let start = self.text.find("#token=").expect("the letter has a link") + "#token=".len();
        self.text[start..].chars().take_while(|letter| !letter.is_whitespace()).collect()
    }
}

/// Passwords cost next to nothing.
pub(crate) fn config() -> AccessConfig {
    let origin = "https://guildhall.example".parse().expect("an address");
    AccessConfig { cost: PasswordCost::LEAST, ..AccessConfig::new("https://guildhall.example", origin, Secret::generate()) }
}

impl Door {
    pub(crate) async fn open() -> Self {
        let (db, clock, config) = (TestDb::new().await, Clock::stopped_at(november(20)), config());
        let access = Access::new(db.pools.orm.clone(), config.clone(), clock.clone()).expect("the configuration works");
        Self { db, access, clock, config, folder: TempDir::new().expect("a folder"), read: Mutex::default() }
    }

    /// Another process with the same configuration, over the same database.
    pub(crate) fn again(&self) -> Access {
        Access::new(self.db.pools.orm.clone(), self.config.clone(), self.clock.clone()).expect("the configuration works")
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn pass(&self, secs: u64) {
        self.clock.advance(chrono::TimeDelta::from_std(Duration::from_secs(secs)).expect("a short time"));
    }

    /// The letters that were promised since this was asked last, sent by the worker's own code.
    pub(crate) async fn letters(&self) -> Vec<Mail> {
        let from = "Guildhall <door@guildhall.example>".parse().expect("an address");
        let mailer = Mailer::from_url(&format!("maildir://{}", self.folder.path().display()), from).expect("a folder for mail");
        let post = Post::new(self.access.clone(), mailer);
        let owner = self.db.owner().await;
        let jobs = sqlx::query("delete from jobs.job where task = 'access.mail' returning job_id, payload").fetch_all(&owner).await;
        let mut jobs = jobs.expect("jobs can be taken");
        owner.close().await;
        jobs.sort_by_key(|job| job.get::<i64, _>("job_id"));
        let mut letters = Vec::new();
        for job in jobs {
            let task: MailLetter = serde_json::from_value(job.get("payload")).expect("a letter");
            post.send(&task).await.expect("the letter is sent");
            letters.extend(self.unread());
        }
        letters
    }

    fn unread(&self) -> Option<Mail> {
        let mut read = self.read.lock().expect("one reads");
        let mut names = fs::read_dir(self.folder.path().join("new")).expect("a maildir").flatten();
        let fresh = names.find(|name| read.insert(name.file_name().to_string_lossy().into_owned()))?;
        let text = fs::read_to_string(fresh.path()).expect("mail is text").replace("\r\n", "\n");
        let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
        let (_, body) = text.split_once("\n\n").expect("a body follows the head");
        let is_quoted = header("Content-Transfer-Encoding:") == "quoted-printable";
        Some(Mail { to: header("To:"), subject: header("Subject:"), text: if is_quoted { unquoted(body) } else { body.to_owned() } })
    }

    /// A person who signed up and confirmed their address.
    pub(crate) async fn person(&self, name: &str) -> PersonId {
        let email = format!("{}@example.org", name.to_lowercase());
        let new = NewPerson { name: name.to_owned(), email, password: PASSWORD.to_owned() };
        self.access.sign_up(&laptop(), &new).await.expect("they sign up");
        let letters = self.letters().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        self.access.verify_email(&laptop(), &letters[0].token()).await.expect("the link is good")
    }

    /// A person of that name signs in from their laptop, without a second factor.
    pub(crate) async fn sign_in(&self, name: &str) -> Grant {
        match self.try_sign_in(&format!("{}@example.org", name.to_lowercase()), PASSWORD).await.expect("they get in") {
            SignIn::Done(grant) => grant,
            SignIn::Challenge(_) => panic!("{name} has a second factor"),
        }
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Result<SignIn, AccessError> {
        self.access.sign_in(&laptop(), email, password).await
    }

    /// A number that the database knows.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let owner = self.db.owner().await;
        let count = sqlx::query(sql).fetch_one(&owner).await.expect("it can be counted").get(0);
        owner.close().await;
        count
    }
}

/// Quoted-printable as the letters have it: plain letters, and lines that go on.
fn unquoted(body: &str) -> String {
    let mut parts = body.split('=');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(rest) = part.strip_prefix('\n') {
            text.push_str(rest);
        } else {
            text.push(char::from(u8::from_str_radix(&part[..2], 16).expect("two hexadecimal digits")));
            text.push_str(&part[2..]);
        }
    }
    text
}

/// A device at home.
pub(crate) fn laptop() -> Visitor {
    Visitor::new("192.0.2.7".parse().ok(), "Laptop")
}

/// Another, from elsewhere.
pub(crate) fn phone() -> Visitor {
    Visitor::new("2001:db8::5".parse().ok(), "Phone")
}
