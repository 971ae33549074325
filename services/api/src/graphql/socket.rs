//! `GET /graphql/ws`: subscriptions over `graphql-transport-ws`. The first message says who asks; before each event it is
//! asked again whether they still may, so that a session which was revoked falls silent.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use async_graphql::{
    Data as Values, Executor, Request, Response,
    futures_util::{
        Stream, StreamExt as _, pin_mut,
        stream::{self, BoxStream},
    },
    http::{ClientMessage, WebSocket, WebSocketProtocols, WsMessage},
    parser::types::OperationType,
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    Graph,
    gate::{self, Refused},
    limits::{MAX_MESSAGE_BYTES, MAX_OPERATIONS_PER_SOCKET, MAX_SILENCE, MAX_SOCKET_LIFE, MAX_SOCKETS},
    weigh,
};
use crate::{
    auth::{Caller, Shown},
    problem, trace,
};

const PROTOCOL: &str = "graphql-transport-ws";

/// The sockets of a process: how many are open, and when they are to close.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    open: Arc<AtomicUsize>,
    stop: watch::Receiver<bool>,
}

/// One of them.
struct Open(Arc<AtomicUsize>);

impl Sockets {
    pub(crate) fn new(stop: watch::Receiver<bool>) -> Self {
        Self { open: Arc::default(), stop }
    }

    fn open(&self) -> Option<Open> {
        let open = Open(Arc::clone(&self.open));
        (self.open.fetch_add(1, Ordering::Relaxed) < MAX_SOCKETS).then_some(open)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `GET /graphql/ws`
pub(crate) async fn socket(graph: Data<Graph>, sockets: Data<Sockets>, asked: HttpRequest, body: Payload) -> HttpResponse {
    let Some(open) = sockets.open() else {
        return problem::answer(StatusCode::SERVICE_UNAVAILABLE, "too_many_sockets", "Too many sockets are open; try again in a while.");
    };
    let (response, session, messages) = match actix_ws::handle_with_protocols(&asked, body, &[PROTOCOL]) {
        Ok(upgraded) => upgraded,
        Err(error) => return error.error_response(),
    };
    let messages = messages.max_frame_size(MAX_MESSAGE_BYTES).aggregate_continuations().max_continuation_size(MAX_MESSAGE_BYTES);
    let live = Live { graph: Graph::clone(&graph), trace: trace::of(asked.headers()), begun: Arc::default() };
    let (shown, mut stop) = (Shown::by(&asked), sockets.stop.clone());
    actix_web::rt::spawn(async move {
        let told = tokio::select! {
            told = serve(live, session.clone(), messages, shown) => told,
            () = sleep(MAX_SOCKET_LIFE) => reason(CloseCode::Restart, "connect again"),
            _ = stop.wait_for(|stop| *stop) => reason(CloseCode::Away, "the api stops"),
        };
        // Who is gone already need not be told
        let _ = session.close(Some(told)).await;
        drop(open);
    });
    response
}

fn reason(code: CloseCode, why: &str) -> CloseReason {
    CloseReason { code, description: Some(why.to_owned()) }
}

/// Carries messages in and answers out until one side has had enough; says why it ended.
async fn serve(live: Live, session: Session, messages: AggregatedMessageStream, shown: Shown) -> CloseReason {
    let graph = live.graph.clone();
    let heard = hear(messages, session.clone());
    pin_mut!(heard);
    let talk = WebSocket::from_message_stream(live, heard, WebSocketProtocols::GraphQLWS)
        .on_connection_init(move |message| async move { introduced(&graph, Shown::in_message(&message).or(shown)).await });
    pin_mut!(talk);
    let mut session = session;
    let mut next =
        timeout(MAX_SILENCE, talk.next()).await.ok().unwrap_or_else(|| Some(WsMessage::Close(4408, "say who you are".to_owned())));
    while let Some(message) = next {
        match message {
            WsMessage::Text(text) => {
                if session.text(text).await.is_err() {
                    break;
                }
            }
            WsMessage::Close(code, why) => return reason(CloseCode::from(code), &why),
        }
        next = talk.next().await;
    }
    reason(CloseCode::Normal, "")
}

/// What the client says, as messages of the protocol; pings of the socket itself are answered.
fn hear(messages: AggregatedMessageStream, session: Session) -> impl Stream<Item = serde_json::Result<ClientMessage>> {
    stream::unfold((messages, session), async |(mut messages, mut session)| {
        loop {
            match messages.recv().await? {
                Ok(AggregatedMessage::Text(text)) => return Some((serde_json::from_str(&text), (messages, session))),
                Ok(AggregatedMessage::Binary(bytes)) => return Some((serde_json::from_slice(&bytes), (messages, session))),
                Ok(AggregatedMessage::Ping(bytes)) => session.pong(&bytes).await.ok()?,
                Ok(AggregatedMessage::Pong(_)) => {}
                Ok(AggregatedMessage::Close(_)) | Err(_) => return None,
            }
        }
    })
    .boxed_local()
}

/// What the operations of a socket know of who asks.
async fn introduced(graph: &Graph, shown: Shown) -> Result<Values, async_graphql::Error> {
    let caller = graph.gatekeeper.look(&shown).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "nobody could be asked who opened a socket");
        async_graphql::Error::new("something failed here; try again in a while")
    })?;
    let mut values = Values::default();
    if let Some(loaders) = graph.loaders(&caller) {
        values.insert(loaders);
    }
    values.insert(caller);
    values.insert(shown);
    Ok(values)
}

/// Runs the operations of one socket.
#[derive(Clone)]
struct Live {
    graph: Graph,
    trace: String,
    begun: Arc<AtomicUsize>,
}

impl Live {
    /// Sockets carry subscriptions; what is done is done over HTTP, where it is known who does it.
    fn refuse(&self, request: &Request) -> Option<Refused> {
        if self.begun.fetch_add(1, Ordering::Relaxed) >= MAX_OPERATIONS_PER_SOCKET {
            return Some(Refused::bad(format!("a socket carries {MAX_OPERATIONS_PER_SOCKET} operations in its life; connect again")));
        }
        let variables = serde_json::to_value(&request.variables).unwrap_or_default();
        if let Err(heavy) = weigh::values(&variables) {
            return Some(heavy.into());
        }
        match self.graph.documents.parse(&request.query) {
            Ok(document) if document.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Subscription) => None,
            Ok(_) => Some(Refused::bad("a socket carries subscriptions; send queries and mutations to POST /graphql")),
            Err(refused) => Some(refused),
        }
    }
}

impl Executor for Live {
    async fn execute(&self, _: Request) -> Response {
        Refused::bad("a socket carries subscriptions; send queries and mutations to POST /graphql").into()
    }

    fn execute_stream(&self, request: Request, values: Option<Arc<Values>>) -> BoxStream<'static, Response> {
        if let Some(refused) = self.refuse(&request) {
            return stream::once(async move { Response::from(refused) }).boxed();
        }
        let values = values.unwrap_or_default();
        let shown = value::<Shown>(&values).cloned().unwrap_or_default();
        let began_as = value::<Caller>(&values).and_then(Caller::actor);
        let events = self.graph.schema.execute_stream_with_session_data(request, values);
        let (graph, trace) = (self.graph.clone(), self.trace.clone());
        // Ends with the first event after the one who asked is no longer who they were
        let checked = stream::unfold(Some(events), move |events| {
            let (graph, shown, trace) = (graph.clone(), shown.clone(), trace.clone());
            async move {
                let mut events = events?;
                let event = gate::coded(events.next().await?, &trace);
                match graph.gatekeeper.look(&shown).await {
                    Ok(caller) if caller.actor() == began_as => Some((event, Some(events))),
                    Ok(Caller::Stranger(refusal)) => Some((gate::refused(&refusal), None)),
                    Ok(_) => {
                        Some((gate::refused(&kernel::Refusal::new(kernel::Code::NotNow, "your standing changed; connect again")), None))
                    }
                    Err(_) => Some((gate::died(&trace), None)),
                }
            }
        });
        checked.boxed()
    }
}

fn value<T: Any + Send + Sync>(values: &Values) -> Option<&T> {
    values.get(&std::any::TypeId::of::<T>()).and_then(|value| value.downcast_ref())
}
