-- The job queue. Global on purpose: a worker serves every co-op, and a queue across tenants must be a local table when
-- the co-ops' own tables are distributed. The application's role may do all that a queue needs; nothing here is money.
create schema if not exists jobs;

-- The worker's name while it lives; it holds the advisory lock of that number.
create sequence if not exists jobs.worker_seq as integer cycle;

create table if not exists jobs.job (
    job_id bigint generated always as identity primary key,
    coop_id integer not null,
    task text not null check (length(task) between 1 and 100),
    key text check (length(key) between 1 and 300),
    payload jsonb not null,
    state text not null check (state in ('scheduled', 'ready', 'running', 'done', 'dead')),
    run_at timestamptz not null,
    attempts smallint not null default 0 check (attempts between 0 and max_attempts),
    max_attempts smallint not null check (max_attempts >= 1),
    worker integer check ((worker is not null) = (state = 'running')),
    last_error text,
    created_at timestamptz not null default now(),
    finished_at timestamptz check ((finished_at is not null) = (state in ('done', 'dead'))),
    -- one job for a key, also after it is done; jobs without a key are never the same
    unique (coop_id, task, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02); -- rows change state a few times and leave: keep it small

-- the trace in which it was asked for (W3C traceparent), so that the work belongs to it
alter table jobs.job add column if not exists traceparent text;

-- whose turn is it, and which of its jobs
create index if not exists job_ready on jobs.job (coop_id, run_at, job_id) where state = 'ready';
-- what has become due
create index if not exists job_scheduled on jobs.job (run_at) where state = 'scheduled';
-- what a worker that is gone left behind
create index if not exists job_running on jobs.job (worker) where state = 'running';
-- a co-op's dead letters, newest first
create index if not exists job_dead on jobs.job (coop_id, job_id) where state = 'dead';
-- which keys may be forgotten
create index if not exists job_done on jobs.job (finished_at) where state = 'done';

grant usage on schema jobs to guildhall_app;
grant select, insert, update, delete on jobs.job to guildhall_app;
grant usage on sequence jobs.worker_seq to guildhall_app;
