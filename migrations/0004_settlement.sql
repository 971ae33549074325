-- Stripe's events on their way into the books. Global: an event is kept before anyone knows whose it is.

create type inbox_status as enum ('new', 'waiting', 'done', 'kept', 'parked');

create table stripe_event (
    event_id text primary key,
    seq bigint generated always as identity,
    connect boolean not null,      -- came to the endpoint for connected accounts
    kind text not null,
    body text not null,            -- the raw bytes that were signed
    received_at timestamptz not null default now(),
    status inbox_status not null default 'new',
    waits_for text,                -- the Stripe object that has to be known first
    reason text,                   -- why it is parked
    coop_id integer,               -- whose it turned out to be
    handled_at timestamptz,
    check ((status = 'waiting') = (waits_for is not null)),
    check (status <> 'parked' or reason is not null)
) with (fillfactor = 80);
alter table stripe_event alter column body set compression lz4;
-- The claim: oldest new events first.
create index stripe_event_new on stripe_event (seq) where status = 'new';
create index stripe_event_waiting on stripe_event (waits_for) where status = 'waiting';
create index stripe_event_parked on stripe_event (seq) where status = 'parked';

-- Whose a Stripe object is: payment intents and charges to sales, connected accounts to parties. Global.
create table stripe_ref (
    object_id text primary key,
    coop_id integer not null,
    sale_id uuid,
    party_id bigint,
    check (num_nonnulls(sale_id, party_id) = 1)
);

-- Stripe's balance transactions, fetched outside of any database transaction. They never change.
create table balance_transaction (
    id text primary key,
    source text,                   -- the charge, refund or dispute that it is for
    amount bigint not null,
    fee bigint not null,
    net bigint not null,
    currency char(3) not null,
    exchange_rate text,
    reporting_category text,
    available_on timestamptz not null,
    created timestamptz not null
);

-- Deliveries that were refused at the door, by day and reason: a counter is all that is kept of them.
create table refused_delivery (
    day date not null,
    reason text not null,
    count bigint not null,
    primary key (day, reason)
);

grant select, insert, update on stripe_event, stripe_ref, refused_delivery to guildhall_app;
grant select, insert on balance_transaction to guildhall_app;
