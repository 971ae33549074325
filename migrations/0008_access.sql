-- How people prove who they are: passwords, sessions, second factors, the keys that sign tokens.
--
-- Global on purpose, like person: somebody signs in once and may act in several co-ops, so no row here belongs to one and
-- none is walled off by co-op. What keeps them apart is that every statement starts from the person, or from the hash of a
-- secret that only its holder has. The application's role gets what each table needs and no more.
-- Nothing at rest opens a door by itself: passwords are argon2id, tokens and codes are SHA-256, seeds and shared secrets
-- are worth something only together with the secret of the configuration.

create table password (
    person_id uuid primary key references person,
    hash text not null check (hash like '$argon2id$%'),
    changed_at timestamptz not null
);

-- One device of one person. Its refresh tokens are the MAC of the seed and a generation that only grows, so that a spent
-- one is recognised however old it is, without a row for each.
create table session (
    person_id uuid not null references person,
    session_id uuid not null unique,
    device text not null check (length(device) between 1 and 200),
    started_at timestamptz not null,
    started_from inet,
    last_used_at timestamptz not null,
    last_used_from inet,
    factor_at timestamptz,
    seed bytea not null check (octet_length(seed) = 32),
    generation integer not null default 0 check (generation >= 0),
    rotated_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_reason text check (ended_reason in ('signed_out', 'revoked', 'reuse', 'password_reset', 'password_changed')),
    primary key (person_id, session_id),
    check ((ended_at is null) = (ended_reason is null)),
    check (expires_at > started_at)
);
-- which access tokens that are still good belong to a session that is not
create index session_ended on session (ended_at) where ended_at is not null;
-- what can be forgotten
create index session_expires on session (expires_at);

-- The keys that sign access tokens. The private half is sealed with the configuration's secret.
create table signing_key (
    kid text primary key check (length(kid) between 8 and 100),
    public_key bytea not null check (octet_length(public_key) = 32),
    sealed_private_key bytea not null,
    made_at timestamptz not null,
    -- published before it signs, so that whoever keeps a copy of the published keys has it in time
    signs_from timestamptz not null check (signs_from >= made_at)
);

-- What was mailed to prove that somebody reads an address. Keyed by the hash of the token; asked for and kept alike
-- whether the address is known or not.
create table mail_token (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    purpose text not null check (purpose in ('sign_up', 'reset', 'change_email')),
    email text not null check (email like '%_@_%'),
    -- whose address is to be changed
    person_id uuid references person,
    -- who signed up
    name text,
    password_hash text check (password_hash like '$argon2id$%'),
    made_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > made_at),
    used_at timestamptz,
    check ((purpose = 'change_email') = (person_id is not null)),
    check ((purpose = 'sign_up') = (name is not null and password_hash is not null))
);
-- the others of an address, when one was used
create index mail_token_by_email on mail_token (lower(email), purpose);

-- A password was right; the second factor is still to be shown.
create table sign_in_challenge (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    person_id uuid not null references person,
    device text not null check (length(device) between 1 and 200),
    -- what the passkeys were asked to sign
    passkey_state jsonb,
    tries_left smallint not null check (tries_left >= 0),
    made_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > made_at)
);

-- An authenticator app. The shared secret is sealed; the last step that was accepted keeps a code from counting twice.
create table totp (
    person_id uuid primary key references person,
    sealed_secret bytea not null,
    made_at timestamptz not null,
    confirmed_at timestamptz,
    last_step bigint not null default 0 check (last_step >= 0)
);

-- For the day on which the phone is lost. Each code opens once.
create table recovery_code (
    person_id uuid not null references person,
    code_hash bytea not null check (octet_length(code_hash) = 32),
    made_at timestamptz not null,
    used_at timestamptz,
    primary key (person_id, code_hash)
);

create table passkey (
    person_id uuid not null references person,
    passkey_id uuid not null,
    credential_id bytea not null,
    name text not null check (length(name) between 1 and 100),
    -- the public key, its counter and what the authenticator said of itself
    credential jsonb not null,
    made_at timestamptz not null,
    last_used_at timestamptz,
    primary key (person_id, passkey_id),
    unique (credential_id)
);

-- A registration or a sign-in with a passkey that has begun. Finishing takes the row away: it counts once.
create table passkey_ceremony (
    ceremony_id uuid primary key,
    kind text not null check (kind in ('register', 'sign_in', 'factor')),
    -- nobody is known yet when a sign-in begins
    person_id uuid references person check ((person_id is null) = (kind = 'sign_in')),
    state jsonb not null,
    made_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > made_at)
);

-- How often something may be tried: a bucket refills as time passes, free_at is when it would be full again.
create table throttle (
    bucket text primary key check (length(bucket) between 1 and 200),
    free_at timestamptz not null,
    reach interval not null check (reach > interval '0')
);

-- What happened at a person's door, for them to read.
create table access_event (
    person_id uuid not null references person,
    event_id uuid not null,
    kind text not null check (length(kind) between 1 and 50),
    session_id uuid,
    device text,
    happened_from inet,
    at timestamptz not null,
    primary key (person_id, event_id)
);
call append_only('access_event');

grant select, insert, update on password, session to guildhall_app;
grant delete on session to guildhall_app; -- long after it ended
grant select, insert, delete on signing_key to guildhall_app;
grant select, insert, update, delete on mail_token, sign_in_challenge, totp, recovery_code, passkey, passkey_ceremony, throttle to guildhall_app;
grant select, insert on access_event to guildhall_app;
