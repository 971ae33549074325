//! Who reads the audit, and how.

use ::audit::{Entry, Filter};
use db::Acting;
use identity::{NewParty, PartyKind};
use kernel::{Actor, Code, Permission, Permissions};

use super::{Stage, person};
use crate::world::{coop_with_makers, in_coop, two_treasurers};

impl Stage {
    async fn add_party(&self, number: usize) {
        let new = NewParty {
            kind: PartyKind::Member,
            handle: format!("more-{number}"),
            name: format!("More {number}"),
            email: None,
            stripe_account: None,
            minimum_payout: 0,
        };
        let coop = self.coop.id;
        in_coop(&self.db, coop, async |tx| identity::add_parties(tx, coop, vec![new]).await.unwrap()).await;
    }
}

#[tokio::test]
async fn k2_the_audit_is_read_with_the_permission_and_by_no_other_co_op() {
    let stage = Stage::new().await;
    let nobody = Actor { permissions: Permissions::default(), ..stage.ana };
    let refused = ::audit::list(&stage.db.pools.orm, &nobody, &Filter::default(), None, 10).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, Code::Forbidden);
    let reader = Actor { permissions: [Permission::AuditRead].into_iter().collect(), ..stage.ana };
    assert!(!::audit::list(&stage.db.pools.orm, &reader, &Filter::default(), None, 10).await.unwrap().entries.is_empty());

    let (island, _) = coop_with_makers(&stage.db, "island", 0).await;
    let (eve, _) = two_treasurers(&stage.db, island.id).await;
    let eve = person(&island, eve);
    let ours: Vec<i64> = stage.entries(&Filter::default()).await.iter().map(|entry| entry.id).collect();
    for filter in [Filter::default(), Filter { person: stage.ana.person().ok(), ..Filter::default() }] {
        let theirs = ::audit::list(&stage.db.pools.orm, &eve, &filter, None, 100).await.unwrap().entries;
        assert!(theirs.iter().all(|entry| !ours.contains(&entry.id)), "{filter:?}");
    }
}

#[tokio::test]
async fn k2_pages_show_each_entry_once_while_others_are_added() {
    let stage = Stage::new().await;
    for number in 0..20 {
        stage.add_party(number).await;
    }
    let all: Vec<i64> = stage.entries(&Filter::default()).await.iter().map(|entry| entry.id).collect();
    assert!(all.is_sorted_by(|newer, older| newer > older) && all.len() > 20);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = ::audit::list(&stage.db.pools.orm, &stage.ana, &Filter::default(), after, 7).await.unwrap();
        seen.extend(page.entries.iter().map(|entry| entry.id));
        after = page.entries.last().map(Entry::cursor);
        stage.add_party(100 + seen.len()).await;
        if !page.has_more {
            break;
        }
        assert_eq!(page.entries.len(), 7);
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn k2_filters_leave_what_was_asked_for() {
    let stage = Stage::new().await;
    let made = db::acting(Acting::new(stage.ana.who, "createApiKey", None), stage.keys.create(&stage.ana, stage.new_key("Till"))).await;
    let made = made.unwrap();
    let actor = stage.keys.authenticate(made.token.reveal()).await.unwrap().unwrap();
    db::acting(Acting::new(actor.who, "addParty", None), stage.add_party(1)).await;

    let by_ana = stage.entries(&Filter { person: stage.ana.person().ok(), ..Filter::default() }).await;
    assert_eq!(by_ana.iter().map(|entry| entry.table.as_str()).collect::<Vec<_>>(), ["api_key_secret", "api_key"]);
    let by_key = stage.entries(&Filter { api_key: Some(made.key.id), ..Filter::default() }).await;
    assert_eq!(by_key.len(), 1);
    assert!(by_key[0].to_string().starts_with("The key \"Till\" added party "), "{}", by_key[0]);
    let of_row =
        Filter { table: Some("api_key".to_owned()), key: Some(made.key.id.to_string()), since: Some(by_ana[1].at), ..Filter::default() };
    assert_eq!(stage.entries(&of_row).await, by_ana[1..]);
    let later = Filter { since: Some(by_key[0].at), ..Filter::default() };
    assert_eq!(stage.entries(&later).await, by_key);
}
