-- Products that come from files: what each import did, and how to take it back.

create type product_import_state as enum ('running', 'done', 'undone');

create table product_import (
    coop_id integer not null references coop,
    import_id uuid not null,       -- UUIDv7: in the order of time
    file text not null check (length(file) between 1 and 200),
    format text not null check (format in ('shopify', 'square', 'ofn', 'plain')),
    said bytea not null check (octet_length(said) = 32), -- sha-256 of the file and how it was to be read
    state product_import_state not null default 'running',
    started_at timestamptz not null,
    ended_at timestamptz,
    undone_at timestamptz,         -- nothing of it is left to take back
    products_done integer not null default 0 check (products_done >= 0), -- how far it has come, in the order of the file
    rows integer not null check (rows >= 0),
    created integer not null default 0 check (created >= 0),
    changed integer not null default 0 check (changed >= 0),
    unchanged integer not null default 0 check (unchanged >= 0),
    rejected integer not null default 0 check (rejected >= 0),
    primary key (coop_id, import_id),
    check (created + changed + unchanged + rejected <= rows),
    -- Every row ended somewhere.
    check (state = 'running' or created + changed + unchanged + rejected = rows),
    check ((state = 'running') = (ended_at is null)),
    check ((state = 'undone') = (undone_at is not null))
);
-- The same file again goes on where it stopped.
create unique index product_import_running on product_import (coop_id, said) where state = 'running';

-- A row that did not go in.
create table product_import_reject (
    coop_id integer not null,
    import_id uuid not null,
    line bigint not null check (line > 0),
    reason text not null check (reason <> ''),
    primary key (coop_id, import_id, line),
    foreign key (coop_id, import_id) references product_import (coop_id, import_id)
);

-- A product that an import made or changed. It is taken back while it looks as the import left it.
create table product_import_touch (
    coop_id integer not null,
    import_id uuid not null,
    product_id uuid not null,
    before jsonb,                  -- product_image before it was changed; null: the import made it
    after bytea not null check (octet_length(after) = 32), -- sha-256 of its product_image when the import was done with it
    moved jsonb not null default '[]' check (jsonb_typeof(moved) = 'array'), -- [{"movement": …, "lot": …, "location": …, "units": 3}]
    undone_at timestamptz,
    primary key (coop_id, import_id, product_id),
    foreign key (coop_id, import_id) references product_import (coop_id, import_id),
    foreign key (coop_id, product_id) references product (coop_id, product_id)
);
-- "Did a later import touch it as well?"
create index product_import_touch_by_product on product_import_touch (coop_id, product_id);

-- A product with its texts, variants, offers and prices, as an import may change them: always the same for the same.
create function product_image(of_coop integer, of_product uuid) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'status', product.status, 'category', product.category_id, 'language', product.language, 'option_names', product.option_names,
        'texts', (
            select jsonb_agg(jsonb_build_object('language', one.language, 'title', one.title, 'description', one.description)
                             order by one.language)
            from product_text one where one.coop_id = of_coop and one.product_id = of_product),
        'variants', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', variant.variant_id, 'sku', variant.sku, 'barcode', variant.barcode, 'options', variant.options,
                'archived', variant.archived_at is not null,
                'offers', coalesce((
                    select jsonb_agg(jsonb_build_object(
                        'maker', offer.party_id, 'withdrawn', offer.withdrawn_at is not null,
                        'prices', coalesce((
                            select jsonb_agg(jsonb_build_object('currency', price.currency, 'channel', price.channel, 'amount', price.amount)
                                             order by price.currency, price.channel)
                            from price where price.coop_id = of_coop and price.offer_id = offer.offer_id), '[]')
                        ) order by offer.party_id)
                    from offer where offer.coop_id = of_coop and offer.variant_id = variant.variant_id), '[]')
                ) order by variant.variant_id)
            from variant where variant.coop_id = of_coop and variant.product_id = of_product), '[]'))
    from product where product.coop_id = of_coop and product.product_id = of_product
$$;

call wall_off('product_import');
call wall_off('product_import_reject');
call wall_off('product_import_touch');
call append_only('product_import_reject');
grant select, insert on product_import, product_import_reject, product_import_touch to guildhall_app;
grant update (state, ended_at, undone_at, products_done, created, changed, unchanged, rejected) on product_import to guildhall_app;
grant update (after, moved, undone_at) on product_import_touch to guildhall_app;

-- That somebody imported a file, and that somebody took it back; not how far it came meanwhile.
call audited('product_import', left_out => '{said, products_done, created, changed, unchanged, rejected}');
