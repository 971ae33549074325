//! Finding: products of the co-op by words, filters and facets; and for strangers, what listed co-ops publish near a place.

mod listing;
mod nearby;
mod search;

use async_graphql::MergedObject;

/// What can be found.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct DiscoveryQuery(search::SearchQuery, nearby::NearbyQuery, listing::ListingQuery);

pub(crate) use listing::ListingMutation as DiscoveryMutation;
