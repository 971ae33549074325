//! The demo's treasurers can sign in: each gets a password that is told once and is nobody else's.

use super::{
    cast::{TREASURERS, email},
    opening::Opened,
};
use crate::{failure::Failure, house::House};

/// Gives them passwords, where there is a door to sign in at.
pub(super) async fn treasurers(house: &House, opened: &Opened) -> Result<(), Failure> {
    let Some(access) = house.access()? else { return Ok(()) };
    for ((name, handle), person) in TREASURERS.iter().zip(opened.treasurers) {
        let password = access::invent_password();
        access.give_password(person, &password).await?;
        house.output.say(&format!("  {name} signs in as {} with the password {password}", email(handle)));
    }
    Ok(())
}
