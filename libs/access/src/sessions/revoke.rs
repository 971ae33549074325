//! Looking at one's sessions, and ending them.

use kernel::SessionId;

use super::repo::{self, Ending};
use crate::{Access, AccessError, Session, Signed};

impl Access {
    /// Ends the session that asks. Once is enough: again is no error.
    #[tracing::instrument(name = "access.sign_out", skip_all, fields(session.id = %signed.session))]
    pub async fn sign_out(&self, signed: Signed) -> Result<(), AccessError> {
        let now = self.inner.clock.now();
        repo::end_one(&self.inner.db, (signed.person, signed.session), Ending::SignedOut, now).await?;
        self.inner.living.ended([signed.session], now);
        Ok(())
    }

    /// The person's sessions that are alive, the last used first, at most 100.
    pub async fn sessions(&self, signed: Signed) -> Result<Vec<Session>, AccessError> {
        Ok(repo::list(&self.inner.db, signed, self.inner.clock.now()).await?)
    }

    /// Ends one of the person's sessions. Another person's does not exist here.
    #[tracing::instrument(name = "access.revoke", skip_all, fields(session.id = %session))]
    pub async fn revoke(&self, signed: Signed, session: SessionId) -> Result<(), AccessError> {
        let now = self.inner.clock.now();
        if !repo::end_one(&self.inner.db, (signed.person, session), Ending::Revoked, now).await? {
            return Err(AccessError::Nothing("session"));
        }
        self.inner.living.ended([session], now);
        Ok(())
    }

    /// Ends every session of the person but the one that asks. Returns how many there were.
    #[tracing::instrument(name = "access.revoke_others", skip_all, fields(session.id = %signed.session))]
    pub async fn revoke_others(&self, signed: Signed) -> Result<usize, AccessError> {
        let now = self.inner.clock.now();
        let ended = repo::end_all(&self.inner.db, signed.person, Some(signed.session), Ending::Revoked, now).await?;
        let count = ended.len();
        self.inner.living.ended(ended, now);
        Ok(count)
    }
}
