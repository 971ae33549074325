//! Letters to people: links to prove an address, and news of what happened at their door.
//!
//! A letter is sealed before it is put into the queue: neither addresses nor tokens lie there for others to read. Who gets
//! it, and whether anybody does, is looked up by the worker, so that a request does the same for every address.

mod event;
mod letter;
mod post;
mod text;

pub(crate) use event::{Event, tell};
pub use letter::MailLetter;
pub(crate) use letter::{Letter, promise};
pub use post::Post;
