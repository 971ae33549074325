//! Staying signed in, and showing it with each request.

use super::repo::{self, Ending, IDLE_LIVES, WHOLE_LIFE};
use crate::{
    Access, AccessError, Grant, Signed, Visitor,
    mails::{Event, tell},
    people,
    tokens::{RefreshToken, Verdict, judge},
};

impl Access {
    /// Who a request is of: verified in memory, without a statement in the steady state. A session that ended is noticed
    /// within five seconds. `bearer` is the token as it came, without the word before it.
    pub async fn authenticate(&self, bearer: &str) -> Result<Signed, AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let signed = inner.keys.verify(bearer, now).await?;
        inner.living.pass(&inner.db, signed, now).await?;
        self.tidy_sometimes(now).await;
        Ok(signed)
    }

    /// The next tokens for a refresh token. A spent one ends its session and is told to its owner, except when the same one
    /// comes twice within seconds: then it gets what it got before.
    #[tracing::instrument(name = "access.refresh", skip_all)]
    pub async fn refresh(&self, visitor: &Visitor, refresh_token: &str) -> Result<Grant, AccessError> {
        let inner = &self.inner;
        let dead = || AccessError::NotSignedIn("the refresh token is not good");
        let token = RefreshToken::parse(refresh_token).ok_or_else(dead)?;
        let tx = db::begin_global(&inner.db).await?;
        let now = inner.clock.now();
        let mut row = repo::lock(&tx, token.session).await?.filter(|row| token.is_of(&inner.ring, &row.seed)).ok_or_else(dead)?;
        if row.ended_at.is_some() || row.expires_at <= now {
            return Err(AccessError::NotSignedIn("this session has ended"));
        }
        match judge(token.generation, row.generation, row.rotated_at, now) {
            Verdict::Next => {
                row.generation += 1;
                row.rotated_at = now;
                row.expires_at = (now + IDLE_LIVES).min(row.started_at + WHOLE_LIFE);
                repo::advance(&tx, &row, visitor, now).await?;
            }
            Verdict::Again => {}
            Verdict::Reuse => {
                let signed = row.signed();
                repo::end_one(&tx, (signed.person, signed.session), Ending::Reuse, now).await?;
                if let Some(known) = people::by_id(&tx, signed.person).await? {
                    tell(inner, &tx, &known, Event::Reuse, Some((Some(signed.session), visitor))).await?;
                }
                tx.commit().await?;
                inner.living.ended([signed.session], now);
                tracing::warn!(session.id = %signed.session, "a spent refresh token was shown; its session {} has ended", signed.session);
                return Err(AccessError::NotSignedIn("this refresh token was used before, so the session has ended for everyone"));
            }
        }
        let grant = inner.grant(&row, now).await?;
        tx.commit().await?;
        Ok(grant)
    }
}
