//! Handing a trace on, in the words of W3C Trace Context: `00-<trace>-<span>-<flags>`.
//!
//! Without a collector there are no traces: nothing is handed on, and what was handed on is not looked at.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Set once, when a collector is configured.
pub(crate) static IS_ON: AtomicBool = AtomicBool::new(false);

/// How many other traces a span names beside the one that it belongs to: enough to find them, too few to weigh.
const MAX_LINKS: usize = 64;

/// Whether there is a collector, so that looking up a trace to [`follow`] is worth a question to the database.
pub fn is_traced() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// What to keep with work that is put aside now; `None` without a collector or outside of all spans.
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// The id of the trace that is being worked in, for people who report a fault; `None` where [`traceparent`] is.
pub fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// Lets a span that nobody has entered yet belong to the trace of the first of these, and name the others, each once.
/// What is not a traceparent is passed over: some come from strangers.
pub fn follow<'a>(span: &Span, traceparents: impl IntoIterator<Item = &'a str>) {
    if span.is_disabled() {
        return;
    }
    let mut known: Vec<SpanContext> = Vec::new();
    for cause in traceparents.into_iter().filter_map(parse) {
        if known.len() > MAX_LINKS {
            break;
        }
        if !known.contains(&cause) {
            known.push(cause);
        }
    }
    let mut causes = known.into_iter();
    let Some(parent) = causes.next() else { return };
    // An error says that the span was entered already or that there is no collector: it stays where it is.
    if span.set_parent(Context::new().with_remote_span_context(parent)).is_ok() {
        causes.for_each(|cause| span.add_link(cause));
    }
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
    // Later versions may add parts; ours has none.
    if !lengths || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    u8::from_str_radix(version, 16).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let context = SpanContext::new(TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    use tracing::info_span;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const OTHER: &str = "00-5bf92f3577b34da6a3ce929d0e0e4736-10f067aa0ba902b7-01";

    #[test]
    fn only_a_well_formed_traceparent_is_followed() {
        assert!(parse(CALLER).is_some());
        assert!(parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later").is_some());
        for wrong in [
            "",
            "00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473'-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn without_a_collector_nothing_is_handed_on() {
        let span = info_span!("alone");
        follow(&span, [CALLER]);
        assert_eq!(span.in_scope(traceparent), None);
    }

    #[test]
    fn k1_work_that_was_put_aside_belongs_to_the_trace_of_who_put_it_there() {
        let sent = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(sent.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let asked = info_span!("asked");
            follow(&asked, [CALLER]);
            let kept = asked.in_scope(traceparent).unwrap();
            assert!(kept.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && kept != CALLER, "{kept}");
            let done = info_span!("done");
            follow(&done, [kept.as_str(), "nonsense", OTHER, OTHER]);
            assert_eq!(done.in_scope(trace_id).unwrap(), "4bf92f3577b34da6a3ce929d0e0e4736");
        });
        let spans = sent.get_finished_spans().unwrap();
        let [done, asked] = ["done", "asked"].map(|name| spans.iter().find(|span| span.name == name).unwrap());
        assert_eq!(done.parent_span_id, asked.span_context.span_id());
        assert_eq!(done.links.len(), 1, "the other trace is named once");
        assert_eq!(done.links[0].span_context.trace_id().to_string(), &OTHER[3..35]);
    }
}
