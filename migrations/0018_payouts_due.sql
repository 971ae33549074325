-- Whoever waits longest is carried first: an index in that order, so that a claim reads as many rows as it takes.

-- "Which open payouts of a run are due, longest first?", asked by each claim; also "has the run any that is open?".
create index payout_due on payout (coop_id, run_id, next_try_at, payout_id) where status in ('reserved', 'sent', 'unknown');
drop index payout_open;
