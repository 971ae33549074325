//! What every operation passes, whichever way it came: its document is weighed, its cost is known before it runs, and no
//! error leaves without a code.

use std::{
    fmt::Display,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    ErrorExtensionValues, Pos, Request, Response, ServerError, ServerResult, ValidationResult, Value, Variables,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest, NextResolve, NextValidation, ResolveInfo,
    },
    parser::types::ExecutableDocument,
    resolver_utils::EnumType,
};

use telemetry::{Operation, OperationKind, Outcome};
use tracing::{Instrument as _, field::Empty};

use super::{
    House,
    base::{self, Fault, Told, telling},
    documents::Documents,
    limits::{MAX_COST, MAX_DEPTH},
};
use crate::{auth::Caller, rate::Rate};

macro_rules! codes {
    ($($code:ident = $name:literal,)*) => {
        /// What the door itself says no with, besides the codes of refusals. The list is closed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($code,)*
        }

        impl Code {
            const NAMES: &[&str] = &[$($name,)*];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    QueryTooDeep = "QUERY_TOO_DEEP",
    QueryTooComplex = "QUERY_TOO_COMPLEX",
    TooManyAliases = "TOO_MANY_ALIASES",
    BodyTooLarge = "BODY_TOO_LARGE",
    TimedOut = "TIMED_OUT",
    PersistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND",
    BadRequest = "BAD_REQUEST",
    Internal = "INTERNAL",
}

/// Every code that an error or a problem of the graph can have: those of refusals, then the door's own.
pub fn error_codes() -> Vec<&'static str> {
    let refusals = <base::Code as EnumType>::items().iter().map(|item| item.name);
    refusals.chain(Code::NAMES.iter().copied()).collect()
}

/// Why an operation did not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) at: Option<Pos>,
}

impl Refused {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), at: None }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, message)
    }

    /// The document does not parse.
    pub(crate) fn parsing(error: &(impl Display + Clone + Into<ServerError>)) -> Self {
        let at = Into::<ServerError>::into(error.clone()).locations.first().copied();
        Self { at, ..Self::bad(error.to_string()) }
    }
}

impl From<Refused> for ServerError {
    fn from(refused: Refused) -> Self {
        let mut error = Self::new(refused.message, refused.at);
        set_code(&mut error, refused.code);
        error
    }
}

impl From<Refused> for Response {
    fn from(refused: Refused) -> Self {
        Self::from_errors(vec![refused.into()])
    }
}

/// What an operation weighs, once it is known. In the data of each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost(pub(crate) Arc<OnceLock<Weighed>>);

/// The weight and the depth of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weighed {
    pub(crate) cost: usize,
    pub(crate) depth: usize,
}

impl Cost {
    /// As it stands in the reply.
    pub(crate) fn told(&self) -> Option<async_graphql::Value> {
        let Weighed { cost, depth } = *self.0.get()?;
        Some(async_graphql::value!({"cost": cost, "maxCost": MAX_COST, "depth": depth, "maxDepth": MAX_DEPTH}))
    }
}

/// Makes a gate for each request.
#[derive(Clone, Debug)]
pub(crate) struct Gates(pub(crate) Documents);

impl ExtensionFactory for Gates {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Gate { documents: self.0.clone(), operation: OnceLock::new(), document: OnceLock::new() })
    }
}

/// What one request passes.
#[derive(Debug)]
struct Gate {
    documents: Documents,
    /// Which operation of the document is asked for, if it is named.
    operation: OnceLock<Option<String>>,
    document: OnceLock<Arc<ExecutableDocument>>,
}

#[async_trait::async_trait]
impl Extension for Gate {
    async fn prepare_request(&self, ctx: &ExtensionContext<'_>, request: Request, next: NextPrepareRequest<'_>) -> ServerResult<Request> {
        self.operation.get_or_init(|| request.operation_name.clone());
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        _: &ExtensionContext<'_>,
        query: &str,
        _: &Variables,
        _: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = self.documents.parse(query)?;
        Ok(ExecutableDocument::clone(self.document.get_or_init(|| document)))
    }

    async fn resolve(&self, ctx: &ExtensionContext<'_>, info: ResolveInfo<'_>, next: NextResolve<'_>) -> ServerResult<Option<Value>> {
        let kind = match info.parent_type {
            "Query" => OperationKind::Query,
            "Mutation" => OperationKind::Mutation,
            _ => return next.run(ctx, info).await,
        };
        let field = info.name.to_owned();
        timed(kind, &field, next, ctx, info).await
    }

    async fn validation(&self, ctx: &ExtensionContext<'_>, next: NextValidation<'_>) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await?;
        if let Some(cost) = ctx.data_opt::<Cost>() {
            // A second operation of the same request does not exist: what is there stays
            let _ = cost.0.set(Weighed { cost: found.complexity, depth: found.depth });
        }
        if found.complexity > MAX_COST {
            let message = format!("the operation weighs {}, and {MAX_COST} is the most; ask for less at once", found.complexity);
            return Err(vec![Refused::new(Code::QueryTooComplex, message).into()]);
        }
        if let (Some(Caller::Actor(_, actor, _)), Some(house)) = (ctx.data_opt::<Caller>(), ctx.data_opt::<House>()) {
            let rate = ctx.data_opt::<Rate>().cloned().unwrap_or_default();
            rate.take(&house.limits, actor, found.complexity).await.map_err(|refusal| vec![told(&refusal)])?;
            if let (Some(document), Some(operation)) = (self.document.get(), self.operation.get()) {
                house.usage.note(actor, (document, operation.as_deref()), &ctx.schema_env.registry, house.clock.now());
            }
        }
        Ok(found)
    }
}

/// Times a root field, and lets refusals inside of it know where they were told.
async fn timed(
    kind: OperationKind,
    field: &str,
    work: NextResolve<'_>,
    ctx: &ExtensionContext<'_>,
    info: ResolveInfo<'_>,
) -> ServerResult<Option<Value>> {
    let operation = Operation::begin(kind, field);
    let told = Told::default();
    let span = tracing::info_span!("graphql.field", otel.name = format!("{} {field}", kind.name()), coop.id = Empty);
    if let Some(actor) = ctx.data_opt::<Caller>().and_then(Caller::actor) {
        span.record("coop.id", tracing::field::display(actor.coop));
    }
    let done = telling(field, &told, db::acting_via(field, work.run(ctx, info))).instrument(span).await;
    operation.end(match &done {
        _ if told.refused() => Outcome::Refused,
        Ok(_) => Outcome::Done,
        Err(_) => Outcome::Failed,
    });
    done
}

fn set_code(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.name());
}

/// Gives each error its code, where an answer leaves. A fault is written down, and leaves nothing but its trace.
pub(crate) fn coded(mut response: Response, trace: &str) -> Response {
    for error in &mut response.errors {
        if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
            continue;
        }
        let Some(source) = error.source.take() else {
            // The library's own words about what was asked for: no resolver of ours makes an error without a source
            set_code(error, Code::BadRequest);
            continue;
        };
        let field = format!("{:?}", error.path);
        if let Some(fault) = source.downcast_ref::<Fault>() {
            tracing::error!(trace.id = trace, field, error = fault.error(), "an operation failed");
        } else {
            tracing::error!(trace.id = trace, field, error = error.message, "an operation failed in a way that nobody foresaw");
        }
        internal(error, trace);
    }
    response
}

fn internal(error: &mut ServerError, trace: &str) {
    "something failed here; whoever runs the house finds it under the trace id".clone_into(&mut error.message);
    error.extensions = None;
    set_code(error, Code::Internal);
    if let Some(extensions) = &mut error.extensions {
        extensions.set("traceId", trace);
    }
}

/// A refusal, where there is no field to hang it on.
pub(crate) fn refused(refusal: &kernel::Refusal) -> Response {
    Response::from_errors(vec![told(refusal)])
}

fn told(refusal: &kernel::Refusal) -> ServerError {
    async_graphql::Error::from(super::base::Failure::from(refusal.clone())).into_server_error(Pos::default())
}

/// What a request that died is answered with.
pub(crate) fn died(trace: &str) -> Response {
    let mut error = ServerError::new("", None);
    internal(&mut error, trace);
    Response::from_errors(vec![error])
}
