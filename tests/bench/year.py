#!/usr/bin/env python3
"""The data of a county's year, and what a command takes.

usage: year.py make OUT CHARGES    CSV files for saldo import, and events-01.csv to events-12.csv of 2019:
                                   a provider for 1,200 charges, a voucher for 30
       year.py run COMMAND...      run it, and print seconds and peak memory in MB
"""
import csv
import datetime
import os
import random
import subprocess
import sys
import time

LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
PRICE, VALUE, DAYS = 4000, 3600, (6, 8, 10, 14, 17, 21, 24, 28)


def iban(n):
    digits = "509100%07d" % n
    twice = "".join(str(int(d) * (2 - i % 2)) for i, d in enumerate(reversed(digits)))
    digits += str(-sum(map(int, twice)) % 10)
    return "FI%02d%s" % (98 - int(digits + "151800") % 97, digits)


def business_id(n):
    """The n-th, or the next one whose check digit is not 10."""
    while True:
        digits = "%07d" % (1000000 + 3 * n)
        rest = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2))) % 11
        if rest != 1:
            return "%s-%d" % (digits, (11 - rest) % 11)
        n += 1000000 // 7


def write(out, name, header, rows):
    with open("%s/%s.csv" % (out, name), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def events(month, count, providers, vouchers):
    """Each recording day a provider sends what it delivered the day before."""
    for i, day in enumerate(DAYS):
        today = count * (i + 1) // len(DAYS) - count * i // len(DAYS)
        recorded = datetime.datetime(2019, month, day, 12, tzinfo=datetime.timezone.utc)
        start = recorded - datetime.timedelta(days=1)
        ids = "%012x" % int(recorded.timestamp() * 1000)
        for provider in sorted(random.choices(providers, k=today)):
            quantity = random.randint(1, 3)
            yield (recorded.isoformat(), "charge", provider, ids + random.randbytes(10).hex(), random.choice(vouchers),
                   "kotihoito", "ALL", "VISIT", start.isoformat(), "", quantity, PRICE, VALUE * quantity,
                   (PRICE - VALUE) * quantity, 0, "")


def make(out, charges):
    random.seed(1)
    providers = ["P%05d" % i for i in range(1, max(charges // 1200, 2) + 1)]
    vouchers = ["%09d" % i for i in range(100000000, 100000000 + max(charges // 30, 10))]
    vouchers = [v + LETTERS[int(v) % 31] for v in vouchers]
    write(out, "organisers", "code,name,business_id,iban,account_name,payout_day",
          [("county", "County", "2500000-7", "FI9350700000070007", "County", 5)])
    write(out, "services", "organiser,code,group,name_fi,name_en,unit,increment,copay_allowed,prior_approval,review,"
          "overlap_allowed,share_rule,max_charge_cents",
          [("county", "kotihoito", "Kotihoito", "Kotihoito", "Home care", "VISIT", 1, 1, 0, 0, 1, "VALUE_FIRST", "")])
    write(out, "rates", "organiser,service,class,valid_from,valid_to,unit_value_cents,price_cap_cents,copay_cents",
          [("county", "kotihoito", "ALL", "2018-01-01", "", VALUE, "", "")])
    write(out, "providers", "id,name,business_id,iban,account_name,blocked",
          [(p, "Palvelu " + p, business_id(i), iban(i), "Palvelu " + p, 0) for i, p in enumerate(providers)])
    write(out, "approvals", "provider,organiser,service,valid_from,valid_to,register",
          [(p, "county", "kotihoito", "2018-01-01", "", "VALVIRA") for p in providers])
    write(out, "prices", "provider,organiser,service,class,valid_from,valid_to,price_cents",
          [(p, "county", "kotihoito", "ALL", "2018-01-01", "", PRICE) for p in providers])
    write(out, "vouchers", "number,organiser,client,kind,services,amount_cents,quota,period,valid_from,valid_to,"
          "decision,cost_code,unit_value_cents,reserved_for",
          [(v, "county", "A" + v, "BALANCE", "kotihoito", 10000000, "", "MONTH", "2019-01-01", "2019-12-31", "D" + v,
            "4320", "", "") for v in vouchers])
    for month in range(1, 13):
        count = charges * month // 12 - charges * (month - 1) // 12
        write(out, "events-%02d" % month, "recorded_at,act,provider,request_id,voucher,service,class,unit,start,end,"
              "quantity,price_cents,county_cents,copay_cents,identity_checked,reference",
              events(month, count, providers, vouchers))


def run(command):
    """The peak is looked at all the time: what wait4() tells is never below this program's own."""
    begin, peak = time.monotonic(), 0
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while child.poll() is None:
        with open("/proc/%d/status" % child.pid, encoding="utf-8") as file:
            peak = max([peak] + [int(line.split()[1]) for line in file if line.startswith("VmHWM")])
        time.sleep(0.005)
    print("%.1f %.0f" % (time.monotonic() - begin, peak / 1024))
    sys.exit(child.returncode)


if sys.argv[1] == "make":
    os.makedirs(sys.argv[2], exist_ok=True)
    make(sys.argv[2], int(sys.argv[3]))
else:
    run(sys.argv[2:])
