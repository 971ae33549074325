-- What operators need: traces that go on when work is done later, and an application that can tell whether it fits the schema.

-- The trace in which somebody put this aside (W3C traceparent); the work on it belongs to that trace. Null without a collector.
alter table stripe_event add column traceparent text;
alter table payout_run add column traceparent text;

-- "Has every migration that I was built with been run?", asked by the api before it says that it is ready.
grant select on _sqlx_migrations to guildhall_app;
