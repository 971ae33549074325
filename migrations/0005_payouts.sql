-- Payout runs. A payout's command row and its idempotency key are committed before Stripe is called.

create type payout_run_status as enum ('draft', 'held', 'approved', 'finished', 'cancelled');

create table payout_run (
    coop_id integer not null references coop,
    run_id uuid not null,
    currency char(3) not null references currency,
    cutoff timestamptz not null,   -- pays what was earned before this moment and is available
    status payout_run_status not null default 'draft',
    drafted_by uuid not null references person,
    drafted_at timestamptz not null default now(),
    approved_by uuid references person,
    approved_at timestamptz,
    held_reason text,
    finished_at timestamptz,
    primary key (coop_id, run_id),
    check (approved_by is null or approved_by <> drafted_by),
    check ((status in ('approved', 'finished')) = (approved_by is not null)),
    check ((status = 'held') = (held_reason is not null))
);
-- One open run per currency: two drafts would promise the same money twice.
create unique index payout_run_open on payout_run (coop_id, currency) where status in ('draft', 'held', 'approved');

create type payout_status as enum ('skipped', 'planned', 'reserved', 'sent', 'unknown', 'confirmed', 'failed');

create table payout (
    coop_id integer not null,
    payout_id uuid not null,
    run_id uuid not null,
    party_id bigint not null,
    currency char(3) not null references currency,
    amount bigint not null check (amount >= 0),
    status payout_status not null,
    destination text,
    attempt integer not null default 0,  -- part of the idempotency key: grows only when Stripe says the last one never happened
    transfer_id text,
    reason text,                   -- why skipped or failed, or what is unknown
    changed_at timestamptz not null default now(),
    primary key (coop_id, payout_id),
    unique (coop_id, run_id, party_id),
    foreign key (coop_id, run_id) references payout_run (coop_id, run_id),
    foreign key (coop_id, party_id) references party (coop_id, party_id),
    check ((status = 'skipped') = (amount = 0)),
    check (status not in ('skipped', 'failed', 'unknown') or reason is not null),
    check (status <> 'confirmed' or transfer_id is not null)
) with (fillfactor = 70);
-- The sender's work list.
create index payout_open on payout (coop_id, run_id) where status in ('planned', 'reserved', 'sent', 'unknown');
create unique index payout_by_transfer on payout (coop_id, transfer_id) where transfer_id is not null;

-- Every step a payout took; for people who ask what happened.
create table payout_step (
    coop_id integer not null,
    payout_id uuid not null,
    step integer not null,
    status payout_status not null,
    at timestamptz not null default now(),
    note text,
    primary key (coop_id, payout_id, step)
);

call append_only('payout_step');
call wall_off('payout_run');
call wall_off('payout');
call wall_off('payout_step');

grant select, insert, update on payout_run, payout to guildhall_app;
grant select, insert on payout_step to guildhall_app;
