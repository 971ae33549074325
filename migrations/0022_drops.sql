-- What is promised of the stock: drops, places in slots, preorders and their deposits, waitlists, kits, pickups.
--
-- The goods themselves are held by reservations (0021); a promise says why, for whom and until when. What has a limit is
-- counted by the database: the application may not touch a counter.

-- 'person:<uuid>' of somebody who signed in, or 'email:<SHA-256>' of an address in small letters.
create domain buyer as text check (value ~ '^(person:[0-9a-f-]{36}|email:[0-9a-f]{64})$');

-- How far somebody has come as a contributor, for early access. No row: level 0.
create table buyer_level (
    coop_id integer not null references coop,
    buyer buyer not null,
    level smallint not null check (level between 0 and 1000),
    primary key (coop_id, buyer)
);

-- A drop: from a moment on, so many of each buyer, so many in all. Counted are units that are held or sold.
create table drop_sale (
    coop_id integer not null references coop,
    drop_id uuid not null,
    name text not null check (name = btrim(name) and length(name) between 1 and 200),
    opens_at timestamptz not null,
    ends_at timestamptz,               -- null: when it is sold out
    per_buyer integer not null check (per_buyer > 0),
    quantity integer not null check (quantity > 0),
    hold_minutes integer not null check (hold_minutes between 1 and 10080),
    taken integer not null default 0,
    created_at timestamptz not null,
    primary key (coop_id, drop_id),
    unique (coop_id, drop_id, per_buyer),
    check (ends_at > opens_at),
    constraint drop_sold_out check (taken between 0 and quantity)
);
-- "What comes next?"
create index drop_sale_by_opening on drop_sale (coop_id, opens_at, drop_id);

create table drop_variant (
    coop_id integer not null,
    drop_id uuid not null,
    variant_id uuid not null,
    primary key (coop_id, drop_id, variant_id),
    foreign key (coop_id, drop_id) references drop_sale (coop_id, drop_id),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id)
);
-- "Is this in a drop?"
create index drop_variant_by_variant on drop_variant (coop_id, variant_id);

-- How much earlier a drop opens from a level on.
create table drop_lead (
    coop_id integer not null,
    drop_id uuid not null,
    level smallint not null check (level between 1 and 1000),
    minutes integer not null check (minutes between 1 and 525600),
    primary key (coop_id, drop_id, level),
    foreign key (coop_id, drop_id) references drop_sale (coop_id, drop_id)
);

-- What a buyer has of a drop. The limit travels with the drop's by foreign key.
create table drop_buyer (
    coop_id integer not null,
    drop_id uuid not null,
    buyer buyer not null,
    most integer not null,
    taken integer not null,
    primary key (coop_id, drop_id, buyer),
    foreign key (coop_id, drop_id, most) references drop_sale (coop_id, drop_id, per_buyer) on update cascade,
    constraint drop_limit check (taken between 0 and most)
);

create table drop_claim (
    coop_id integer not null,
    reservation_id uuid not null,
    drop_id uuid not null,
    buyer buyer not null,
    quantity integer not null check (quantity > 0),
    claimed_at timestamptz not null,
    given_back boolean not null default false, -- its reservation ended without a sale
    primary key (coop_id, reservation_id),
    foreign key (coop_id, drop_id) references drop_sale (coop_id, drop_id),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id)
);
-- "What of this drop is this buyer's?"
create index drop_claim_by_buyer on drop_claim (coop_id, drop_id, buyer);

-- Counts a claim, or says which limit it breaks: 'sold_out', 'limit'. Called last in its transaction: the goods are locked
-- first and the counters afterwards, here and where claims are given back.
create function claim_of_drop(coop integer, the_drop uuid, reservation uuid, who text, units integer, at timestamptz)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
    allowed integer;
begin
    update drop_sale set taken = taken + units
    where coop_id = coop and drop_id = the_drop and taken + units <= quantity returning per_buyer into allowed;
    if not found then
        return 'sold_out';
    end if;
    insert into drop_buyer as has (coop_id, drop_id, buyer, most, taken)
    select coop, the_drop, who, allowed, units where units <= allowed
    on conflict (coop_id, drop_id, buyer) do update set taken = has.taken + units where has.taken + units <= has.most;
    if not found then
        return 'limit';
    end if;
    insert into drop_claim (coop_id, reservation_id, drop_id, buyer, quantity, claimed_at)
    values (coop, reservation, the_drop, who, units, at);
    return 'ok';
end
$$;

-- A reservation that ends without a sale gives back what it took of a drop.
create function give_back_to_drop() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    claim drop_claim;
begin
    update drop_claim set given_back = true
    where coop_id = new.coop_id and reservation_id = new.reservation_id and not given_back returning * into claim;
    if found then
        update drop_sale set taken = taken - claim.quantity where coop_id = claim.coop_id and drop_id = claim.drop_id;
        update drop_buyer set taken = taken - claim.quantity
        where coop_id = claim.coop_id and drop_id = claim.drop_id and buyer = claim.buyer;
    end if;
    return null;
end
$$;
create constraint trigger give_back_to_drop after update of state on reservation deferrable initially deferred
    for each row when (old.state = 'held' and new.state in ('released', 'expired')) execute function give_back_to_drop();

-- Something with places: a workshop, a fitting, an opening night.
create table slot (
    coop_id integer not null references coop,
    slot_id uuid not null,
    name text not null check (name = btrim(name) and length(name) between 1 and 200),
    variant_id uuid,                   -- what is sold with a place, if anything
    location_id uuid,                  -- where
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    capacity integer not null check (capacity > 0),
    taken integer not null default 0,
    created_at timestamptz not null,
    primary key (coop_id, slot_id),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id),
    foreign key (coop_id, location_id) references location (coop_id, location_id),
    constraint slot_full check (taken between 0 and capacity)
);
create index slot_by_start on slot (coop_id, starts_at, slot_id);

create type rsvp_state as enum ('going', 'cancelled', 'came', 'no_show');

create table rsvp (
    coop_id integer not null,
    rsvp_id uuid not null,
    slot_id uuid not null,
    buyer buyer not null,
    name text not null check (length(name) <= 200),
    state rsvp_state not null default 'going',
    replied_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (coop_id, rsvp_id),
    foreign key (coop_id, slot_id) references slot (coop_id, slot_id)
);
-- One place for each.
create unique index rsvp_once on rsvp (coop_id, slot_id, buyer) where state <> 'cancelled';
-- "Who comes?"
create index rsvp_by_slot on rsvp (coop_id, slot_id, rsvp_id);

create function count_places() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was constant integer := case when tg_op = 'INSERT' or old.state = 'cancelled' then 0 else 1 end;
    becomes constant integer := case when new.state = 'cancelled' then 0 else 1 end;
begin
    if becomes <> was then
        update slot set taken = taken + becomes - was where coop_id = new.coop_id and slot_id = new.slot_id;
    end if;
    return null;
end
$$;
create trigger count_places after insert or update of state on rsvp for each row execute function count_places();

-- Ordered before there is stock.
create table preorder_round (
    coop_id integer not null references coop,
    round_id uuid not null,
    variant_id uuid not null,
    ship_by date not null,
    closes_at timestamptz,             -- null: when the cap is reached
    quantity integer not null check (quantity > 0),
    taken integer not null default 0,
    currency char(3) not null references currency,
    price bigint not null check (price between 0 and 1000000000000),   -- for one, tax inside
    deposit bigint not null check (deposit between 0 and price),       -- of it, at once
    forfeit_bps integer not null check (forfeit_bps between 0 and 10000), -- of the deposit, when the buyer does not come
    hold_hours integer not null check (hold_hours between 1 and 8760), -- how long the goods wait for the balance
    created_at timestamptz not null,
    primary key (coop_id, round_id),
    unique (coop_id, round_id, variant_id),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id),
    constraint preorder_cap check (taken between 0 and quantity)
);
create index preorder_round_by_variant on preorder_round (coop_id, variant_id);

create type preorder_state as enum ('waiting', 'reserved', 'cancelled');

create table preorder (
    coop_id integer not null,
    preorder_id uuid not null,
    place bigint generated always as identity, -- the oldest are served first
    round_id uuid not null,
    variant_id uuid not null,
    buyer buyer not null,
    email text check (email like '%_@_%'),     -- for the letter that it is ready
    quantity integer not null check (quantity > 0),
    state preorder_state not null default 'waiting',
    reservation_id uuid,
    placed_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (coop_id, preorder_id),
    unique (coop_id, reservation_id),
    foreign key (coop_id, round_id, variant_id) references preorder_round (coop_id, round_id, variant_id),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id),
    check ((state = 'reserved') = (reservation_id is not null))
);
-- The line.
create index preorder_waiting on preorder (coop_id, variant_id, place) where state = 'waiting';
create index preorder_by_round on preorder (coop_id, round_id, place);

create function count_preorders() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    was constant integer := case when tg_op = 'INSERT' or old.state = 'cancelled' then 0 else old.quantity end;
    becomes constant integer := case when new.state = 'cancelled' then 0 else new.quantity end;
begin
    if becomes <> was then
        update preorder_round set taken = taken + becomes - was where coop_id = new.coop_id and round_id = new.round_id;
    end if;
    return null;
end
$$;
create trigger count_preorders after insert or update of state, quantity on preorder for each row execute function count_preorders();

create type deposit_state as enum ('due', 'paid', 'ready', 'settled', 'forfeited', 'returned', 'void');

-- Paid at once, of something that is paid for when it is ready. Minor units.
create table deposit (
    coop_id integer not null references coop,
    deposit_id uuid not null,
    preorder_id uuid,
    rsvp_id uuid,
    reservation_id uuid,
    currency char(3) not null references currency,
    total bigint not null check (total >= 0),
    deposit bigint not null check (deposit between 0 and total),
    forfeit_bps integer not null check (forfeit_bps between 0 and 10000),
    state deposit_state not null,
    balance_due_at timestamptz,
    kept bigint not null default 0 check (kept >= 0),
    back bigint not null default 0 check (back >= 0),
    changed_at timestamptz not null,
    primary key (coop_id, deposit_id),
    unique (coop_id, preorder_id),
    unique (coop_id, rsvp_id),
    unique (coop_id, reservation_id),
    foreign key (coop_id, preorder_id) references preorder (coop_id, preorder_id),
    foreign key (coop_id, rsvp_id) references rsvp (coop_id, rsvp_id),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id),
    check (num_nonnulls(preorder_id, rsvp_id, reservation_id) = 1),
    check (kept + back = case when state in ('forfeited', 'returned') then deposit else 0 end),
    check (state <> 'returned' or kept = 0),
    check (state <> 'ready' or balance_due_at is not null)
);
-- "Whose balance is overdue?"
create index deposit_overdue on deposit (coop_id, balance_due_at) where state = 'ready';

create type waitlist_state as enum ('waiting', 'offered', 'left');

-- An offer is a reservation: it blocks the stock until it is taken or has expired, and then the next one is asked.
create table waitlist_entry (
    coop_id integer not null references coop,
    entry_id uuid not null,
    place bigint generated always as identity,
    variant_id uuid not null,
    buyer buyer not null,
    email text check (email like '%_@_%'),
    quantity integer not null check (quantity > 0),
    hold_minutes integer not null check (hold_minutes between 1 and 43200),
    state waitlist_state not null default 'waiting',
    reservation_id uuid,
    offered_until timestamptz,
    joined_at timestamptz not null,
    primary key (coop_id, entry_id),
    unique (coop_id, reservation_id),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id),
    check ((state = 'offered') = (reservation_id is not null)),
    check ((state = 'offered') = (offered_until is not null))
);
-- One place in the line for each, and the line.
create unique index waitlist_once on waitlist_entry (coop_id, variant_id, buyer) where state = 'waiting';
create index waitlist_waiting on waitlist_entry (coop_id, variant_id, place) where state = 'waiting';
create index waitlist_by_variant on waitlist_entry (coop_id, variant_id, place);

-- How the price of a kit is shared by its components: by what they cost by themselves, or by fixed weights.
create type kit_split as enum ('list_price', 'weights');

-- A variant that is made of others. It lies nowhere itself.
create table kit (
    coop_id integer not null,
    variant_id uuid not null,
    split kit_split not null,
    created_at timestamptz not null,
    primary key (coop_id, variant_id),
    unique (coop_id, variant_id, split),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id)
);

create table kit_component (
    coop_id integer not null,
    kit_id uuid not null,
    variant_id uuid not null check (variant_id <> kit_id),
    split kit_split not null,
    position smallint not null check (position >= 0),
    quantity integer not null check (quantity between 1 and 1000),
    weight bigint check (weight between 0 and 1000000000),
    primary key (coop_id, kit_id, variant_id),
    unique (coop_id, kit_id, position),
    foreign key (coop_id, kit_id, split) references kit (coop_id, variant_id, split),
    foreign key (coop_id, variant_id) references variant (coop_id, variant_id),
    check ((split = 'weights') = (weight is not null))
);
create index kit_component_by_variant on kit_component (coop_id, variant_id);

create table kit_reservation (
    coop_id integer not null,
    reservation_id uuid not null,
    kit_id uuid not null,
    quantity integer not null check (quantity > 0),
    primary key (coop_id, reservation_id),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id),
    foreign key (coop_id, kit_id) references kit (coop_id, variant_id)
);

-- Held at a stall for whoever shows the code in time. What nobody fetches expires with its reservation and lies there for sale.
create table pickup (
    coop_id integer not null,
    reservation_id uuid not null,
    location_id uuid not null,
    buyer buyer not null,
    code text not null check (code ~ '^[A-Z2-7]{16}$'),
    opens_at timestamptz not null,
    closes_at timestamptz not null check (closes_at > opens_at),
    collected_at timestamptz,
    primary key (coop_id, reservation_id),
    unique (coop_id, code),
    foreign key (coop_id, reservation_id) references reservation (coop_id, reservation_id),
    foreign key (coop_id, location_id) references location (coop_id, location_id)
);
-- "What waits at this stall?"
create index pickup_by_location on pickup (coop_id, location_id, closes_at) where collected_at is null;

call wall_off('buyer_level');
call wall_off('drop_sale');
call wall_off('drop_variant');
call wall_off('drop_lead');
call wall_off('drop_buyer');
call wall_off('drop_claim');
call wall_off('slot');
call wall_off('rsvp');
call wall_off('preorder_round');
call wall_off('preorder');
call wall_off('deposit');
call wall_off('waitlist_entry');
call wall_off('kit');
call wall_off('kit_component');
call wall_off('kit_reservation');
call wall_off('pickup');

-- The counters are the database's.
grant select on drop_sale, drop_buyer, drop_claim, slot, preorder_round to guildhall_app;
grant insert (coop_id, drop_id, name, opens_at, ends_at, per_buyer, quantity, hold_minutes, created_at) on drop_sale to guildhall_app;
grant update (name, opens_at, ends_at, per_buyer, quantity, hold_minutes) on drop_sale to guildhall_app;
grant insert (coop_id, slot_id, name, variant_id, location_id, starts_at, ends_at, capacity, created_at) on slot to guildhall_app;
grant update (name, starts_at, ends_at, capacity) on slot to guildhall_app;
grant insert (coop_id, round_id, variant_id, ship_by, closes_at, quantity, currency, price, deposit, forfeit_bps, hold_hours, created_at)
    on preorder_round to guildhall_app;
grant update (ship_by, closes_at, quantity) on preorder_round to guildhall_app;
grant select, insert on drop_variant, drop_lead, kit, kit_component, kit_reservation to guildhall_app;
grant select, insert, update on buyer_level, rsvp, preorder, deposit, waitlist_entry, pickup to guildhall_app;
revoke execute on function claim_of_drop, give_back_to_drop, count_places, count_preorders from public;
grant execute on function claim_of_drop to guildhall_app;

call audited('buyer_level');
call audited('drop_sale', left_out => '{taken}');
call audited('drop_variant');
call audited('drop_lead');
call audited('slot', left_out => '{taken}');
call audited('preorder_round', left_out => '{taken}');
call audited('deposit');
call audited('kit');
call audited('kit_component');
