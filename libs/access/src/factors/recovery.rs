//! Recovery codes: for the day on which the phone is lost. Ten, each opens once, 80 random bits each.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    AccessError,
    random::{invent_password, token_hash},
};

/// How many a person gets.
const HOW_MANY: usize = 10;

/// As it is kept: the hash of its letters, however they were typed.
fn hash(code: &str) -> Vec<u8> {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    token_hash(&letters.to_ascii_lowercase())
}

/// New codes in place of the old ones. They are shown now and never again.
pub(super) async fn make(db: &impl ConnectionTrait, person: PersonId, now: DateTime<Utc>) -> Result<Vec<String>, DbErr> {
    const REPLACE: &str = "
        with gone as (delete from recovery_code where person_id = $1)
        insert into recovery_code (person_id, code_hash, made_at) select $1, new.code_hash, $3 from unnest($2::bytea[]) as new (code_hash)";
    let codes: Vec<String> = (0..HOW_MANY).map(|_| invent_password()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(code)).collect();
    db.execute_raw(statement(REPLACE, [person.0.into(), hashes.into(), now.into()])).await?;
    Ok(codes)
}

/// Takes a code, once.
pub(super) async fn take(db: &impl ConnectionTrait, person: PersonId, shown: &str, now: DateTime<Utc>) -> Result<(), AccessError> {
    const USE_UP: &str = "update recovery_code set used_at = $3 where person_id = $1 and code_hash = $2 and used_at is null";
    let used = db.execute_raw(statement(USE_UP, [person.0.into(), hash(shown).into(), now.into()])).await?;
    if used.rows_affected() == 0 { Err(AccessError::WrongFactor) } else { Ok(()) }
}

/// Codes go with the last factor that they stand in for.
pub(super) async fn forget(db: &impl ConnectionTrait, person: PersonId) -> Result<(), DbErr> {
    db.execute_raw(statement("delete from recovery_code where person_id = $1", [person.0.into()])).await?;
    Ok(())
}

/// Codes that were not used yet.
pub(crate) async fn recovery_codes_left(db: &impl ConnectionTrait, person: PersonId) -> Result<i64, DbErr> {
    const COUNT: &str = "select count(*) as left from recovery_code where person_id = $1 and used_at is null";
    let row = db.query_one_raw(statement(COUNT, [person.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "left"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = invent_password();
        assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 4], "{code}");
        assert_eq!(hash(&code), hash(&format!(" {}", code.to_uppercase().replace('-', " "))));
        assert_ne!(hash(&code), hash(&invent_password()));
    }
}
