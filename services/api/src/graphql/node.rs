//! `node` and `nodes`: any thing of the actor's co-op by its id.

use async_graphql::{Context, ID, Interface, Object};
use kernel::Code;

use super::{
    agreements::{self, Agreement, AgreementVersion},
    audit::{self, AuditEntry},
    base::{Answer, Asking as _, GlobalId, at},
    catalogue::{self, Category, Medium, Offer, Product, Variant},
    co_op::{self, CoOp},
    members::{self, Member},
    parties::{self, Party},
    partners::{self, ApiKey},
    payouts::{self, Payout, PayoutRun},
    sales::{self, Sale},
    statements::{self, Statement},
    stock::{self, Location, Lot},
};

/// The most ids that are looked up at once.
const MAX_NODES: usize = 100;

/// A thing with an id that is the same wherever it is met.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id, for `node` and for caches."))]
pub(crate) enum Node {
    CoOp(CoOp),
    Member(Member),
    Party(Party),
    PayoutRun(PayoutRun),
    Payout(Payout),
    Product(Product),
    Variant(Variant),
    Offer(Offer),
    Category(Category),
    Medium(Medium),
    Sale(Sale),
    Agreement(Agreement),
    AgreementVersion(AgreementVersion),
    Statement(Statement),
    ApiKey(ApiKey),
    AuditEntry(AuditEntry),
    Location(Location),
    Lot(Lot),
}

#[derive(Debug, Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// A thing by its id; null when the actor's co-op has none such, or the actor may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Option<Node>> {
        find(ctx, &id).await
    }

    /// Several things by their ids, in the same order, at most 100.
    #[graphql(complexity = "ids.len() * (1 + child_complexity)")]
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "Their ids.")] ids: Vec<ID>) -> Answer<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(at(&["ids"], Code::InvalidInput, format!("ids are {MAX_NODES} at most")));
        }
        async_graphql::futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

/// What each kind is found by. What may not be seen is not there.
async fn find(ctx: &Context<'_>, id: &ID) -> Answer<Option<Node>> {
    ctx.actor()?;
    let Some(read) = GlobalId::read(id) else { return Ok(None) };
    let kind = read.kind.as_str();
    Ok(match kind {
        _ if kind == co_op::KIND.0 => co_op::node(ctx, id)?.map(Node::from),
        _ if kind == members::MEMBER.0 => members::node(ctx, id).await?.map(Node::from),
        _ if kind == parties::KIND.0 => parties::node(ctx, id).await?.map(Node::from),
        _ if kind == payouts::RUN.0 => payouts::run(ctx, id).await?.map(Node::from),
        _ if kind == payouts::PAYOUT.0 => payouts::payout(ctx, id).await?.map(Node::from),
        _ if kind == partners::KIND.0 => partners::node(ctx, id).await?.map(Node::from),
        _ if kind == audit::KIND.0 => audit::node(ctx, id).await?.map(Node::from),
        _ if kind == catalogue::PRODUCT.0 => catalogue::product(ctx, id).await?.map(Node::from),
        _ if kind == catalogue::VARIANT.0 => catalogue::variant(ctx, id).await?.map(Node::from),
        _ if kind == catalogue::OFFER.0 => catalogue::offer(ctx, id).await?.map(Node::from),
        _ if kind == catalogue::CATEGORY.0 => catalogue::category(ctx, id).await?.map(Node::from),
        _ if kind == catalogue::MEDIUM.0 => catalogue::medium(ctx, id).await?.map(Node::from),
        _ if kind == sales::KIND.0 => sales::node(ctx, id).await?.map(Node::from),
        _ if kind == agreements::AGREEMENT.0 => agreements::agreement(ctx, id).await?.map(Node::from),
        _ if kind == agreements::VERSION.0 => agreements::version(ctx, id).await?.map(Node::from),
        _ if kind == statements::KIND.0 => statements::node(ctx, id).await?.map(Node::from),
        _ if kind == stock::LOCATION.0 => stock::location(ctx, id).await?.map(Node::from),
        _ if kind == stock::LOT.0 => stock::lot(ctx, id).await?.map(Node::from),
        _ => None,
    })
}
