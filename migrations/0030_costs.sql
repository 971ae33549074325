-- Costs that parties share, charged once a month.

create type cost_rule as enum ('equal', 'sales', 'measure');

create table cost_pool (
    coop_id integer not null references coop,
    pool_id uuid not null,
    name text not null check (name = btrim(name) and length(name) between 1 and 120),
    currency char(3) not null references currency,
    rule cost_rule not null,
    opened_at timestamptz not null,
    primary key (coop_id, pool_id)
);

create table cost_sharer (
    coop_id integer not null,
    pool_id uuid not null,
    party_id bigint not null,
    measure bigint not null check (measure between 0 and 1000000000), -- square metres, kilograms; 0 where none counts
    primary key (coop_id, pool_id, party_id),
    foreign key (coop_id, pool_id) references cost_pool (coop_id, pool_id),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);

create table cost_charge (
    coop_id integer not null,
    pool_id uuid not null,
    month date not null check (extract(day from month) = 1),
    amount bigint not null check (amount > 0),
    charged_at timestamptz not null,
    primary key (coop_id, pool_id, month),
    foreign key (coop_id, pool_id) references cost_pool (coop_id, pool_id)
);

-- What each paid of it, and what that was shared by.
create table cost_share (
    coop_id integer not null,
    pool_id uuid not null,
    month date not null,
    party_id bigint not null,
    weight bigint not null check (weight >= 0),
    amount bigint not null check (amount >= 0),
    primary key (coop_id, pool_id, month, party_id),
    foreign key (coop_id, pool_id, month) references cost_charge (coop_id, pool_id, month),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);

-- The shares of a charge sum to it, or there is no charge.
create function refuse_uneven_charge() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    shared bigint;
begin
    select coalesce(sum(amount), 0) into shared from cost_share
    where coop_id = new.coop_id and pool_id = new.pool_id and month = new.month;
    if shared <> new.amount then
        raise exception 'the shares of pool % in % sum to %, not to %', new.pool_id, new.month, shared, new.amount using errcode = '23514';
    end if;
    return null;
end
$$;
create constraint trigger even after insert on cost_charge deferrable initially deferred
    for each row execute function refuse_uneven_charge();
revoke execute on function refuse_uneven_charge from public;

call append_only('cost_charge');
call append_only('cost_share');
call wall_off('cost_pool');
call wall_off('cost_sharer');
call wall_off('cost_charge');
call wall_off('cost_share');
grant select, insert on cost_pool, cost_sharer, cost_charge, cost_share to guildhall_app;
call audited('cost_pool');
call audited('cost_sharer');
call audited('cost_charge');
