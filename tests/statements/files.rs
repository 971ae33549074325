//! H4: the files of a statement, and the letter it goes with.

use std::sync::Arc;

use ::statements::{Desk, FileKind};
use jobs::{Handlers, Worker};
use mail::Mailer;
use storage::Storage;
use tempfile::TempDir;

use super::house::{House, the_month};
use crate::world::november;

struct Post {
    desk: Desk,
    folder: TempDir,
}

impl Post {
    fn open(house: &House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::from_url(&format!("file://{}/files", folder.path().display())).unwrap();
        let from = "Harbour Makers <books@example.org>".parse().unwrap();
        let mailer = Mailer::from_url(&format!("maildir://{}/mail", folder.path().display()), from).unwrap();
        Self { desk: Desk::new(house.statements.clone(), Arc::new(storage), mailer), folder }
    }

    async fn work(&self, house: &House) -> u64 {
        let handlers = self.desk.clone().register(Handlers::new());
        Worker::new(house.db.pools.sqlx.clone(), handlers, house.clock.clone()).run_until_empty().await.unwrap()
    }

    fn letters(&self) -> Vec<String> {
        let letters = std::fs::read_dir(self.folder.path().join("mail/new")).unwrap();
        letters.map(|letter| std::fs::read_to_string(letter.unwrap().path()).unwrap()).collect()
    }
}

#[tokio::test]
async fn h4_pdf_csv_json_are_stored_and_mailed_once_even_when_the_job_runs_twice() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    house.sell((1_000, 2_000), november(3)).await;
    let issued = house.statements.close(coop, the_month(), None).await.unwrap().statements.issued;
    let post = Post::open(&house);
    assert_eq!(post.work(&house).await, 4 + 3, "four are rendered; the venue has no address, so three are mailed");
    assert_eq!(post.letters().len(), 3);

    let first = &issued[0];
    let stored = house.statements.get(coop.id, &first.number, None).await.unwrap();
    assert!(stored.rendered_at.is_some() && stored.mailed_at.is_some());
    let json = post.desk.file(coop.id, &first.number, None, FileKind::Json).await.unwrap();
    assert_eq!(json, stored.sealed.json.as_bytes(), "the JSON file is what was hashed");
    let pdf = post.desk.file(coop.id, &first.number, None, FileKind::Pdf).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let table = post.desk.file(coop.id, &first.number, None, FileKind::Csv).await.unwrap();
    assert!(table.starts_with(b"statement,revision,currency,line,date,kind,"));
    assert!(post.folder.path().join("files/harbour/2026-11/2026-11-0001-r1.pdf").exists());

    for statement in &issued {
        post.desk.render(coop.id, statement.id).await.unwrap();
        post.desk.mail(coop.id, statement.id).await.unwrap();
    }
    assert_eq!(post.work(&house).await, 0, "no second letter is waiting");
    assert_eq!(post.letters().len(), 3);
    assert_eq!(house.statements.get(coop.id, &first.number, None).await.unwrap(), stored, "the first time counts");
    let message_id = format!("Message-ID: <statement-{}-r1@harbour.guildhall>", first.id);
    assert_eq!(post.letters().iter().filter(|letter| letter.contains(&message_id)).count(), 1);
}

#[tokio::test]
async fn h4_a_letter_that_was_sent_and_not_noted_is_recognised_when_it_is_sent_again() {
    let house = House::open().await;
    house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    let post = Post::open(&house);
    post.work(&house).await;
    // As after a crash between sending and noting.
    let owner = house.db.owner().await;
    let forget =
        "set session_replication_role = replica; delete from statement_event where what = 'mailed'; set session_replication_role = origin";
    sqlx::raw_sql(forget).execute(&owner).await.unwrap();
    for summary in house.statements.list(house.shop.coop.id, the_month()).await.unwrap() {
        post.desk.mail(house.shop.coop.id, summary.id).await.unwrap();
    }
    assert_eq!(post.letters().len(), 3);
}

#[tokio::test]
async fn h4_the_first_view_is_recorded() {
    let house = House::open().await;
    let coop = house.shop.coop.id;
    house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    assert_eq!(house.statements.get(coop, "2026-11-0002", None).await.unwrap().viewed_at, None);
    assert!(house.statements.viewed(coop, "2026-11-0002", None).await.unwrap());
    let at = house.clock.now();
    house.clock.advance(chrono::TimeDelta::days(1));
    assert!(!house.statements.viewed(coop, "2026-11-0002", None).await.unwrap());
    assert_eq!(house.statements.get(coop, "2026-11-0002", None).await.unwrap().viewed_at, Some(at));
}
