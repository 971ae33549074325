//! What can go wrong in the catalogue.

use kernel::{Code, OfferId, ProductId, Refusal, VariantId};
use sea_orm::DbErr;
use storage::StorageError;

use crate::{CategoryId, Flaw, MAX_BATCH, MAX_CATEGORIES, MAX_DEPTH, MAX_MEDIA, MAX_MEDIUM_BYTES, MediumId};

/// Why something of the catalogue was not found or saved.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The co-op has no such product.
    #[error("there is no product {0}")]
    NoProduct(ProductId),
    /// The co-op has no such variant.
    #[error("there is no variant {0}")]
    NoVariant(VariantId),
    /// No variant has that SKU or barcode.
    #[error("there is no variant with the {what} {code:?}")]
    NoVariantWith {
        /// What was asked by.
        what: &'static str,
        /// The SKU or barcode.
        code: String,
    },
    /// The co-op has no such offer.
    #[error("there is no offer {0}")]
    NoOffer(OfferId),
    /// The co-op has no such category.
    #[error("there is no category {0}")]
    NoCategory(CategoryId),
    /// The co-op has no such picture.
    #[error("there is no picture {0}")]
    NoMedium(MediumId),
    /// The offer is somebody else's.
    #[error("this offer is another maker's; it takes the permission catalogue.write to change it")]
    NotYours,
    /// Something is wrong with what was sent, and nothing of it was saved.
    #[error("{} of the rows cannot be saved as they are, the first because {}", .0.len(), .0.first().map_or("", |flaw| flaw.message.as_str()))]
    Flawed(Vec<Flaw>),
    /// The batch is too long.
    #[error("{MAX_BATCH} rows at once are the most; send the others afterwards")]
    TooMany,
    /// Somebody else wrote the same at the same moment.
    #[error("somebody else took a handle, SKU or barcode of these at the same moment; look again and send it once more")]
    Taken,
    /// A category that cannot be one.
    #[error("that is no category: {0}")]
    BadCategory(&'static str),
    /// Another category has the name or handle.
    #[error("there is a category of that handle, or of that name beside it; choose another")]
    CategoryTaken,
    /// The tree would be too deep.
    #[error("categories lie at most {MAX_DEPTH} deep; put it further up")]
    TooDeep,
    /// A category was to be put below itself.
    #[error("a category cannot lie below itself")]
    BelowItself,
    /// The co-op has enough categories.
    #[error("a co-op has {MAX_CATEGORIES} categories at most; delete one that nobody needs")]
    TooManyCategories,
    /// A category was to be deleted that products or other categories are in.
    #[error("products or other categories are in this category; put them elsewhere first")]
    CategoryInUse,
    /// The bytes are no picture that everybody can see.
    #[error("the file is no JPEG, PNG or WebP that a browser could show; export it as one of these")]
    NoPicture,
    /// The picture is too large.
    #[error("the file has {0} bytes; {MAX_MEDIUM_BYTES} is the most, so save it smaller")]
    LargePicture(usize),
    /// The picture has no usable description.
    #[error("what a picture shows is said in 500 characters at most, without control characters")]
    Alt,
    /// A picture was to stand where there is no place.
    #[error("a position is 0 to 1,000,000")]
    Position,
    /// The product has enough pictures.
    #[error("a product has {MAX_MEDIA} pictures at most; remove one first")]
    TooManyMedia,
    /// The place for files failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database failed, or holds what this version does not know.
    #[error("the catalogue could not be reached")]
    Db(#[from] DbErr),
}

impl CatalogueError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::NoProduct(_)
            | Self::NoVariant(_)
            | Self::NoVariantWith { .. }
            | Self::NoOffer(_)
            | Self::NoCategory(_)
            | Self::NoMedium(_) => Code::NotFound,
            Self::NotYours => Code::Forbidden,
            Self::Flawed(flaws) => flaws.first().map_or(Code::InvalidInput, |flaw| flaw.code),
            Self::TooMany
            | Self::BadCategory(_)
            | Self::TooDeep
            | Self::BelowItself
            | Self::NoPicture
            | Self::LargePicture(_)
            | Self::Alt
            | Self::Position => Code::InvalidInput,
            Self::Taken | Self::CategoryTaken => Code::Conflict,
            Self::TooManyCategories | Self::CategoryInUse | Self::TooManyMedia => Code::NotNow,
            Self::Storage(_) | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }

    /// What was wrong, row by row, where that is known.
    pub fn flaws(&self) -> &[Flaw] {
        if let Self::Flawed(flaws) = self { flaws } else { &[] }
    }
}
