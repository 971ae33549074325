//! What is done after somebody asked for it: letters and exports. The jobs may run twice.

use std::sync::Arc;

use jobs::{Attempt, Handlers};
use mail::Mailer;
use storage::Storage;

use crate::{
    Identity,
    coops::{self, MakeExport},
    invitations::{self, SendInvitation},
};

/// Where invitations are written and exports are packed.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) identity: Identity,
    pub(crate) storage: Arc<Storage>,
    pub(crate) mailer: Mailer,
    /// Where links in letters lead, without a slash at the end.
    pub(crate) web_origin: String,
}

impl Desk {
    /// Files go to `storage`, letters through `mailer`; links in them lead to the web pages at `web_origin`.
    pub fn new(identity: Identity, storage: Arc<Storage>, mailer: Mailer, web_origin: &str) -> Self {
        Self { identity, storage, mailer, web_origin: web_origin.trim_end_matches('/').to_owned() }
    }

    /// Lets this desk do the jobs of co-ops and members.
    #[must_use]
    pub fn register(self, handlers: Handlers) -> Handlers {
        let (writer, packer) = (self.clone(), self);
        handlers
            .on(move |task: SendInvitation, attempt: Attempt| {
                let desk = writer.clone();
                async move { invitations::send(&desk, task, attempt).await }
            })
            .on(move |task: MakeExport, attempt: Attempt| {
                let desk = packer.clone();
                async move { coops::make_export(&desk, task, attempt).await }
            })
    }
}
