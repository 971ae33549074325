//! The part of Stripe's API that Guildhall uses: one module per family of objects, each with its routes.

pub(crate) mod account_links;
pub(crate) mod accounts;
pub(crate) mod balance;
pub(crate) mod charges;
mod confirm;
mod customers;
pub(crate) mod disputes;
mod events;
mod payment_intents;
pub(crate) mod payouts;
pub(crate) mod refunds;
mod reversals;
mod test_cards;
pub(crate) mod transfers;
pub(crate) mod webhook_endpoints;

use serde_json::Value;

use crate::{error::ApiError, params::Params, state::State};

/// One request being served.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    /// The account it is about: the platform, or the one of the `Stripe-Account` header.
    pub(crate) owner: String,
    pub(crate) params: Params,
    /// What the `{id}`s of the route stand for.
    pub(crate) ids: Vec<String>,
}

impl Call<'_> {
    pub(crate) fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    /// The owner's object that the URL names.
    pub(crate) fn get(&self, kind: &str) -> Result<&Value, ApiError> {
        self.state.get(&self.owner, kind, self.id(), None)
    }
}

type Handler = fn(&mut Call<'_>) -> Result<Value, ApiError>;

/// A method and path, what it takes, and what it does.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// The parameters it knows; a name that ends in `!` is required.
    pub(crate) params: &'static [&'static str],
    pub(crate) run: Handler,
}

const fn get(path: &'static str, params: &'static [&'static str], run: Handler) -> Route {
    Route { method: "GET", path, params, run }
}

const fn post(path: &'static str, params: &'static [&'static str], run: Handler) -> Route {
    Route { method: "POST", path, params, run }
}

const fn delete(path: &'static str, run: Handler) -> Route {
    Route { method: "DELETE", path, params: &[], run }
}

static FAMILIES: [&[Route]; 13] = [
    payment_intents::ROUTES,
    charges::ROUTES,
    refunds::ROUTES,
    balance::ROUTES,
    transfers::ROUTES,
    reversals::ROUTES,
    payouts::ROUTES,
    disputes::ROUTES,
    accounts::ROUTES,
    account_links::ROUTES,
    customers::ROUTES,
    events::ROUTES,
    webhook_endpoints::ROUTES,
];

/// A route and what its `{id}`s stand for.
pub(crate) struct Found {
    pub(crate) route: &'static Route,
    pub(crate) ids: Vec<String>,
}

/// The route of a request.
pub(crate) fn route(method: &str, path: &str) -> Option<Found> {
    let mut routes = FAMILIES.iter().flat_map(|family| family.iter()).filter(|route| route.method == method);
    routes.find_map(|route| Some(Found { route, ids: captures(route.path, path)? }))
}

fn captures(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut parts = path.trim_end_matches('/').split('/');
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        if wanted == "{id}" {
            ids.push(part.to_owned());
        } else if wanted != part {
            return None;
        }
    }
    parts.next().is_none().then_some(ids)
}
