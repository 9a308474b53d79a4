-- A batch in one statement, with the answers of one charge after another.
--
-- All charges of a batch are judged side by side. That is right where they do not touch each
-- other; the charges of vouchers where they might (an id twice, overlapping times, a bucket or a
-- commitment that does not suffice for all) are charged one by one, in order.
create function charge_batch(in_batch int) returns setof answer language plpgsql as $$
declare
    answers answer[];
    one_by_one offered[];
    o offered;
begin
    insert into buckets
        select distinct on (v.number, k.period) v.number, k.period, allotment(v, k.month)
        from offered f cross join lateral bucket_of(f) k
        join vouchers v on v.number = k.voucher
        where f.batch = in_batch and not exists (
            select from buckets b where b.voucher = k.voucher and b.period = k.period)
        order by v.number, k.period
        on conflict do nothing;
    perform from buckets b
        where (b.voucher, b.period) in (
            select k.voucher, k.period from offered f cross join lateral bucket_of(f) k
            where f.batch = in_batch)
        order by b.voucher, b.period for update; -- in one order: no two batches wait in a ring
    perform from commitments c
        where (c.organiser, c.cost_code) in (
            select v.organiser, v.cost_code from offered f join vouchers v on v.number = f.voucher
            where f.batch = in_batch)
        order by c.organiser, c.cost_code, c.year for update;

    with judged as materialized (
        select f.n, f.voucher, f.start_ms, f.end_ms, f.county, f.id, f.time_ms, j.*,
               old.owner is not null as again
        from offered f cross join lateral judge(f) j
        left join charges old on old.owner = j.owner and old.id = f.id
        where f.batch = in_batch
    ), looked as (
        select q.*,
            sum(amount) filter (where code = 0) over (partition by voucher, period order by n)
                as taken,
            sum(amount) filter (where code = 0) over (partition by voucher, period)
                > min(available) filter (where code = 0) over (partition by voucher, period)
                as too_much,
            max(end_ms) filter (where timed and (code = 0 or code between 50 and 54))
                over (partition by voucher order by start_ms, n
                      rows between unbounded preceding and 1 preceding) > start_ms
                and timed and (code = 0 or code between 50 and 54) as meets,
            cost_code is not null
                and sum(county) filter (where code = 0) over (partition by organiser, cost_code, year)
                    > (select c.cents - c.used from commitments c where c.organiser = q.organiser
                       and c.cost_code = q.cost_code and c.year = q.year) as budget,
            count(*) over (partition by owner, id) > 1 as twice
        from judged q
    ), ruled as (
        select q.*, bool_or(coalesce(again or twice or too_much or meets or budget, false)
                            or code between 52 and 54) over (partition by voucher) as slow,
            case when code = 0 and not review
                 then pays_on(payout_calendar, payout_day, business_day) end as paid
        from looked q
    ), made as (
        insert into charges
            select nextval('charges_nr_seq'), q.owner, f.id, f.time_ms, f.voucher, f.service,
                f.rate_class, f.unit, f.start_ms, f.end_ms, f.quantity, f.price, f.county, f.copay,
                f.identity_checked, f.reference, q.code,
                case when q.code = 0 then q.available - q.taken else q.have end, q.need, q.paid,
                case when q.code = 0 and not q.review then q.business_day end
            from ruled q join offered f on f.n = q.n
            where not slow and q.code not in (2, 3)
            order by q.n
            returning nr, owner, id, code, county
    ), posted as (
        insert into postings
            select m.nr, q.organiser, p.account, p.sign * m.county
            from made m join ruled q on q.owner = m.owner and q.id = m.id
            cross join lateral (values
                (case when q.quantity then 'COMMITMENT' else 'ALLOTTED' end::account, -1),
                ('PENDING', 1)) p (account, sign)
            where m.code = 0
    ), moved as (
        update buckets b set taken = b.taken + q.amount
        from (select voucher, period, sum(amount) as amount from ruled
              where not slow and code = 0 group by 1, 2) q
        where b.voucher = q.voucher and b.period = q.period
    ), committed as (
        insert into commitments as c
            select organiser, cost_code, year, null, sum(county) from ruled
            where not slow and code = 0 and cost_code is not null group by 1, 2, 3
            on conflict (organiser, cost_code, year) do update set used = c.used + excluded.used
    )
    select array_agg(row (q.n, q.code,
                          case when q.code = 0 then q.available - q.taken else q.have end,
                          q.need, q.paid, false)::answer order by q.n) filter (where not slow),
           array_agg(f order by q.n) filter (where slow)
        into answers, one_by_one
        from ruled q left join offered f on f.n = q.n and q.slow;

    return query select * from unnest(answers);
    foreach o in array coalesce(one_by_one, '{}') loop
        return next charge(o);
    end loop;
end $$;
