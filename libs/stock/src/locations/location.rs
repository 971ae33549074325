//! A place that stock can lie at.

use chrono::{DateTime, Utc};
use kernel::LocationId;
use serde::{Deserialize, Serialize};

use crate::StockError;

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocationKind {
    /// Where things are made or kept.
    Studio,
    /// A shop of the co-op's own.
    Shop,
    /// A stall at a market.
    Stall,
    /// Something that drives.
    Van,
    /// Where what is sold on the web is packed.
    Web,
}

/// A point on the earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    latitude: f64,
    longitude: f64,
}

impl Spot {
    /// # Errors
    /// When it is not on the earth.
    pub fn try_new(latitude: f64, longitude: f64) -> Result<Self, StockError> {
        if (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) {
            Ok(Self { latitude, longitude })
        } else {
            Err(StockError::Invalid("a latitude is -90 to 90 degrees, a longitude -180 to 180".to_owned()))
        }
    }

    /// Degrees north.
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    pub const fn longitude(self) -> f64 {
        self.longitude
    }
}

/// A place to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLocation {
    /// Its number: making it again with it is the same place.
    pub id: LocationId,
    /// What kind of place it is.
    pub kind: LocationKind,
    /// What people call it.
    pub name: String,
    /// Where it is, if it stays anywhere.
    pub spot: Option<Spot>,
}

/// What of a place is to be different.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocationChange {
    /// What people call it.
    pub name: Option<String>,
    /// Where it is.
    pub spot: Option<Spot>,
    /// Whether nothing comes in and nothing is sold there any more.
    pub archived: Option<bool>,
}

/// A place that stock can lie at.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// Its number.
    pub id: LocationId,
    /// What kind of place it is.
    pub kind: LocationKind,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub spot: Option<Spot>,
    /// Since when nothing comes in and nothing is sold there.
    pub archived_at: Option<DateTime<Utc>>,
}
