//! Every table of a co-op is audited, or it is said here why not.

use std::collections::{BTreeMap, BTreeSet};

use test_support::TestDb;

/// The tables of co-ops that leave no entries.
const NOT_AUDITED: &[(&str, &str)] = &[
    ("account", "opened by the books themselves"),
    ("allocation", "a record itself"),
    ("audit_entry", "it is the audit"),
    ("balance", "a sum over entries"),
    ("bank_payout", "what Stripe says"),
    ("catalogue_change", "numbers what is audited where it is changed"),
    ("catalogue_touched", "is gone when its transaction ends"),
    ("catalogue_version", "numbers what is audited where it is changed"),
    ("cost_share", "a record itself"),
    ("dispute", "what Stripe says"),
    ("drop_buyer", "a sum over claims"),
    ("drop_claim", "its reservation is the record"),
    ("entry", "a record itself"),
    ("field_use", "counts requests"),
    ("guarantee_outcome", "follows from closing a month"),
    ("idempotency", "what was answered before"),
    ("import_parked", "the rows of a file, with what became of them"),
    ("kit_reservation", "follows from its reservation"),
    ("ledger_check", "a record itself"),
    ("ledger_mark", "a sum over entries"),
    ("lot", "its movements are the record, and who recalled it stands in it"),
    ("movement", "a record itself"),
    ("number_series", "follows from issuing statements"),
    ("patronage_share", "follows from its patronage"),
    ("payout", "each step is in payout_step"),
    ("payout_step", "a record itself"),
    ("period_balance", "a sum over entries"),
    ("pickup", "follows from its reservation"),
    ("posting", "a record itself"),
    ("preorder", "a buyer's own; what was paid for it is in deposit"),
    ("product_import_reject", "the rows of a file, with what was wrong"),
    ("product_import_touch", "what it touched is audited"),
    ("product_search", "follows from products"),
    ("rate_bucket", "counts requests"),
    ("refund", "its posting is the record"),
    ("reservation", "its movements are the record"),
    ("reservation_line", "a record itself"),
    ("rsvp", "a buyer's own"),
    ("running_total", "a sum over sales"),
    ("sale", "its postings are the record"),
    ("sale_line", "its postings are the record"),
    ("seal", "a record itself"),
    ("statement", "a record itself"),
    ("statement_event", "a record itself"),
    ("stock", "a sum over movements and reservations"),
    ("stock_allocation", "a sum over movements and reservations"),
    ("stock_count", "a record itself"),
    ("stock_count_line", "a record itself"),
    ("stock_transfer", "its movements are the record"),
    ("stock_transfer_line", "its movements are the record"),
    ("stripe_event", "a record itself; replaying one is a note"),
    ("stripe_ref", "follows from what it points to"),
    ("terms", "follows from agreements"),
    ("waitlist_entry", "a buyer's own"),
];

#[tokio::test]
async fn k2_every_table_of_a_co_op_is_audited_or_has_a_reason() {
    let db = TestDb::new().await;
    let rows: Vec<(String, bool)> = sqlx::query_as(
        "select relname::text, exists (select from pg_trigger where tgrelid = pg_class.oid and tgname = 'audited' and tgenabled = 'O')
         from pg_class join pg_attribute on attrelid = pg_class.oid and attname = 'coop_id' and not attisdropped
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')",
    )
    .fetch_all(&db.owner().await)
    .await
    .unwrap();
    let audited: BTreeMap<&str, bool> = rows.iter().map(|(table, audited)| (table.as_str(), *audited)).collect();
    let excused: BTreeSet<&str> = NOT_AUDITED.iter().map(|(table, _)| *table).collect();
    let silent: Vec<_> = audited.iter().filter(|(table, audited)| !**audited && !excused.contains(*table)).collect();
    assert_eq!(silent, Vec::<(&&str, &bool)>::new(), "call audited('…') in the migration, or say here why not");
    let stale: Vec<_> = excused.iter().filter(|table| audited.get(*table) != Some(&false)).collect();
    assert_eq!(stale, Vec::<&&str>::new(), "a table that is audited, or gone, needs no excuse");
}
