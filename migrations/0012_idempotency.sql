-- What was asked for with an idempotency key, and what came of it: the same again is answered from here.
--
-- A row without an answer is a claim: its operation is under way, or died. What an operation makes is named after its key
-- (UUIDv5), so that whoever takes a dead claim over finds what was made and makes no second one. Refusals are not kept:
-- nothing happened. Rows older than 30 days are deleted by the claims that come after them.

create table idempotency (
    coop_id integer not null references coop,
    actor text not null check (actor <> ''),      -- person:… or key:…: a key of one says nothing of another's
    key text not null check (key <> '' and length(key) <= 200),
    operation text not null,                      -- the mutation
    fingerprint bytea not null check (length(fingerprint) = 32), -- SHA-256 of the operation and its input
    answer jsonb,
    claimed_at timestamptz not null,
    created_at timestamptz not null,
    primary key (coop_id, actor, key)
);
-- Those that are over.
create index idempotency_by_age on idempotency (coop_id, created_at);

-- "The parked events of this co-op", and how many there are.
create index stripe_event_parked_of_coop on stripe_event (coop_id, seq) where status = 'parked';

call wall_off('idempotency');
grant select, insert, update, delete on idempotency to guildhall_app;
