-- The ledger as one would build it in PostgreSQL: the tables behind charge.sql and batch.sql.
--
-- Days are dates, instants milliseconds since 1970 (as on the wire), money cents, months
-- year * 12 + month - 1. An open last day is 'infinity', a missing number null. Numbers of enums
-- are those of proto/saldo.proto.

create table calendar ( -- what the date itself does not say: Finnish holidays and bank days
    day date primary key,
    kind int not null,
    next_bank_day date not null
);
create table organisers (
    code text primary key,
    grace_days int not null,
    payout_calendar int not null,
    payout_day int not null
);
create table services (
    organiser text references organisers,
    code text,
    unit int not null,
    increment int not null,
    copay_allowed bool not null,
    prior_approval bool not null,
    review bool not null,
    overlap_allowed bool not null,
    copay_first bool not null,
    max_charge bigint,
    primary key (organiser, code)
);
create table rate_windows (
    organiser text, rate_class text, kind int, from_minute int, to_minute int,
    primary key (organiser, rate_class, kind, from_minute, to_minute)
);
create table rates (
    organiser text, service text, rate_class text, valid_from date, valid_to date not null,
    unit_value bigint, cap bigint, copay bigint,
    primary key (organiser, service, rate_class, valid_from)
);
create table providers (
    id text primary key,
    blocked bool not null
);
create table approvals (
    provider text, organiser text, service text, valid_from date, valid_to date not null,
    primary key (provider, organiser, service, valid_from)
);
create table prices (
    provider text, organiser text, service text, rate_class text, valid_from date,
    valid_to date not null, cents bigint not null,
    primary key (provider, organiser, service, rate_class, valid_from)
);
create table keys (
    key_id text primary key, owner text not null, role int not null, organiser text,
    from_ms bigint not null, to_ms bigint not null
);

create table vouchers (
    number text primary key,
    organiser text not null references organisers,
    quantity bool not null, -- of units; else of money
    whole bool not null,    -- one allotment; else one a month
    carry_over bool not null,
    valid_from date not null,
    valid_to date not null, -- of the newest version
    closed_on date not null default 'infinity',
    voided bool not null default false,
    reserved_for text,
    cost_code text
);
create table versions (
    voucher text references vouchers, nr int, effective_from date not null, valid_to date not null,
    amount bigint not null, unit_value bigint, services text[] not null,
    primary key (voucher, nr)
);
create table suspensions (
    voucher text, from_day date, to_day date not null, primary key (voucher, from_day)
);
create table prior_approvals (
    voucher text, service text, valid_from date, valid_to date not null,
    primary key (voucher, service, valid_from)
);

create table commitments (
    organiser text, cost_code text, year int, cents bigint, used bigint not null default 0,
    primary key (organiser, cost_code, year)
);
create table buckets (
    voucher text, period int, -- a month, or 0
    allotment bigint not null, taken bigint not null default 0,
    primary key (voucher, period)
);

-- Every answered request, refused ones too: a repeated id gets the first answer.
create table charges (
    nr bigserial,
    owner text, id uuid,
    recorded_ms bigint not null, voucher text not null, service text not null,
    rate_class text not null, unit int not null, start_ms bigint not null, end_ms bigint not null,
    quantity bigint not null, price bigint not null, county bigint not null, copay bigint not null,
    identity_checked bool not null, reference text not null,
    code int not null, have bigint not null, need bigint not null, pays_on date,
    settle_day date, -- null: refused, or in review
    primary key (owner, id)
);
create index charge_times on charges (voucher, start_ms) where code = 0 and end_ms > start_ms;

create type account as enum ('COMMITMENT', 'ALLOTTED', 'PENDING');
create table postings ( -- two or more rows that sum to zero
    charge bigint not null, organiser text not null, account account not null,
    cents bigint not null
);
create index postings_of on postings (charge);

-- What providers send. It stands in the database before a run begins, so that nothing but the
-- charging itself is measured. The entry is the request a charge came in, in order.
create unlogged table offered (
    n bigint primary key, batch int not null, time_ms bigint not null, key_id text not null,
    id uuid not null, voucher text not null, service text not null, rate_class text not null,
    unit int not null, start_ms bigint not null, end_ms bigint not null, quantity bigint not null,
    price bigint not null, county bigint not null, copay bigint not null,
    identity_checked bool not null, reference text not null
);
create index offered_batch on offered (batch, n);

-- What Saldo answered to the same charges, where that was asked.
create unlogged table expected (
    n bigint primary key, code int, have bigint, need bigint, pays_on date, duplicate bool
);

create type answer as (
    n bigint, code int, have bigint, need bigint, pays_on date, duplicate bool
);
