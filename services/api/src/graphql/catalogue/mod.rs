//! The catalogue: products in variants, each offered by one or several makers at prices of their own.

mod bulk;
mod category;
mod input;
mod medium;
mod mutation;
mod offer;
mod product;
mod query;
mod variant;

use async_graphql::MergedObject;
use catalogue::CatalogueError;

pub(crate) use category::{CATEGORY, Category};
pub(crate) use medium::{MEDIUM, Medium};
pub(crate) use offer::{OFFER, Offer};
pub(crate) use product::{PRODUCT, Product, ProductStatus};
pub(crate) use query::{CatalogueQuery, category, medium, offer, product, variant};
pub(crate) use variant::{VARIANT, Variant};

use super::{
    base::{Failure, Problem},
    sales::SaleChannel,
};

/// What can be done with the catalogue.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct CatalogueMutation(mutation::ProductMutation, bulk::BulkMutation, category::CategoryMutation, medium::MediumMutation);

/// What was wrong with the input, each with its place: `skip` parts of the paths are the service's own, `under` leads to the rest.
fn told(error: CatalogueError, under: &[&str], skip: usize) -> Failure {
    if error.flaws().is_empty() {
        return error.into();
    }
    Failure::Refused(error.flaws().iter().map(|flaw| problem(flaw, under, skip)).collect())
}

fn problem(flaw: &catalogue::Flaw, under: &[&str], skip: usize) -> Problem {
    let path = under.iter().map(|part| (*part).to_owned()).chain(flaw.path.iter().skip(skip).cloned()).collect();
    Problem { code: flaw.code.into(), message: flaw.message.clone(), path }
}

/// The catalogue's word for a channel of sales.
pub(crate) const fn channel_of(channel: SaleChannel) -> catalogue::Channel {
    match channel {
        SaleChannel::Web => catalogue::Channel::Web,
        SaleChannel::Till => catalogue::Channel::Till,
        SaleChannel::Stream => catalogue::Channel::Stream,
        SaleChannel::Subscription => catalogue::Channel::Subscription,
    }
}

/// The graph's word for a channel of the catalogue.
pub(crate) const fn sale_channel(channel: catalogue::Channel) -> SaleChannel {
    match channel {
        catalogue::Channel::Web => SaleChannel::Web,
        catalogue::Channel::Till => SaleChannel::Till,
        catalogue::Channel::Stream => SaleChannel::Stream,
        catalogue::Channel::Subscription => SaleChannel::Subscription,
    }
}
