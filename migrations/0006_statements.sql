-- A party's frozen account of a month. What was issued stays; a change is another revision.

create table statement (
    coop_id integer not null references coop,
    statement_id uuid not null,
    party_id bigint not null,
    month date not null check (extract(day from month) = 1),
    currency char(3) not null references currency,
    revision integer not null check (revision > 0),
    number text not null,
    opening bigint not null,
    closing bigint not null,
    document jsonb not null,
    hash bytea not null,           -- SHA-256 of the canonical document
    issued_at timestamptz not null default now(),
    primary key (coop_id, statement_id),
    unique (coop_id, party_id, month, currency, revision),
    unique (coop_id, number, revision),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);
create index statement_by_month on statement (coop_id, month);

-- What happened to it afterwards: rendered, mailed, viewed.
create table statement_event (
    coop_id integer not null,
    statement_id uuid not null,
    what text not null check (what in ('rendered', 'mailed', 'viewed')),
    at timestamptz not null default now(),
    detail text,
    primary key (coop_id, statement_id, what, at),
    foreign key (coop_id, statement_id) references statement (coop_id, statement_id)
);

-- Gapless numbers per co-op and series.
create table number_series (
    coop_id integer not null references coop,
    series text not null,
    last bigint not null check (last >= 0),
    primary key (coop_id, series)
);

call append_only('statement');
call append_only('statement_event');
call wall_off('statement');
call wall_off('statement_event');
call wall_off('number_series');

grant select, insert on statement, statement_event to guildhall_app;
grant select, insert, update on number_series to guildhall_app;
