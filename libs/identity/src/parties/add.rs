//! Adding parties.

use db::statement;
use kernel::{CoopId, PartyId};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _};

use super::{NewParty, accounts::name_accounts};
use crate::{IdentityError, entity::party, error::taken};

/// Adds parties in one statement and returns their numbers in the same order.
pub async fn add_parties(tx: &db::Tx, coop: CoopId, new: Vec<NewParty>) -> Result<Vec<PartyId>, IdentityError> {
    let handles: Vec<String> = new.iter().map(|party| party.handle.clone()).collect();
    let rows = new.into_iter().map(|new| party::ActiveModel {
        coop_id: Set(coop.0),
        kind: Set(new.kind),
        handle: Set(new.handle),
        name: Set(new.name),
        email: Set(new.email),
        stripe_account: Set(new.stripe_account),
        minimum_payout: Set(new.minimum_payout),
        ..Default::default()
    });
    let made =
        party::Entity::insert_many(rows).exec_with_returning(tx).await.map_err(|error| taken(error, "party", &handles.join(", ")))?;
    let connected = made.iter().filter_map(|row| Some((PartyId(row.party_id), row.stripe_account.clone()?)));
    name_accounts(tx, coop, connected.collect()).await?;
    Ok(made.into_iter().map(|row| PartyId(row.party_id)).collect())
}

/// A handle that is free in the co-op: made of a name, with a number behind it where others have it already.
pub(crate) async fn free_handle(tx: &db::Tx, coop: CoopId, name: &str) -> Result<String, DbErr> {
    const FREE: &str = "
        select free.handle from (
            select case number when 1 then $2 else $2 || '-' || number end as handle, number
            from generate_series(1, 1 + (select count(*) from party where coop_id = $1)) as number
        ) free
        where not exists (select from party where party.coop_id = $1 and party.handle = free.handle)
        order by free.number limit 1";
    let row = tx.query_one_raw(statement(FREE, [coop.0.into(), handle_of(name).into()])).await?;
    row.ok_or(DbErr::RecordNotFound("there are more numbers than parties".to_owned()))?.try_get("", "handle")
}

/// Characters of a handle that come from a name; the rest is for a number.
const HANDLE_LENGTH: usize = 40;

/// A name in the letters that handles are made of.
fn handle_of(name: &str) -> String {
    let mut handle = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            handle.push(character);
        } else if !handle.is_empty() && !handle.ends_with('-') {
            handle.push('-');
        }
    }
    handle.truncate(HANDLE_LENGTH);
    let handle = handle.trim_end_matches('-');
    if handle.is_empty() { "member".to_owned() } else { handle.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::handle_of;

    #[test]
    fn a_handle_is_made_of_any_name() {
        assert_eq!(handle_of("Ana Ferreira"), "ana-ferreira");
        assert_eq!(handle_of("  O'Neill & Søn "), "o-neill-s-n");
        assert_eq!(handle_of("李"), "member");
        assert_eq!(handle_of(&"x".repeat(80)).len(), 40);
    }
}
