-- Who changed what: every change of an administrative table, written by the database itself.
--
-- A table that people administer calls audited() once. What is hot (sales, postings, entries, events) does not: those rows are
-- a record themselves. The transaction says who acts with SET LOCAL guildhall.acting = '{"kind": "person", …}', beside the
-- co-op it names (db::acting); nothing said means that the system did it by itself.

create table audit_entry (
    coop_id integer not null references coop,
    audit_id bigint generated always as identity,
    at timestamptz not null default now(), -- the start of the transaction: what was done together has the same moment
    actor text not null check (actor in ('person', 'key', 'operator', 'system')),
    person_id uuid,                -- who; of an operator: in whose name. Outlives the person, so no foreign key
    session_id uuid,
    key_id uuid,
    via text,                      -- the operation, as in createApiKey
    address inet,                  -- where the request came from
    table_name text not null,      -- of a note: what it speaks of
    row_key text not null,         -- its primary key beside the co-op, parts joined by '/'; of a co-op: its number
    action text not null check (action in ('insert', 'update', 'delete', 'note')),
    before jsonb,                  -- of an update only the columns that changed; '***' for what is secret
    after jsonb,
    primary key (coop_id, audit_id),
    check ((actor = 'key') = (key_id is not null)),
    check (actor <> 'person' or person_id is not null)
);
-- Newest first: all of a co-op's, a table's or a row's, a person's, a key's.
create index audit_entry_by_time on audit_entry (coop_id, at, audit_id);
create index audit_entry_by_table on audit_entry (coop_id, table_name, at, audit_id);
create index audit_entry_by_row on audit_entry (coop_id, table_name, row_key, at, audit_id);
create index audit_entry_by_person on audit_entry (coop_id, person_id, at, audit_id) where person_id is not null;
create index audit_entry_by_key on audit_entry (coop_id, key_id, at, audit_id) where key_id is not null;

call append_only('audit_entry');
call wall_off('audit_entry');
-- Written only by the functions below, which run as the owner; they know the co-op from the row, also while it is being founded.
-- The application may not insert at all.
create policy written_with_the_row on audit_entry for insert to current_user with check (true);
grant select on audit_entry to guildhall_app;

-- One entry, by whoever acts.
create function write_audit(coop integer, what text, row_key text, action text, before jsonb, after jsonb) returns void
language plpgsql set search_path = public, pg_catalog as $$
declare
    acting constant jsonb := coalesce(nullif(current_setting('guildhall.acting', true), ''), '{"kind": "system"}')::jsonb;
begin
    insert into audit_entry (coop_id, actor, person_id, session_id, key_id, via, address, table_name, row_key, action, before, after)
    values (coop, acting ->> 'kind', (acting ->> 'person')::uuid, (acting ->> 'session')::uuid, (acting ->> 'key')::uuid,
            acting ->> 'via', (acting ->> 'from')::inet, what, row_key, action, before, after);
end
$$;

-- Arguments: the columns of the primary key, those that are secret, those that are left out.
create function audit_row() returns trigger language plpgsql security definer set search_path = public, pg_catalog as $$
declare
    keys constant text[] := tg_argv[0];
    secrets constant text[] := tg_argv[1];
    left_out constant text[] := tg_argv[2];
    old_row constant jsonb := to_jsonb(old);
    new_row constant jsonb := to_jsonb(new);
    row_key text;
    was jsonb;
    becomes jsonb;
begin
    -- An insert says what was set; an update what is different; a delete what is gone.
    select jsonb_object_agg(name, case when name = any (secrets) and old_value <> 'null' then '"***"' else old_value end)
               filter (where old_row is not null),
           jsonb_object_agg(name, case when name = any (secrets) and new_value <> 'null' then '"***"' else new_value end)
               filter (where new_row is not null)
    into was, becomes
    from (select name, coalesce(old_row -> name, 'null') as old_value, coalesce(new_row -> name, 'null') as new_value
          from jsonb_object_keys(coalesce(new_row, old_row)) as name) pairs
    where old_value is distinct from new_value and name <> 'coop_id' and name <> all (left_out);
    if tg_op = 'UPDATE' and becomes is null then
        return null; -- nothing changed that anybody asked to hear of
    end if;
    select string_agg(coalesce(new_row, old_row) ->> name, '/' order by place) into row_key
    from unnest(keys) with ordinality as part (name, place);
    perform write_audit((coalesce(new_row, old_row) ->> 'coop_id')::integer, tg_table_name, row_key, lower(tg_op), was, becomes);
    return null;
end
$$;

-- Has every change of a table written down. `secret`: columns whose values are shown as '***'. `left_out`: columns that say
-- nothing of what people did, or whose values are kept elsewhere; a change of these alone is no entry.
create procedure audited(target regclass, secret text[] default '{}', left_out text[] default '{}') language plpgsql as $$
declare
    keys text[];
    unknown text;
begin
    select array_agg(attname::text order by place) into keys
    from pg_index, unnest(indkey::smallint[]) with ordinality as part (number, place)
    join pg_attribute on attrelid = target and attnum = number
    where indrelid = target and indisprimary;
    if not coalesce('coop_id' = any (keys), false) then
        raise exception '% cannot be audited: its primary key does not name a co-op', target;
    end if;
    select name into unknown from unnest(secret || left_out) as name
    where not exists (select from pg_attribute where attrelid = target and attname = name and attnum > 0 and not attisdropped) limit 1;
    if found then
        raise exception '% has no column %', target, unknown;
    end if;
    if cardinality(keys) > 1 then
        keys := array_remove(keys, 'coop_id');
    end if;
    execute format('create or replace trigger audited after insert or update or delete on %s for each row execute function audit_row(%L, %L, %L)',
        target, keys, secret, left_out);
end
$$;

-- What people do that changes no table of theirs, such as settling parked events again. Notes cannot pass for changes.
create function note_audit(coop integer, what text, row_key text, before jsonb, after jsonb) returns void
language plpgsql security definer set search_path = public, pg_catalog as $$
begin
    if coop <> all (string_to_array(nullif(current_setting('guildhall.coops', true), ''), ',')::int[]) is not false then
        raise exception 'co-op % is not named by this transaction', coop using errcode = '42501';
    end if;
    perform write_audit(coop, what, row_key, 'note', before, after);
end
$$;
revoke execute on function write_audit, audit_row, note_audit from public;
grant execute on function note_audit to guildhall_app;

call audited('coop');
-- What Stripe says of an account is Stripe's, and comes often.
call audited('party', left_out => '{payouts_enabled, payouts_reason, account_seen_at}');
call audited('membership');
call audited('agreement');
-- A version never changes: its body is read where it is.
call audited('agreement_version', left_out => '{body}');
call audited('advance');
call audited('payout_run');
call audited('period_close');
call audited('patronage');
