//! The door: signing up, in and out, second factors, sessions. None of it needs a co-op to be named.

mod event;
mod person;
mod security;
mod signing_in;

use ::access::{Access, Visitor};
use async_graphql::{Context, MergedObject};
use kernel::{Code, Refusal};

use super::base::{Answer, Asking as _};

pub(crate) use person::AccessQuery;

/// What can be done at the door.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct AccessMutation(signing_in::SigningIn, security::Security, security::Factors);

/// The door, where there is one.
fn door<'a>(ctx: &Context<'a>) -> Answer<&'a Access> {
    let door = ctx.data_unchecked::<super::House>().access.as_ref();
    Ok(door.ok_or_else(|| Refusal::new(Code::NotNow, "nobody can sign in here: this api was started without the settings for it"))?)
}

/// From where and with what somebody asks.
fn visitor(ctx: &Context<'_>) -> Visitor {
    ctx.data_opt::<Visitor>().cloned().unwrap_or_else(|| Visitor::new(None, ""))
}

/// The door, and who is signed in.
fn signed<'a>(ctx: &Context<'a>) -> Answer<(&'a Access, ::access::Signed)> {
    let signed = ctx.signed()?;
    Ok((door(ctx)?, signed))
}
