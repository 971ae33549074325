-- Sales that come from files.

-- Rows that give money back for a sale nobody knows, or that could mean several. They wait here, with the reason, and every
-- import looks again whether their sale has come since. Nothing of them is in the books before that.
create table import_parked (
    coop_id integer not null references coop,
    row_key text not null,         -- the same row of the same sale is the same key, whichever file it comes in; later the refund's id
    file text not null,
    line bigint not null,          -- where it stood in that file
    sale_ref text not null,        -- the sale_id as the row has it
    sold_at timestamptz not null,
    channel sale_channel not null,
    sku text not null,
    description text not null,
    quantity integer not null check (quantity < 0),
    unit_price bigint not null check (unit_price > 0),
    currency char(3) not null references currency,
    buyer text,
    party_id bigint not null,      -- the maker
    reason text not null,
    parked_at timestamptz not null,
    settled_at timestamptz,        -- since when it is in the books, as a refund
    primary key (coop_id, row_key),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);
-- "What is parked?", in the order in which it was sold.
create index import_parked_open on import_parked (coop_id, sold_at, row_key) where settled_at is null;
-- "Which earlier sale to this buyer can this row mean?" Only imported sales are looked through, so only they pay for it.
create index sale_by_outside_buyer on sale (coop_id, buyer, sold_at) where payment = 'outside' and buyer is not null;

call wall_off('import_parked');
grant select, insert, update on import_parked to guildhall_app;
