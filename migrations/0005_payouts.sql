-- Payout runs. A payout's command row and its idempotency key are committed before Stripe is called.

create type payout_run_status as enum ('draft', 'held', 'approved', 'finished', 'cancelled');

create table payout_run (
    coop_id integer not null references coop,
    run_id uuid not null,
    currency char(3) not null references currency,
    cutoff timestamptz not null,   -- pays what was earned before this moment and is available
    status payout_run_status not null default 'draft',
    drafted_by uuid not null references person,
    drafted_at timestamptz not null,
    approved_by uuid references person,
    approved_at timestamptz,
    held_reason text,
    cancelled_reason text,
    finished_at timestamptz,
    primary key (coop_id, run_id),
    check (approved_by is null or approved_by <> drafted_by),
    check ((approved_by is null) = (approved_at is null)),
    -- A run that is held keeps its approval, and with it what it has reserved.
    check (status not in ('approved', 'finished') or approved_by is not null),
    check (status <> 'draft' or approved_by is null),
    check ((status = 'held') = (held_reason is not null)),
    check ((status = 'cancelled') = (cancelled_reason is not null)),
    check ((status = 'finished') = (finished_at is not null))
);
-- One plan per currency waits for approval: two would promise the same money. An approved run has taken its money out
-- of the payables, so the next may be drafted while it is still being sent.
create unique index payout_run_waiting on payout_run (coop_id, currency) where status in ('draft', 'held') and approved_by is null;
-- "What is there to send?"
create index payout_run_approved on payout_run (coop_id) where status = 'approved';

create type payout_status as enum ('skipped', 'planned', 'reserved', 'sent', 'unknown', 'confirmed', 'failed', 'cancelled');

create table payout (
    coop_id integer not null,
    payout_id uuid not null,
    run_id uuid not null,
    party_id bigint not null,
    currency char(3) not null references currency,
    owed bigint not null,          -- what the co-op owed the party when this was planned; negative: the other way
    amount bigint not null check (amount >= 0),
    status payout_status not null,
    destination text,
    rest text,                     -- why it is less than was owed
    reason text,                   -- why skipped, waiting, failed or cancelled, or what is unknown
    attempt integer not null default 0,  -- part of the idempotency key: grows only when Stripe says the last one never happened
    keyed_at timestamptz,          -- since when the key of this attempt may be known to Stripe
    -- Who is talking to Stripe about it, until when at the latest. Then somebody else may look.
    lease uuid,
    leased_until timestamptz,
    next_try_at timestamptz not null default '-infinity',
    tries integer not null default 0,    -- in a row without an answer that settles it
    transfer_id text,
    transferred_at timestamptz,
    returned bigint not null default 0,  -- how much of the transfer was taken back
    changed_at timestamptz not null,
    primary key (coop_id, payout_id),
    unique (coop_id, run_id, party_id),
    foreign key (coop_id, run_id) references payout_run (coop_id, run_id),
    foreign key (coop_id, party_id) references party (coop_id, party_id),
    check ((status = 'skipped') = (amount = 0)),
    check (status = 'skipped' or destination is not null),
    check (status not in ('skipped', 'failed', 'unknown', 'cancelled') or reason is not null),
    check (status not in ('sent', 'unknown') or (attempt > 0 and keyed_at is not null)),
    check ((lease is null) = (leased_until is null)),
    check (status <> 'confirmed' or transfer_id is not null),
    check ((transfer_id is null) = (transferred_at is null)),
    check (returned >= 0 and returned <= amount),
    check (returned = 0 or transfer_id is not null),
    check (status <> 'confirmed' or returned < amount)
) with (fillfactor = 70);
-- The sender's work list, and what is promised to parties already.
create index payout_open on payout (coop_id, run_id) where status in ('reserved', 'sent', 'unknown');
create unique index payout_by_transfer on payout (coop_id, transfer_id) where transfer_id is not null;

-- Every step a payout took; for people who ask what happened.
create table payout_step (
    coop_id integer not null,
    payout_id uuid not null,
    step integer not null,
    status payout_status not null,
    at timestamptz not null,
    note text,
    primary key (coop_id, payout_id, step)
);

-- In the order in which a payout at Stripe can come to it: a failure may follow the arrival.
create type bank_payout_status as enum ('pending', 'in_transit', 'paid', 'canceled', 'failed');

-- What became of money on its way from a party's own Stripe account to its bank. Not ours any more, but ours to explain.
create table bank_payout (
    coop_id integer not null references coop,
    bank_payout_id text not null,  -- po_…
    destination text not null,     -- the connected account
    currency char(3) not null,
    amount bigint not null,
    status bank_payout_status not null,
    reason text,                   -- why the bank sent it back
    created_at timestamptz not null,
    primary key (coop_id, bank_payout_id)
);
-- "What came after this transfer?"
create index bank_payout_by_destination on bank_payout (coop_id, destination, created_at);

-- What is not payable yet is recent: BRIN finds it without a price on each posting.
create index posting_by_due on posting using brin (effective_at, available_at) with (pages_per_range = 16, autosummarize = on);

call append_only('payout_step');
call wall_off('payout_run');
call wall_off('payout');
call wall_off('payout_step');
call wall_off('bank_payout');

grant select, insert, update on payout_run, payout, bank_payout to guildhall_app;
grant select, insert on payout_step to guildhall_app;
