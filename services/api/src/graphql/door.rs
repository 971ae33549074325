//! `POST /graphql`: from bytes to an operation, and back.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::{Bytes, Data},
};
use async_graphql::{Request, Response, futures_util::FutureExt as _, http::GraphiQLSource};
use db::Acting;
use serde::Deserialize;
use serde_json::Value;

use super::{
    House,
    documents::Documents,
    gate::{self, Code, Cost, Refused},
    limits::{MAX_BODY_BYTES, MAX_TIME},
    loaders::Loaders,
    schema::{self, GraphSchema},
    weigh,
};
use crate::{
    auth::{Caller, Gatekeeper, Shown},
    rate::Rate,
    trace,
};

/// The graph with its door. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Graph {
    pub(super) schema: GraphSchema,
    pub(super) gatekeeper: Gatekeeper,
    pub(super) documents: Documents,
    pub(super) house: House,
}

type Body = Result<Bytes, actix_web::Error>;

/// An operation as clients send it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    #[serde(default)]
    persisted_query: Option<Persisted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Persisted {
    version: i32,
    sha256_hash: String,
}

impl Graph {
    pub(crate) fn new(house: House, documents: Documents) -> Self {
        let gatekeeper = Gatekeeper::new(house.db.clone(), house.access.clone(), house.keys.clone());
        Self { schema: schema::over(house.clone(), documents.clone()), gatekeeper, documents, house }
    }

    /// Who people are; nobody can sign in without.
    pub(crate) fn access(&self) -> Option<&access::Access> {
        self.house.access.as_ref()
    }

    /// The operation, once its document is known.
    fn read(&self, body: &[u8]) -> Result<Request, Refused> {
        if body.trim_ascii_start().starts_with(b"[") {
            return Err(Refused::bad("one operation a request, please: batches are not taken"));
        }
        let asked: Asked = serde_json::from_slice(body).map_err(|error| Refused::bad(format!("the body is no operation: {error}")))?;
        let text = asked.query.unwrap_or_default();
        let variables = Value::Object(asked.variables.unwrap_or_default());
        weigh::values(&variables)?;
        let text: Arc<str> = match asked.extensions.and_then(|extensions| extensions.persisted_query) {
            Some(Persisted { version: 1, sha256_hash }) => self.documents.persisted(&sha256_hash, &text)?,
            Some(Persisted { version, .. }) => return Err(Refused::bad(format!("persisted queries of version {version} are not known"))),
            None if text.is_empty() => return Err(Refused::bad("there is no query in the body")),
            None => text.into(),
        };
        let mut request = Request::new(&*text);
        request.operation_name = asked.operation_name;
        request.variables = async_graphql::Variables::from_json(variables);
        Ok(request)
    }

    /// Runs an operation in the name of who asks.
    async fn run(&self, request: Request, caller: Caller, from: Option<std::net::IpAddr>, trace: &str) -> (Response, Rate) {
        let (cost, rate) = (Cost::default(), Rate::default());
        let acting = caller.who().map(|who| Acting::new(who, request.operation_name.as_deref().unwrap_or("graphql"), from));
        let request = self.fill(request, caller).data(cost.clone()).data(rate.clone());
        let work = self.schema.execute(request);
        let work = async {
            match acting {
                Some(acting) => db::acting(acting, work).await,
                None => work.await,
            }
        };
        let mut response = match tokio::time::timeout(MAX_TIME, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(response)) => gate::coded(response, trace),
            Ok(Err(_)) => gate::died(trace), // the panic hook has told where
            Err(_) => Refused::new(Code::TimedOut, "the operation took too long and was given up; ask for less at once").into(),
        };
        if let Some(told) = cost.told() {
            response.extensions.insert("cost".to_owned(), told);
        }
        (response, rate)
    }

    /// Gives a request what resolvers ask for.
    fn fill(&self, request: Request, caller: Caller) -> Request {
        match self.loaders(&caller) {
            Some(loaders) => request.data(loaders).data(caller),
            None => request.data(caller),
        }
    }

    /// Loaders for one who acts in a co-op.
    pub(super) fn loaders(&self, caller: &Caller) -> Option<Loaders> {
        caller.actor().map(|actor| Loaders::new(&self.house, actor.coop))
    }
}

/// `POST /graphql`
pub(crate) async fn post(graph: Data<Graph>, asked: HttpRequest, body: Body) -> HttpResponse {
    let trace = trace::of(asked.headers());
    let bytes = match body {
        Ok(bytes) => bytes,
        Err(error) if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE => {
            let refused = Refused::new(Code::BodyTooLarge, format!("the body is larger than {MAX_BODY_BYTES} bytes"));
            return answer(StatusCode::PAYLOAD_TOO_LARGE, &refused.into());
        }
        Err(_) => return answer(StatusCode::BAD_REQUEST, &Refused::bad("the body did not arrive in full").into()),
    };
    // What a form of another site can send, a browser sends without asking
    if !is_json(&asked) {
        return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, &Refused::bad("send application/json").into());
    }
    let request = match graph.read(&bytes) {
        Ok(request) => request,
        Err(refused) if refused.code == Code::BadRequest => return answer(StatusCode::BAD_REQUEST, &refused.into()),
        Err(refused) => return answer(StatusCode::OK, &refused.into()),
    };
    let shown = Shown::by(&asked);
    let from = shown.from;
    let caller = match graph.gatekeeper.look(&shown).await {
        Ok(caller) => caller,
        Err(error) => {
            tracing::error!(trace.id = trace, error = &error as &dyn std::error::Error, "nobody could be asked who this is");
            return answer(StatusCode::SERVICE_UNAVAILABLE, &gate::died(&trace));
        }
    };
    let device = asked.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = request.data(access::Visitor::new(from, device));
    let (response, rate) = graph.run(request, caller, from, &trace).await;
    let mut builder = HttpResponse::build(rate.status(StatusCode::OK));
    rate.tell(&mut builder);
    fill(&mut builder, &response)
}

/// `GET /graphql`, where it is wanted: a page to try the graph with.
pub(crate) async fn graphiql() -> HttpResponse {
    let page = GraphiQLSource::build().endpoint("/graphql").subscription_endpoint("/graphql/ws").title("Guildhall").finish();
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

fn is_json(request: &HttpRequest) -> bool {
    let named = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.eq_ignore_ascii_case("application/graphql-response+json")
}

fn answer(status: StatusCode, response: &Response) -> HttpResponse {
    fill(&mut HttpResponse::build(status), response)
}

fn fill(builder: &mut HttpResponseBuilder, response: &Response) -> HttpResponse {
    let body = serde_json::to_string(response).expect("an answer is made of JSON's own values");
    builder.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/json").body(body)
}
