//! Sending letters. A job may run twice: the letter has the same message id each time.

use jobs::{Attempt, Handlers};
use mail::{Address, Letter as Mail, Mailer};

use super::{Letter, MailLetter, text};
use crate::{
    Access, AccessError,
    people::{self, Email},
};

/// Where the door's letters are sent from.
#[derive(Clone, Debug)]
pub struct Post {
    access: Access,
    mailer: Mailer,
}

impl Post {
    /// Letters leave through `mailer`.
    pub fn new(access: Access, mailer: Mailer) -> Self {
        Self { access, mailer }
    }

    /// Lets this post do the jobs of letters.
    #[must_use]
    pub fn register(self, handlers: Handlers) -> Handlers {
        handlers.on(move |task: MailLetter, _: Attempt| {
            let post = self.clone();
            async move { post.send(&task).await }
        })
    }

    /// Sends a letter, to whom it concerns by now.
    #[tracing::instrument(name = "access.mail", skip_all, fields(letter.id = %task.letter), err)]
    pub async fn send(&self, task: &MailLetter) -> Result<(), AccessError> {
        let inner = &self.access.inner;
        let letter = task.open(inner)?;
        let origin = inner.config.web_origin.as_str().trim_end_matches('/');
        let (name, email, text) = match &letter {
            Letter::SignUp { email, token } => match people::by_email(&inner.db, &Email::parse(email)?).await? {
                Some(known) => (known.name, known.email, text::has_account(origin)),
                None => (String::new(), email.clone(), text::confirm(origin, token)),
            },
            Letter::ChangeEmail { email, name, token } => match people::by_email(&inner.db, &Email::parse(email)?).await? {
                Some(known) => (known.name, known.email, text::has_account(origin)),
                None => (name.clone(), email.clone(), text::confirm_change(origin, token)),
            },
            Letter::Reset { email, token } => match people::by_email(&inner.db, &Email::parse(email)?).await? {
                Some(known) => (known.name, known.email, text::reset(origin, token)),
                None => return Ok(()),
            },
            Letter::News { email, name, event, at, device, from } => {
                (name.clone(), email.clone(), text::news(origin, *event, *at, device.as_deref(), *from))
            }
        };
        let mail = Mail {
            to: Address::named(&name, &email)?,
            text: text.greeted(&name),
            subject: text.subject,
            attachments: Vec::new(),
            message_id: format!("access-{}@guildhall", task.letter).parse()?,
        };
        Ok(self.mailer.send(&mail).await?)
    }
}
