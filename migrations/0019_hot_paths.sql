-- Each sale that is placed or settled locked the one row of its currency to prove this reference; with two writers at once the
-- locks turn into multixacts, and proving it took longer than changing the sale. Codes come from kernel::Currency alone.
alter table sale drop constraint sale_currency_fkey, drop constraint sale_settled_currency_fkey;
alter table sale add check (currency = upper(currency)), add check (settled_currency = upper(settled_currency));
