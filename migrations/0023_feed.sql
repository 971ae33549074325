-- What changed in the catalogue since a device last heard of it, and what is found in it.
--
-- The feed (infra/adr/0007): each co-op's catalogue has a version that only grows. A product or a category that was touched stands
-- under one number, its newest; whoever has everything up to N asks for what is numbered above N. Numbers are given where a
-- transaction ends, one transaction of a co-op after the other, so none is ever seen before a lower one that is still to come.

create table catalogue_version (
    coop_id integer primary key references coop,
    version bigint not null default 0 check (version >= 0),
    -- Devices that stand before this begin anew. Raised after a restore, or if ever old tombstones are dropped.
    goes_back_to bigint not null default 0 check (goes_back_to between 0 and version)
);

-- One row for each thing, under its newest number. It outlives the thing: that is the tombstone, hence no foreign key.
create table catalogue_change (
    coop_id integer not null references coop,
    version bigint not null,
    product_id uuid,
    category_id integer,
    primary key (coop_id, version),
    unique (coop_id, product_id),
    unique (coop_id, category_id),
    check (num_nonnulls(product_id, category_id) = 1)
);

-- What a transaction has touched so far. Every transaction takes its own rows away before it ends, so nobody ever sees another's,
-- and a crash loses none.
create unlogged table catalogue_touched (
    coop_id integer not null,
    touched_id bigint generated always as identity,
    product_ids uuid[] not null default '{}',
    category_ids integer[] not null default '{}',
    primary key (coop_id, touched_id)
);

call wall_off('catalogue_version');
call wall_off('catalogue_change');
call wall_off('catalogue_touched');
grant select on catalogue_version, catalogue_change to guildhall_app;

-- The products of rows that name one. A row that was written as it had been is no change.
create function touch_products() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        insert into catalogue_touched (coop_id, product_ids)
        select coop_id, array_agg(distinct product_id)
        from ((table changed except table was) union all (table was except table changed)) different group by coop_id;
    else
        insert into catalogue_touched (coop_id, product_ids)
        select coop_id, array_agg(distinct product_id) from changed group by coop_id;
    end if;
    return null;
end
$$;

-- The products of offers.
create function touch_products_of_offers() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        insert into catalogue_touched (coop_id, product_ids)
        select different.coop_id, array_agg(distinct variant.product_id)
        from ((table changed except table was) union all (table was except table changed)) different
        cross join lateral (select product_id from variant
            where variant.coop_id = different.coop_id and variant.variant_id = different.variant_id offset 0) variant
        group by different.coop_id;
    else
        insert into catalogue_touched (coop_id, product_ids)
        select changed.coop_id, array_agg(distinct variant.product_id)
        from changed cross join lateral (select product_id from variant
            where variant.coop_id = changed.coop_id and variant.variant_id = changed.variant_id offset 0) variant
        group by changed.coop_id;
    end if;
    return null;
end
$$;

-- The products of prices.
create function touch_products_of_prices() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        insert into catalogue_touched (coop_id, product_ids)
        select different.coop_id, array_agg(distinct variant.product_id)
        from ((table changed except table was) union all (table was except table changed)) different
        cross join lateral (select variant_id from offer
            where offer.coop_id = different.coop_id and offer.offer_id = different.offer_id offset 0) offer
        cross join lateral (select product_id from variant
            where variant.coop_id = different.coop_id and variant.variant_id = offer.variant_id offset 0) variant
        group by different.coop_id;
    else
        insert into catalogue_touched (coop_id, product_ids)
        select changed.coop_id, array_agg(distinct variant.product_id)
        from changed
        cross join lateral (select variant_id from offer
            where offer.coop_id = changed.coop_id and offer.offer_id = changed.offer_id offset 0) offer
        cross join lateral (select product_id from variant
            where variant.coop_id = changed.coop_id and variant.variant_id = offer.variant_id offset 0) variant
        group by changed.coop_id;
    end if;
    return null;
end
$$;

create function touch_categories() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' then
        insert into catalogue_touched (coop_id, category_ids)
        select coop_id, array_agg(distinct category_id)
        from ((table changed except table was) union all (table was except table changed)) different group by coop_id;
    else
        insert into catalogue_touched (coop_id, category_ids)
        select coop_id, array_agg(distinct category_id) from changed group by coop_id;
    end if;
    return null;
end
$$;

-- A maker is called otherwise: so read the products.
create function touch_products_of_maker() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into catalogue_touched (coop_id, product_ids)
    select new.coop_id, array_agg(distinct variant.product_id)
    from offer join variant on variant.coop_id = offer.coop_id and variant.variant_id = offer.variant_id
    where offer.coop_id = new.coop_id and offer.party_id = new.party_id
    having count(*) > 0;
    return null;
end
$$;

-- Has the feed hear of a table.
create procedure feeds(target regclass, teller regproc) language plpgsql as $$
begin
    execute format('create trigger feed_inserted after insert on %s referencing new table as changed for each statement execute function %s()', target, teller);
    execute format('create trigger feed_updated after update on %s referencing old table as was new table as changed for each statement execute function %s()', target, teller);
    execute format('create trigger feed_deleted after delete on %s referencing old table as changed for each statement execute function %s()', target, teller);
end
$$;

call feeds('product', 'touch_products');
call feeds('product_text', 'touch_products');
call feeds('variant', 'touch_products');
call feeds('product_attribute', 'touch_products');
call feeds('medium', 'touch_products');
call feeds('publication', 'touch_products');
call feeds('offer', 'touch_products_of_offers');
call feeds('price', 'touch_products_of_prices');
call feeds('category', 'touch_categories');
create trigger feed_renamed after update of handle, name on party for each row
    when (old.handle <> new.handle or old.name <> new.name) execute function touch_products_of_maker();

-- Numbers what the transaction has touched, as the last thing it does. From the lock to the end of the transaction no other of
-- this co-op passes here; whoever comes next sees what this one did.
create function number_changes() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    last bigint;
    products uuid[];
    categories integer[];
begin
    if not exists (select from catalogue_touched where coop_id = new.coop_id) then
        return null; -- numbered with the first of its rows
    end if;
    select version into last from catalogue_version where coop_id = new.coop_id for update;
    if not found then
        insert into catalogue_version (coop_id) values (new.coop_id) on conflict do nothing;
        select version into last from catalogue_version where coop_id = new.coop_id for update;
    end if;
    with taken as (
        delete from catalogue_touched where coop_id = new.coop_id returning product_ids, category_ids
    )
    select (select coalesce(array_agg(distinct id), '{}') from taken, unnest(product_ids) as id),
           (select coalesce(array_agg(distinct id), '{}') from taken, unnest(category_ids) as id)
    into products, categories;
    insert into catalogue_change (coop_id, version, category_id)
    select new.coop_id, last + place, id from unnest(categories) with ordinality as touched (id, place)
    on conflict (coop_id, category_id) do update set version = excluded.version;
    last := last + cardinality(categories);
    insert into catalogue_change (coop_id, version, product_id)
    select new.coop_id, last + place, id from unnest(products) with ordinality as touched (id, place)
    on conflict (coop_id, product_id) do update set version = excluded.version;
    last := last + cardinality(products);
    update catalogue_version set version = last where coop_id = new.coop_id;
    perform index_products(new.coop_id, products);
    return null;
end
$$;
create constraint trigger number_changes after insert on catalogue_touched
    deferrable initially deferred for each row execute function number_changes();

-- For operators, after a database was set back to an earlier moment: devices may have heard of what is no longer so, under numbers
-- that will come again. All begin anew.
create procedure renew_catalogue_feeds() language sql as $$
    update catalogue_version set version = version + 1000000000, goes_back_to = version + 1000000000
$$;
revoke execute on function touch_products, touch_products_of_offers, touch_products_of_prices, touch_categories,
    touch_products_of_maker, number_changes from public;
revoke execute on procedure renew_catalogue_feeds, feeds from public;

-- The search: one row for each product with all that it is found by, kept by the same last step of a transaction that numbers its
-- changes, so it is never older than the feed.
--
-- Row-level security and full text do not go together by themselves: a filter that might tell what it saw must not run before the
-- wall has let a row through, and neither @@ nor && nor the operators of trigrams are known to be discreet (leakproof). For the
-- application's role PostgreSQL therefore reads every product of the co-op, index or not. So it does not search the table
-- itself. Two functions answer for one co-op that the transaction has named; they run as the owner of the schema, who
-- has a policy of its own without a condition, and before that nothing need wait. tests/feed holds the plan to it.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create type shown_span as (channel sale_channel, starts timestamptz, ends timestamptz);
create type shown_price as (channel sale_channel, currency text, amount bigint);

create table product_search (
    coop_id integer not null references coop,
    product_id uuid not null,
    status product_status not null,
    category_id integer,
    spans shown_span[] not null,   -- where and when it is shown
    prices shown_price[] not null, -- what it costs there: a channel's own price, or the one for all
    makers bigint[] not null,      -- who offers it
    attributes text[] not null,    -- material=oak
    codes text[] not null,         -- SKUs, makers' SKUs and barcodes, in small letters
    words text not null,           -- titles and makers' names, in small letters, for what is mistyped
    document tsvector not null,    -- in each language by its own rules, and as it is written
    primary key (coop_id, product_id)
) with (fillfactor = 80);
-- "What matches these words, this code, these makers or attributes?"
create index product_search_by_words on product_search using gin (coop_id, document, codes, makers, attributes);
-- "What is spelled almost like this?"
create index product_search_by_spelling on product_search using gin (coop_id, words gin_trgm_ops);
-- "What is in these categories, newest first?"
create index product_search_by_category on product_search (coop_id, category_id, product_id);

call wall_off('product_search');
grant select on product_search to guildhall_app; -- for the export of everything
create policy of_the_search on product_search for select to current_user using (true);

-- In which languages a co-op writes: a question is read by the rules of each.
alter table catalogue_version add column languages text[] not null default '{}';

create aggregate documents(tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');

-- The rules for the words of a language; those of none where PostgreSQL knows none.
create function text_rules(language text) returns regconfig language sql immutable as $$
    select case split_part(language, '-', 1)
        when 'ar' then 'arabic' when 'ca' then 'catalan' when 'da' then 'danish' when 'de' then 'german' when 'el' then 'greek'
        when 'en' then 'english' when 'es' then 'spanish' when 'eu' then 'basque' when 'fi' then 'finnish' when 'fr' then 'french'
        when 'ga' then 'irish' when 'hi' then 'hindi' when 'hu' then 'hungarian' when 'hy' then 'armenian' when 'id' then 'indonesian'
        when 'it' then 'italian' when 'lt' then 'lithuanian' when 'nb' then 'norwegian' when 'ne' then 'nepali' when 'nl' then 'dutch'
        when 'nn' then 'norwegian' when 'no' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian'
        when 'ru' then 'russian' when 'sr' then 'serbian' when 'sv' then 'swedish' when 'ta' then 'tamil' when 'tr' then 'turkish'
        when 'yi' then 'yiddish' else 'simple' end::regconfig
$$;

-- Writes down anew what these products are found by.
create function index_products(coop integer, products uuid[]) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into product_search (coop_id, product_id, status, category_id, spans, prices, makers, attributes, codes, words, document)
    select coop, product.product_id, product.status, product.category_id, coalesce(shown.spans, '{}'), coalesce(sold.prices, '{}'),
           coalesce(made.makers, '{}'), coalesce(said.attributes, '{}'), coalesce(coded.codes, '{}'),
           concat_ws(' ', lower(written.titles), lower(made.names)),
           written.document || setweight(to_tsvector('simple', coalesce(made.names, '')), 'B')
               || setweight(to_tsvector('simple', coalesce(said.words, '')), 'C')
    from unnest(products) as asked (product_id)
    cross join lateral (
        select product_id, status, category_id from product
        where product.coop_id = coop and product.product_id = asked.product_id offset 0
    ) product
    cross join lateral (
        select string_agg(title, ' ' order by language) as titles,
               documents(setweight(to_tsvector(text_rules(language), title), 'A') || setweight(to_tsvector('simple', title), 'A')
                   || setweight(to_tsvector(text_rules(language), description), 'D')) as document
        from product_text where product_text.coop_id = coop and product_text.product_id = asked.product_id
    ) written
    cross join lateral (
        select array_agg((channel, visible_from, coalesce(visible_until, 'infinity'))::shown_span) as spans
        from publication where publication.coop_id = coop and publication.product_id = asked.product_id
    ) shown
    cross join lateral (
        select array_agg(name || '=' || value order by name, value) as attributes, string_agg(value, ' ') as words
        from product_attribute where product_attribute.coop_id = coop and product_attribute.product_id = asked.product_id
    ) said
    cross join lateral (
        select array_agg(distinct lower(code)) filter (where code is not null) as codes
        from variant
        left join offer on offer.coop_id = coop and offer.variant_id = variant.variant_id and offer.withdrawn_at is null
        cross join lateral unnest(array[variant.sku, variant.barcode, offer.sku]) as code
        where variant.coop_id = coop and variant.product_id = asked.product_id and variant.archived_at is null
    ) coded
    cross join lateral (
        select array_agg(distinct party.party_id) as makers, string_agg(distinct party.name, ' ') as names
        from variant
        join offer on offer.coop_id = coop and offer.variant_id = variant.variant_id and offer.withdrawn_at is null
        join party on party.coop_id = coop and party.party_id = offer.party_id
        where variant.coop_id = coop and variant.product_id = asked.product_id and variant.archived_at is null
    ) made
    cross join lateral (
        select array_agg(distinct (sold_in, price.currency::text, price.amount)::shown_price) as prices
        from variant
        join offer on offer.coop_id = coop and offer.variant_id = variant.variant_id and offer.withdrawn_at is null
        join price on price.coop_id = coop and price.offer_id = offer.offer_id
        cross join lateral unnest(case when price.channel = 'all' then enum_range(null::sale_channel)
            else array[price.channel::text::sale_channel] end) as sold_in
        where variant.coop_id = coop and variant.product_id = asked.product_id and variant.archived_at is null
          and (price.channel <> 'all' or not exists (select from price own
              where own.coop_id = coop and own.offer_id = price.offer_id and own.currency = price.currency and own.channel::text = sold_in::text))
    ) sold
    on conflict (coop_id, product_id) do update set
        status = excluded.status, category_id = excluded.category_id, spans = excluded.spans, prices = excluded.prices,
        makers = excluded.makers, attributes = excluded.attributes, codes = excluded.codes, words = excluded.words, document = excluded.document
    where product_search is distinct from excluded;
    delete from product_search where coop_id = coop and product_id = any (products)
        and not exists (select from product where product.coop_id = coop and product.product_id = product_search.product_id);
    update catalogue_version set languages = known.languages
    from (select array_agg(distinct language order by language) as languages
          from (select unnest(languages) as language from catalogue_version where coop_id = coop
                union all select language from product_text where coop_id = coop and product_id = any (products)) spoken) known
    where coop_id = coop and catalogue_version.languages <> known.languages;
$$;

-- A question as it is asked of documents: by the rules of each language, as it is written, and with its last word not yet typed to its end.
create function text_question(query text, languages text[]) returns tsquery language plpgsql stable set search_path = public, pg_temp as $$
declare
    question tsquery := websearch_to_tsquery('simple', query);
    rules regconfig;
    typed text[];
begin
    for rules in select distinct text_rules(language) from unnest(languages) as language loop
        question := question || websearch_to_tsquery(rules, query);
    end loop;
    if query !~ '["-]' then
        typed := array_remove(regexp_split_to_array(lower(query), '[^[:alnum:]]+'), '');
        if cardinality(typed) > 0 then
            question := question || to_tsquery('simple', array_to_string(typed, ' & ') || ':*');
        end if;
    end if;
    return question;
end
$$;

-- Whether something of a product can be sold now. The one thing that the catalogue asks of the stock.
create function has_stock(coop integer, product uuid, at timestamptz) returns boolean language sql stable as $$
    select exists (
        select from variant
        join stock on stock.coop_id = coop and stock.variant_id = variant.variant_id and stock.stocked
        join lot on lot.coop_id = coop and lot.lot_id = stock.lot_id
        join location on location.coop_id = coop and location.location_id = stock.location_id
        where variant.coop_id = coop and variant.product_id = product and variant.archived_at is null
          and stock.on_hand > stock.reserved + stock.allocated and lot.recalled_at is null
          and coalesce(lot.expires_at > at, true) and location.archived_at is null)
$$;

-- What is found. Put into the statements that ask it as if it were written there, so that what is null costs nothing.
create function search_matches(
    coop integer, query text, question tsquery, channel sale_channel, at timestamptz, statuses product_status[], categories integer[],
    maker_ids bigint[], having_attributes text[], currency text, cheapest bigint, dearest bigint, in_stock_at timestamptz
) returns table (product_id uuid, rank double precision, category_id integer, makers bigint[], attributes text[])
language sql stable as $$
    select found.product_id,
           case when search_matches.query is null then 0
                when search_matches.question is null then word_similarity(search_matches.query, found.words)
                else ts_rank(found.document, search_matches.question)
                     + case when found.codes && array[search_matches.query] then 1 else 0 end
           end::double precision,
           found.category_id, found.makers, found.attributes
    from product_search found
    where found.coop_id = search_matches.coop
      and (search_matches.query is null
           or search_matches.question is null and search_matches.query <% found.words
           or search_matches.question is not null
              and (found.document @@ search_matches.question or found.codes && array[search_matches.query]))
      and (search_matches.statuses is null or found.status = any (search_matches.statuses))
      and (search_matches.at is null or exists (select from unnest(found.spans) as span
           where (search_matches.channel is null or span.channel = search_matches.channel)
             and span.starts <= search_matches.at and search_matches.at < span.ends))
      and (search_matches.categories is null or found.category_id = any (search_matches.categories))
      and (search_matches.maker_ids is null or found.makers && search_matches.maker_ids)
      and (search_matches.having_attributes is null or found.attributes && search_matches.having_attributes
           and not exists (select from unnest(search_matches.having_attributes) as wanted
               group by split_part(wanted, '=', 1) having not array_agg(wanted) && found.attributes))
      and (search_matches.currency is null or exists (select from unnest(found.prices) as price
           where price.currency = search_matches.currency and (search_matches.channel is null or price.channel = search_matches.channel)
             and price.amount between search_matches.cheapest and search_matches.dearest))
      and (search_matches.in_stock_at is null or has_stock(found.coop_id, found.product_id, search_matches.in_stock_at))
$$;

-- What is asked, once the co-op is one that the transaction has named. `category` stands for everything below it as well.
create type search_question as (
    query text, question tsquery, channel sale_channel, at timestamptz, statuses product_status[], categories integer[],
    makers bigint[], attributes text[], currency text, cheapest bigint, dearest bigint, in_stock_at timestamptz
);
create function search_asks(coop integer, asked jsonb, misspelled boolean) returns search_question
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    asks search_question;
    spoken text[];
begin
    if coop <> all (string_to_array(nullif(current_setting('guildhall.coops', true), ''), ',')::int[]) is not false then
        raise exception 'co-op % is not named by this transaction', coop using errcode = '42501';
    end if;
    asks := jsonb_populate_record(null::search_question, asked);
    if asks.query is not null and not misspelled then
        select languages into spoken from catalogue_version where coop_id = coop;
        asks.question := text_question(asks.query, case when asked ? 'language' then array[asked ->> 'language'] else spoken end);
    end if;
    if asked ? 'category' then
        asks.categories := array(
            with recursive below as (
                select category_id from category where coop_id = coop and category_id = (asked ->> 'category')::integer
                union all
                select child.category_id from below join category child on child.coop_id = coop and child.parent_id = below.category_id
            )
            select category_id from below);
    end if;
    return asks;
end
$$;

-- A page of what is found, best first and, of what is equally good, newest first.
create function search_products(coop integer, asked jsonb, misspelled boolean, after_rank double precision, after_id uuid, row_limit integer)
returns table (product_id uuid, rank double precision)
language plpgsql stable security definer
set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set pg_trgm.word_similarity_threshold = 0.4 as $$
declare
    asks constant search_question := search_asks(coop, asked, misspelled);
begin
    return query
        select found.product_id, found.rank
        from search_matches(coop, asks.query, asks.question, asks.channel, asks.at, asks.statuses, asks.categories, asks.makers,
            asks.attributes, asks.currency, asks.cheapest, asks.dearest, asks.in_stock_at) found
        where after_id is null or (found.rank, found.product_id) < (after_rank, after_id)
        order by found.rank desc, found.product_id desc
        limit row_limit;
end
$$;

-- How many there are, in which categories, of which makers and with which attributes. A facet counts what its own filter leaves out,
-- so that it shows what else could be chosen.
create function search_facets(coop integer, asked jsonb, misspelled boolean, most integer)
returns table (facet text, value text, products bigint)
language plpgsql stable security definer
set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set pg_trgm.word_similarity_threshold = 0.4 as $$
declare
    asks constant search_question := search_asks(coop, asked, misspelled);
begin
    return query
        with recursive above as (
            select category_id, category_id as part_of, parent_id from category where coop_id = coop
            union all
            select above.category_id, parent.category_id, parent.parent_id
            from above join category parent on parent.coop_id = coop and parent.category_id = above.parent_id
        ), found as materialized (
            select matches.category_id, matches.makers, matches.attributes,
                   asks.categories is null or coalesce(matches.category_id = any (asks.categories), false) as is_in,
                   asks.makers is null or matches.makers && asks.makers as is_by
            from search_matches(coop, asks.query, asks.question, asks.channel, asks.at, asks.statuses, null, null,
                asks.attributes, asks.currency, asks.cheapest, asks.dearest, asks.in_stock_at) matches
        ), counted as (
            select 'total' as facet, '' as value, count(*) as products from found where is_in and is_by
            union all
            (select 'category', above.part_of::text, sum(here.products)::bigint
             from (select category_id, count(*) as products from found where is_by group by category_id) here
             join above on above.category_id = here.category_id
             group by above.part_of order by 3 desc, above.part_of limit most)
            union all
            (select 'maker', maker::text, count(*) from found, unnest(makers) as maker where is_in group by maker order by 3 desc, maker limit most)
            union all
            (select 'attribute', attribute, count(*) from found, unnest(attributes) as attribute where is_in and is_by
             group by attribute order by 3 desc, attribute limit most)
        )
        select counted.facet, counted.value, counted.products from counted;
end
$$;

revoke execute on function index_products, text_question, has_stock, search_matches, search_asks, search_products, search_facets from public;
grant execute on function search_products, search_facets to guildhall_app;

-- Discovery: what strangers may find. A co-op is listed when it chooses to be, and of its locations only those that it names.
create table coop_listing (
    coop_id integer primary key references coop,
    listed boolean not null,
    about text not null default '' check (about = btrim(about) and length(about) <= 500),
    changed_at timestamptz not null default now()
);

create table listed_place (
    coop_id integer not null references coop_listing,
    location_id uuid not null,
    party_id bigint,               -- whose place it is; null: the goods of every maker are found there
    primary key (coop_id, location_id),
    foreign key (coop_id, location_id) references location (coop_id, location_id),
    foreign key (coop_id, party_id) references party (coop_id, party_id)
);
-- "What is listed at these latitudes?", whichever co-op's it is: so the co-op does not come first
create index location_by_latitude on location (latitude, longitude) where latitude is not null and archived_at is null;

call wall_off('coop_listing');
call wall_off('listed_place');
create policy of_the_discovery on coop_listing for select to current_user using (true);
create policy of_the_discovery on listed_place for select to current_user using (true);
create policy of_the_discovery on location for select to current_user using (true);
grant select, insert, update on coop_listing to guildhall_app;
grant select, insert, delete on listed_place to guildhall_app;
call audited('coop_listing', left_out => '{changed_at}');
call audited('listed_place');

-- The listed places around a point, nearest first. Asked before a co-op can be named, so it runs as the owner, who has policies for it;
-- what there is at these places is then read by naming their co-ops, through the wall like everything else. Distances are
-- those on a sphere of the earth's mean radius.
create function places_near(latitude double precision, longitude double precision, radius double precision, most integer)
returns table (coop_id integer, party_id bigint, kind text, name text, place_latitude double precision, place_longitude double precision,
    metres double precision)
language sql stable security definer set search_path = public, pg_temp as $$
    select near.coop_id, near.party_id, near.kind::text, near.name, near.latitude, near.longitude, near.metres
    from (
        select location.coop_id, location.location_id, listed_place.party_id, location.kind, location.name, location.latitude, location.longitude,
               2 * 6371008.8 * asin(least(1, sqrt(
                   sin(radians(location.latitude - places_near.latitude) / 2) ^ 2
                   + cos(radians(places_near.latitude)) * cos(radians(location.latitude))
                     * sin(radians(location.longitude - places_near.longitude) / 2) ^ 2))) as metres
        from location
        join listed_place on listed_place.coop_id = location.coop_id and listed_place.location_id = location.location_id
        join coop_listing on coop_listing.coop_id = location.coop_id and coop_listing.listed
        join coop on coop.coop_id = location.coop_id and coop.status = 'open'
        -- A degree is 111,195 metres
        where location.latitude between places_near.latitude - places_near.radius / 111195
                                    and places_near.latitude + places_near.radius / 111195
          and location.archived_at is null
    ) near
    where near.metres <= places_near.radius
    order by near.metres, near.coop_id, near.location_id
    limit most
$$;
revoke execute on function places_near from public;
grant execute on function places_near to guildhall_app;

-- What is there already is new to every device. The wall holds for whoever runs this, too, so all co-ops are named.
select set_config('guildhall.coops', coalesce((select string_agg(coop_id::text, ',') from coop), ''), true);
insert into catalogue_touched (coop_id, product_ids, category_ids)
select coop_id, array(select product_id from product where product.coop_id = coop.coop_id),
       array(select category_id from category where category.coop_id = coop.coop_id)
from coop
where exists (select from product where product.coop_id = coop.coop_id) or exists (select from category where category.coop_id = coop.coop_id);
