-- One charge, judged in the order of daemon/RULES.md by judge() and recorded by charge().
-- Two limits of Saldo's memory are left out: 4,096 timed charges of a voucher in a month, and the
-- size of its tables.

-- ---- Calendar -----------------------------------------------------------------------------------

-- All of this is immutable, so that it becomes part of the queries that use it (what depends on
-- the session's time zone would be called, planned anew each time).
-- Nothing may overflow, even where the result will not be looked at: with its parameters in place
-- a plan may work out the branches of a CASE beforehand.
create function sane(ms bigint) returns bigint language sql immutable parallel safe as $$
    select least(greatest(ms, -100000000000000), 100000000000000)
$$;
create function local_time(ms bigint) returns timestamp language sql immutable parallel safe as $$
    select to_timestamp(sane(ms) / 1000.0::double precision) at time zone 'Europe/Helsinki'
$$;
create function minutes(start_ms bigint, end_ms bigint)
returns bigint language sql immutable parallel safe as $$
    select (sane(end_ms) - sane(start_ms)) / 60000
$$;
create function midnight_ms(day timestamp) returns bigint language sql immutable parallel safe as $$
    select (date_part('epoch', day at time zone 'Europe/Helsinki' at time zone 'UTC') * 1000)::bigint
$$;
create function month_of(day date) returns int language sql immutable parallel safe as $$
    select date_part('year', day::timestamp)::int * 12 + date_part('month', day::timestamp)::int - 1
$$;
create function first_of(month int) returns date language sql immutable parallel safe as $$
    select make_date(month / 12, month % 12 + 1, 1)
$$;
create function window_first(day date) returns date language sql immutable parallel safe as $$
    select date_trunc('month', day::timestamp)::date - 60
$$;
create function id_ms(id uuid) returns bigint language sql immutable parallel safe as $$
    select ('x' || left(id::text, 8) || substr(id::text, 10, 4))::bit(48)::bigint
$$;

-- The execution day of the run that will hold what is approved on `day`.
create function pays_on(calendar int, at int, day date) returns date language plpgsql stable as $$
begin
    if calendar = 0 then
        return null;
    end if;
    loop
        day := day + 1;
        exit when calendar = 1
            or calendar = 2 and extract(isodow from day) = at
            or calendar = 3 and extract(day from day) = at;
    end loop;
    return (select c.next_bank_day from calendar c where c.day = pays_on.day);
end $$;

-- Every minute of [start, end) lies in a window of the class on that local day's kind.
create function class_covers(in_organiser text, in_class text, start_ms bigint, end_ms bigint)
returns bool language plpgsql stable as $$
declare
    at bigint := start_ms - start_ms % 60000;
    here timestamp;
    minute int;
    until int;
begin
    if sane(end_ms) - sane(start_ms) > 62 * 86400000::bigint then
        return false;
    end if;
    while at < end_ms loop
        here := local_time(at);
        minute := extract(hour from here) * 60 + extract(minute from here);
        select max(w.to_minute) into until
            from rate_windows w join calendar c on c.kind = w.kind
            where c.day = here::date and w.organiser = in_organiser and w.rate_class = in_class
              and minute >= w.from_minute and minute < w.to_minute;
        if until is null then
            return false;
        end if;
        at := at + least(until - minute, 60 - minute % 60) * 60000::bigint;
    end loop;
    return true;
end $$;

-- ---- Money --------------------------------------------------------------------------------------

-- round(cents * quantity) half up; an hour's quantity is minutes.
create function times(cents bigint, quantity bigint, is_hour bool)
returns bigint language sql immutable parallel safe as $$
    select case
        when cents not between 0 and 1000000000 or quantity not between 0 and 1000000000 then null
        when is_hour then (2 * least(cents, 1000000000) * least(greatest(quantity, 0), 1000000000)
                           + 60) / 120
        else least(cents, 1000000000) * least(greatest(quantity, 0), 1000000000)
    end
$$;

create function county_share(price bigint, quantity bigint, is_hour bool, copay_first bool,
                             unit_value bigint, copay bigint)
returns bigint language sql immutable parallel safe as $$
    select case
        when copay_first then times(price, quantity, is_hour)
            - least(coalesce(times(copay, quantity, is_hour), 0), times(price, quantity, is_hour))
        else least(times(unit_value, quantity, is_hour), times(price, quantity, is_hour))
    end
$$;

-- What each version gives for the days of the month on which it is in force, rounded once; of a
-- quota what the last version in force gives. (In PL/pgSQL because that keeps its plans.)
create function month_amount(v vouchers, in_month int) returns bigint language plpgsql stable as $$
declare
    month_first date := first_of(in_month);
    month_last date := first_of(in_month + 1) - 1;
    until date := least(month_last, v.valid_to);
    sum numeric := 0;
    x record;
    in_force int;
begin
    for x in select amount, effective_from from versions where voucher = v.number order by nr desc loop
        in_force := until - greatest(month_first, v.valid_from, x.effective_from) + 1;
        if in_force > 0 then
            if v.quantity then
                return x.amount;
            end if;
            sum := sum + x.amount::numeric * in_force;
        end if;
        until := least(until, x.effective_from - 1);
    end loop;
    return div(2 * sum + (month_last - month_first + 1), 2 * (month_last - month_first + 1));
end $$;

create function allotment(v vouchers, in_month int) returns bigint language plpgsql stable as $$
begin
    if v.whole then
        return (select amount from versions where voucher = v.number order by nr desc limit 1);
    elsif v.carry_over then
        return (select coalesce(sum(month_amount(v, m)), 0)
                from generate_series(month_of(v.valid_from),
                                     least(in_month, month_of(v.valid_to))) m);
    end if;
    return month_amount(v, in_month);
end $$;

-- ---- The rules ----------------------------------------------------------------------------------

-- What would be decided about a charge now. Reads and never writes; the caller holds the bucket.
-- It becomes part of the query that calls it; "offset 0" keeps the planner from copying an
-- expression to each place where its value is used.
create function judge(q offered) returns table (
    code int, have bigint, need bigint, owner text, organiser text, period int, amount bigint, available bigint, quantity bool,
    cost_code text, year int, business_day date, review bool, payout_calendar int, payout_day int,
    timed bool
) language sql stable as $$
    select j.code,
        case j.code when 0 then available - amount when 36 then 0 when 35 then cap
            when 46 then minutes(o.start_ms, o.end_ms) when 50 then o.county
            when 51 then case when share.county > s.max_charge then s.max_charge else 1000000000 end
            when 52 then available when 53 then available else 0 end,
        case j.code when 0 then amount when 36 then o.copay when 35 then o.price
            when 46 then o.quantity when 50 then coalesce(share.county, 0) when 51 then share.county
            when 52 then amount when 53 then amount else 0 end,
        k.owner, v.organiser, share.period, money.amount, money.available, v.quantity,
        v.cost_code, t.year, t.business_day, s.review,
        g.payout_calendar, g.payout_day, o.end_ms > o.start_ms
    from (select (q).* offset 0) o
    cross join lateral (
        select business_day, day, window_first(business_day) as window_first,
               midnight_ms(window_first(business_day)) as window_ms, month_of(day) as month,
               midnight_ms(date_trunc('month', day::timestamp)) as month_ms,
               midnight_ms(date_trunc('month', day::timestamp) + interval '1 month') as month_end,
               date_part('year', day::timestamp)::int as year, id_ms(o.id) as id_ms
        from (select local_time(o.time_ms)::date as business_day,
                     case when o.start_ms <> 0 then local_time(o.start_ms)::date end as day
              offset 0) dates offset 0) t
    left join keys k on k.key_id = o.key_id
    left join providers p on p.id = k.owner and k.role = 1
    left join vouchers v on v.number = o.voucher
    left join organisers g on g.code = v.organiser
    left join services s on s.organiser = v.organiser and s.code = o.service
    left join lateral (
        select cents from prices x
        where x.provider = p.id and x.organiser = v.organiser and x.service = o.service
          and x.rate_class = o.rate_class and t.day between x.valid_from and x.valid_to
        order by x.valid_from desc limit 1) price on true
    left join lateral (
        select unit_value, cap, copay from rates x
        where x.organiser = v.organiser and x.service = o.service and x.rate_class = o.rate_class
          and t.day between x.valid_from and x.valid_to
        order by x.valid_from desc limit 1) rate on true
    left join lateral (
        select unit_value, services from versions x
        where x.voucher = v.number and (x.effective_from <= t.day or x.nr = 1)
        order by x.nr desc limit 1) version on true
    cross join lateral (
        select case when o.price between 0 and 1000000000 and o.quantity between 1 and 1000000000
            then county_share(o.price, o.quantity, o.unit = 1, s.copay_first,
                              coalesce(version.unit_value, rate.unit_value), rate.copay)
            end as county,
            case when v.whole or v.carry_over then 0 else t.month end as period
        offset 0) share
    left join buckets b on b.voucher = v.number and b.period = share.period
    cross join lateral (
        select case when v.quantity then o.quantity else share.county end as amount,
               case when not t.day between v.valid_from and v.valid_to then null
                    when v.carry_over then
                        greatest(allotment(v, t.month) - coalesce(b.taken, 0), 0)
                    when b.voucher is null then allotment(v, t.month)
                    else b.allotment - b.taken end as available
        offset 0) money
    cross join lateral (select case
        when k.key_id is null or o.time_ms < k.from_ms or o.time_ms >= k.to_ms then 2
        when t.id_ms > o.time_ms + 300000 or t.id_ms < t.window_ms then 3
        when k.role <> 1 then 100
        when p.blocked then 10
        when v.number is null then 20
        when k.organiser <> v.organiser then 101
        when o.start_ms = 0 then case when v.voided then 21 else 40 end
        when not exists (
            select from approvals x
            where x.provider = p.id and x.organiser = v.organiser and x.service = o.service
              and day between x.valid_from and x.valid_to) then 11
        when v.voided then 21
        when day < v.valid_from or day > least(v.valid_to, v.closed_on)
            or business_day > least(v.valid_to, v.closed_on) + g.grace_days
            or exists (select from suspensions x where x.voucher = v.number
                       and day between x.from_day and x.to_day) then 22
        when v.reserved_for <> p.id then 23
        when not o.service = any (version.services) then 30
        when o.unit <> s.unit then 31
        when s.prior_approval and not exists (
            select from prior_approvals x where x.voucher = v.number and x.service = o.service
              and day between x.valid_from and x.valid_to) then 32
        when o.rate_class <> '' and o.end_ms > o.start_ms
            and not class_covers(v.organiser, o.rate_class, o.start_ms, o.end_ms) then 33
        when price.cents is distinct from o.price then 34
        when o.price > rate.cap then 35
        when o.copay > 0 and not s.copay_allowed then 36
        when o.unit = 1 and o.end_ms = 0 then 40
        when o.end_ms <> 0 and o.end_ms <= o.start_ms then 41
        when case when o.end_ms <> 0 then o.end_ms else o.start_ms end > o.time_ms then 42
        when day < t.window_first then 43
        when o.end_ms > t.month_end then 44
        when o.quantity <= 0 or o.quantity > 1000000000 or o.quantity % s.increment <> 0 then 45
        when o.unit = 1 and o.quantity > minutes(o.start_ms, o.end_ms) then 46
        when o.end_ms > o.start_ms and not s.overlap_allowed and exists (
            select from charges x
            where x.voucher = v.number and x.code = 0 and x.end_ms > x.start_ms
              and x.start_ms >= t.month_ms
              and x.start_ms < o.end_ms and x.end_ms > o.start_ms) then 47
        when share.county is null or o.county <> share.county
            or o.copay <> times(o.price, o.quantity, o.unit = 1) - share.county then 50
        when share.county > s.max_charge then 51
        when amount > available then case when v.quantity then 52 else 53 end
        when share.county > 1000000000 or o.copay > 1000000000 then 51
        when exists (
            select from commitments x
            where x.organiser = v.organiser and x.cost_code = v.cost_code
              and x.year = t.year and x.used + share.county > x.cents) then 54
        else 0 end as code offset 0) j
$$;

-- The bucket a charge would be taken from, where the voucher is valid then.
create function bucket_of(o offered) returns table (voucher text, period int, month int)
language sql stable as $$
    select v.number, case when v.whole or v.carry_over then 0 else month_of(t.day) end,
           month_of(t.day)
    from vouchers v, (select local_time(o.start_ms)::date as day offset 0) t
    where v.number = o.voucher and t.day between v.valid_from and v.valid_to
$$;

-- ---- One charge ---------------------------------------------------------------------------------

create function charge(o offered) returns answer language plpgsql as $$
declare
    c charges;
    k record;
    j record;
    paid date;
    entry bigint;
begin
    -- The bucket's lock is the voucher's, for this month: taken before anything is looked at.
    select * into k from bucket_of(o);
    if found then
        perform from buckets b where b.voucher = k.voucher and b.period = k.period for update;
        if not found then
            insert into buckets
                select k.voucher, k.period, allotment(v, k.month) from vouchers v
                where v.number = k.voucher
                on conflict do nothing;
            perform from buckets b where b.voucher = k.voucher and b.period = k.period for update;
        end if;
    end if;
    select * into j from judge(o);
    if j.code in (2, 3) then
        return row (o.n, j.code, 0, 0, null, false)::answer;
    end if;
    select * into c from charges x where x.owner = j.owner and x.id = o.id;
    if found then
        if (c.voucher, c.service, c.rate_class, c.unit, c.start_ms, c.end_ms, c.quantity, c.price,
            c.county, c.copay, c.identity_checked, c.reference)
           = (o.voucher, o.service, o.rate_class, o.unit, o.start_ms, o.end_ms, o.quantity, o.price,
              o.county, o.copay, o.identity_checked, o.reference) then
            return row (o.n, c.code, c.have, c.need, c.pays_on, true)::answer;
        end if;
        return row (o.n, 4, 0, 0, null, false)::answer;
    end if;
    if j.code = 0 and j.cost_code is not null then
        perform from commitments x where x.organiser = j.organiser and x.cost_code = j.cost_code
            and x.year = j.year for update;
        select * into j from judge(o); -- with the year's sum as of the lock
    end if;
    if j.code = 0 and not j.review then
        paid := pays_on(j.payout_calendar, j.payout_day, j.business_day);
    end if;
    -- Two calls with one id at the same moment: the second one fails here, and is asked again.
    insert into charges values (default, j.owner, o.id, o.time_ms, o.voucher, o.service,
        o.rate_class, o.unit, o.start_ms, o.end_ms, o.quantity, o.price, o.county, o.copay,
        o.identity_checked, o.reference, j.code, j.have, j.need, paid,
        case when j.code = 0 and not j.review then j.business_day end)
        returning nr into entry;
    if j.code = 0 then
        update buckets b set taken = b.taken + j.amount
            where b.voucher = o.voucher and b.period = j.period;
        insert into postings values
            (entry, j.organiser,
             case when j.quantity then 'COMMITMENT' else 'ALLOTTED' end::account, -o.county),
            (entry, j.organiser, 'PENDING', o.county);
        if j.cost_code is not null then
            insert into commitments as x values (j.organiser, j.cost_code, j.year, null, o.county)
                on conflict (organiser, cost_code, year) do update set used = x.used + o.county;
        end if;
    end if;
    return row (o.n, j.code, j.have, j.need, paid, false)::answer;
end $$;

-- What one call of pgbench does.
create function charge_offered(in_n bigint) returns answer language plpgsql as $$
declare
    o offered;
begin
    select * into strict o from offered where n = in_n;
    return charge(o);
end $$;
