-- A party's frozen account of a month. What was issued stays; a change is another revision under the same number.

create table statement (
    coop_id integer not null references coop,
    statement_id uuid not null,
    party_id bigint not null,
    month date not null check (extract(day from month) = 1),
    currency char(3) not null references currency,
    revision integer not null check (revision > 0),
    number text not null,
    opening bigint not null,       -- what the co-op owed, what it holds of it included; negative: the other way
    closing bigint not null,
    held bigint not null,          -- the part of the closing balance that is held
    document json not null,        -- statements::Document, character for character what was hashed
    hash bytea not null check (length(hash) = 32), -- SHA-256 of the document
    issued_at timestamptz not null,
    primary key (coop_id, statement_id),
    unique (coop_id, party_id, month, currency, revision),
    unique (coop_id, number, revision),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);
alter table statement alter column document set compression lz4;
-- "The statements of this month", and the latest revision of each.
create index statement_by_month on statement (coop_id, month, party_id, revision);

-- What happened to it afterwards, each once: the first time it was rendered, mailed, viewed.
create table statement_event (
    coop_id integer not null,
    statement_id uuid not null,
    what text not null check (what in ('rendered', 'mailed', 'viewed')),
    at timestamptz not null,
    detail text,
    primary key (coop_id, statement_id, what),
    foreign key (coop_id, statement_id) references statement (coop_id, statement_id)
);

-- Gapless numbers per co-op and series: the row is locked by whoever issues until its statements are committed.
create table number_series (
    coop_id integer not null references coop,
    series text not null,
    last bigint not null check (last >= 0),
    primary key (coop_id, series)
);

-- How each minimum guarantee came out when a month was closed. What was topped up and is to be recouped is a sum over it.
create table guarantee_outcome (
    coop_id integer not null,
    month date not null check (extract(day from month) = 1),
    version_id bigint not null,
    item smallint not null check (item > 0), -- its place among the version's guarantees
    party_id bigint not null,      -- who is guaranteed it
    borne_by bigint not null,
    currency char(3) not null references currency,
    minimum bigint not null,
    earned bigint not null,
    outstanding bigint not null,   -- of earlier top-ups, before this
    amount bigint not null,        -- positive: topped up; negative: recouped
    primary key (coop_id, month, version_id, item, party_id),
    foreign key (coop_id, version_id) references agreement_version (coop_id, version_id),
    foreign key (coop_id, party_id) references party (coop_id, party_id),
    foreign key (coop_id, borne_by) references party (coop_id, party_id)
);

-- Surplus shared out among members, once per key.
create table patronage (
    coop_id integer not null references coop,
    key text not null check (key <> ''),
    first_month date not null check (extract(day from first_month) = 1),
    last_month date not null check (extract(day from last_month) = 1 and last_month >= first_month),
    currency char(3) not null references currency,
    surplus bigint not null check (surplus > 0),
    metric text not null check (metric in ('sales_credited', 'hours')),
    cash_ppm integer not null check (cash_ppm between 0 and 1000000),
    ordered_by uuid references person,
    at timestamptz not null,
    primary key (coop_id, key)
);

create table patronage_share (
    coop_id integer not null,
    key text not null,
    party_id bigint not null,
    weight bigint not null check (weight > 0),
    amount bigint not null check (amount >= 0),
    cash bigint not null check (cash >= 0),
    retained bigint not null check (retained >= 0),
    primary key (coop_id, key, party_id),
    check (cash + retained = amount),
    foreign key (coop_id, key) references patronage (coop_id, key),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);

call append_only('statement');
call append_only('statement_event');
call append_only('guarantee_outcome');
call append_only('patronage');
call append_only('patronage_share');
call wall_off('statement');
call wall_off('statement_event');
call wall_off('number_series');
call wall_off('guarantee_outcome');
call wall_off('patronage');
call wall_off('patronage_share');

grant select, insert on statement, statement_event, guarantee_outcome, patronage, patronage_share to guildhall_app;
grant select, insert, update on number_series to guildhall_app;
