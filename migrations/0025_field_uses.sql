-- Which fields of the graph are used by whom: what is to go can go when nobody asks for it any more.
--
-- A row for each field that a key, or the people of a co-op together, ever asked for: as many as the schema has fields, at
-- most, for each key. Written beside the requests, some minutes at a time.

create table field_use (
    coop_id integer not null references coop,
    field text not null check (length(field) between 3 and 200), -- as in Sale.lines
    key_id uuid not null,          -- the key's id; all zeros: people
    uses bigint not null check (uses > 0), -- operations that asked for it
    first_used_at timestamptz not null,
    last_used_at timestamptz not null check (last_used_at >= first_used_at),
    primary key (coop_id, field, key_id)
) with (fillfactor = 70);

call wall_off('field_use');
grant select, insert, update (uses, last_used_at) on field_use to guildhall_app;
