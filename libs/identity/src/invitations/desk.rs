//! The letter of an invitation. A job: it may run twice, and then the later letter counts.

use db::statement;
use jobs::{Attempt, Task};
use kernel::CoopId;
use mail::{Address, Letter};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

use super::{InvitationId, InvitationToken, repo};
use crate::{Desk, IdentityError};

/// Write and mail the letter of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendInvitation {
    /// Which invitation.
    pub invitation: InvitationId,
    /// Which of its letters; when another was asked for since, this one is not written.
    pub letter: i32,
}

impl Task for SendInvitation {
    const NAME: &'static str = "identity.send_invitation";
}

#[derive(FromQueryResult)]
struct Words {
    email: String,
    coop: String,
    slug: String,
    role: String,
    inviter: Option<String>,
    expires_on: String,
}

async fn words(tx: &db::Tx, coop: CoopId, id: InvitationId) -> Result<Words, IdentityError> {
    const WORDS: &str = "
        select invitation.email, coop.name as coop, coop.slug, role.name as role, person.name as inviter,
               to_char(invitation.expires_at at time zone coop.time_zone, 'YYYY-MM-DD') as expires_on
        from invitation
        join coop on coop.coop_id = invitation.coop_id
        join role on role.coop_id = invitation.coop_id and role.role_id = invitation.role_id
        left join person on person.person_id = invitation.invited_by
        where invitation.coop_id = $1 and invitation.invitation_id = $2";
    let found = Words::find_by_statement(statement(WORDS, [coop.0.into(), id.0.into()])).one(tx).await?;
    found.ok_or(IdentityError::NoInvitation)
}

/// Makes the token, keeps its hash, and mails the letter. When the letter went out and that was not noted, the next try
/// writes another with another token: the last one that arrives is the one that counts.
pub(crate) async fn send(desk: &Desk, task: SendInvitation, attempt: Attempt) -> Result<(), IdentityError> {
    let token = InvitationToken::generate(attempt.coop, task.invitation);
    let tx = db::begin(&desk.identity.db, attempt.coop).await?;
    if !repo::keep_hash(&tx, &token, task.letter, desk.identity.clock.now()).await? {
        return Ok(());
    }
    let words = words(&tx, attempt.coop, task.invitation).await?;
    tx.commit().await?;
    let letter = Letter {
        to: words.email.parse::<Address>()?,
        subject: format!("{} invites you", words.coop),
        text: text(&words, &desk.web_origin, &token.to_text()),
        attachments: Vec::new(),
        message_id: format!("invitation-{}-l{}-t{}@{}.guildhall", task.invitation, task.letter, attempt.number, words.slug).parse()?,
    };
    Ok(desk.mailer.send(&letter).await?)
}

/// The token stands behind the #, which browsers keep to themselves: no server writes it into a log.
fn text(words: &Words, web_origin: &str, token: &str) -> String {
    let Words { coop, role, expires_on, .. } = words;
    let inviter = words.inviter.as_deref().unwrap_or(coop);
    format!(
        "Hello,\n\n{inviter} invites you to {coop}, as {role}.\n\nSign in, or sign up with this address, and accept here:\n\n\
         {web_origin}/join#{token}\n\nThe invitation is open until {expires_on} and works once. Whoever has this letter can use it: \
         keep it to yourself.\nIf you do not know {coop}, do nothing.\n"
    )
}
