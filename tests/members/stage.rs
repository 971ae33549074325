//! A co-op with an admin, a hand-turned clock, and a desk that writes its letters into a folder.

use std::{fs, sync::Arc};

use ::ledger::{Account, AccountKind, Accounts, Posting, PostingHead};
use identity::{Coop, Desk, Identity, InvitationToken};
use jobs::Handlers;
use kernel::{Actor, Clock, PartyId};
use mail::Mailer;
use storage::Storage;
use tempfile::TempDir;
use test_support::TestDb;

use super::people::acting;
use crate::world::{coop_with_makers, in_coop, november};

pub(crate) struct Stage {
    pub(crate) db: TestDb,
    pub(crate) clock: Clock,
    pub(crate) identity: Identity,
    pub(crate) coop: Coop,
    /// The admin.
    pub(crate) ana: Actor,
    pub(crate) storage: Arc<Storage>,
    folder: TempDir,
}

impl Stage {
    /// Noon of the tenth of November.
    pub(crate) async fn open() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(10));
        let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
        let ana = acting(&db, &coop, "Ana", "admin").await;
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::from_url(&format!("file://{}/files", folder.path().display())).unwrap();
        Self { identity: Identity::new(db.pools.orm.clone(), clock.clone()), storage: Arc::new(storage), db, clock, coop, ana, folder }
    }

    /// The same co-op's admin of another co-op, who may do everything there and nothing here.
    pub(crate) async fn stranger(&self) -> Actor {
        let (other, _) = coop_with_makers(&self.db, "quarry", 0).await;
        acting(&self.db, &other, "Eve", "admin").await
    }

    /// Does every job that waits.
    pub(crate) async fn work(&self) {
        let mailer = Mailer::from_url(&format!("maildir://{}/mail", self.folder.path().display()), "house@example.org".parse().unwrap());
        let desk = Desk::new(self.identity.clone(), Arc::clone(&self.storage), mailer.unwrap(), "https://guildhall.example/");
        let worker = jobs::Worker::new(self.db.pools.sqlx.clone(), desk.register(Handlers::new()), self.clock.clone());
        worker.run_until_empty().await.unwrap();
    }

    /// Every letter, oldest first.
    pub(crate) fn letters(&self) -> Vec<String> {
        let folder = self.folder.path().join("mail/new");
        let mut letters: Vec<_> = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap()).collect();
        letters.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
        letters.into_iter().map(|entry| unfolded(&fs::read_to_string(entry.path()).unwrap())).collect()
    }

    /// The token in the newest letter to that address.
    pub(crate) fn token_for(&self, address: &str) -> InvitationToken {
        let letters = self.letters();
        let letter = letters.iter().rev().find(|letter| letter.contains(&format!("To: {address}"))).expect("there is a letter");
        let (_, rest) = letter.split_once("/join#").expect("the letter has a link");
        rest.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Books that the co-op owes a party so much more, or less.
    pub(crate) async fn owe(&self, party: PartyId, amount: i64, source: &str) {
        let head = PostingHead {
            coop: self.coop.id,
            kind: "test",
            source: source.to_owned(),
            currency: self.coop.currency,
            effective_at: november(9),
            available_at: november(9),
            sale: None,
            reverses: None,
            exchange: None,
        };
        let legs = [(Account::own(AccountKind::Transit), amount), (Account::of(AccountKind::MemberPayable, party), -amount)];
        let postings: Vec<Posting> = Posting::try_new(head, legs).unwrap().into_iter().collect();
        in_coop(&self.db, self.coop.id, async |tx| ::ledger::post(tx, &Accounts::default(), &postings).await.unwrap()).await;
    }
}

/// Undoes what quoted-printable does to long lines.
fn unfolded(letter: &str) -> String {
    letter.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=")
}
