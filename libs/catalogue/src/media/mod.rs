//! Pictures: checked by their bytes, kept in the object storage under a key made of them.

mod medium;
mod picture;
mod service;

pub use medium::{Medium, MediumId, NewMedium, media_of, media_of_products};
pub use picture::{PICTURE_TYPES, Picture};
pub use service::{MAX_MEDIA, MAX_MEDIUM_BYTES};
