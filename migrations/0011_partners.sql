-- Partners' keys to one co-op, and how much of the house each may use.

create table api_key (
    coop_id integer not null references coop,
    key_id uuid not null,
    prefix text not null check (prefix ~ '^[0-9A-Za-z]{8}$'), -- stands in the token and names the key: no secret
    name text not null check (name = btrim(name) and length(name) between 1 and 60),
    permissions text[] not null check (cardinality(permissions) > 0),
    made_by uuid not null references person,
    made_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > made_at),
    revoked_by uuid references person,
    revoked_at timestamptz,
    primary key (coop_id, key_id),
    check ((revoked_at is null) = (revoked_by is null))
);
-- A key is shown before anyone knows whose it is, so this one is unique over all co-ops.
create unique index api_key_by_prefix on api_key (prefix);
-- A second attempt to make a key is noticed by its name; a revoked key frees it.
create unique index api_key_by_name on api_key (coop_id, lower(name)) where revoked_at is null;

-- What proves a key. Rotation adds one and gives those before it an end; until then all of them work.
create table api_key_secret (
    coop_id integer not null,
    key_id uuid not null,
    number smallint not null check (number > 0),
    hash bytea not null check (length(hash) = 32), -- SHA-256 of the whole token
    made_by uuid not null references person,
    made_at timestamptz not null,
    works_until timestamptz,       -- null: as long as the key does
    -- To the minute: written beside the requests.
    last_used_at timestamptz,
    last_used_from inet,
    primary key (coop_id, key_id, number),
    foreign key (coop_id, key_id) references api_key (coop_id, key_id)
) with (fillfactor = 80);

-- Token buckets. What is lost in a crash is full again afterwards, so no log is written for them.
create unlogged table rate_bucket (
    coop_id integer not null references coop,
    bucket uuid not null,          -- the key's or the person's id; all zeros: what the co-op shares
    tokens bigint not null,        -- millionths of one
    at timestamptz not null,       -- until when they are filled up
    primary key (coop_id, bucket)
) with (fillfactor = 70);

call wall_off('api_key');
call wall_off('api_key_secret');
call wall_off('rate_bucket');
grant select, insert, update on api_key, api_key_secret, rate_bucket to guildhall_app;

call audited('api_key');
call audited('api_key_secret', secret => '{hash}', left_out => '{last_used_at, last_used_from}');

-- The key of a token, and what proves it: asked at the door, before a co-op can be named. It answers for one prefix, as the
-- owner of the schema, who has a policy for it; the application keeps the one wall.
create policy of_the_door on api_key for select to current_user using (true);
create policy of_the_door on api_key_secret for select to current_user using (true);

create function api_key_of(shown text) returns table (
    coop_id integer, key_id uuid, permissions text[], expires_at timestamptz, number smallint, hash bytea, works_until timestamptz
) language sql stable security definer set search_path = public, pg_temp as $$
    select key.coop_id, key.key_id, key.permissions, key.expires_at, secret.number, secret.hash, secret.works_until
    from api_key key join api_key_secret secret on secret.coop_id = key.coop_id and secret.key_id = key.key_id
    where key.prefix = shown and key.revoked_at is null
$$;
revoke execute on function api_key_of(text) from public;
grant execute on function api_key_of(text) to guildhall_app;
