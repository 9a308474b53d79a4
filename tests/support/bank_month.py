#!/usr/bin/env python3
"""A month at a bank of the tests' own: what it sends about a payment file, and what it could get wrong.

usage: bank_month.py PAIN001 OUT lump|single [what=..] ...
Payments are counted from 1, in the order of the file. Into the folder OUT go
  status.xml    pain.002: accepts the message, rejects some payments
  booked.xml    camt.053: the rest, in one sum (lump) or one by one (single)
  later.xml     camt.053: what came back
  details.xml   camt.054: the sum payment by payment; lump only
  back.xml      camt.054: what came back, once more; lump only
  again.xml     the same lines as booked.xml, in another statement
Statements follow each other: the last balance and number of an account stand in OUT/../IBAN.

what: day=YYYY-MM-DD later=YYYY-MM-DD (of booking and return); rejected=N,.. returned=N,..;
fee=EUR, which the bank takes for itself;
and what a bank should not do:
  cent=N        payment N is debited a cent too much
  twice=N       payment N is debited twice
  silent=N      nothing is said of payment N
  short=N       the details lack payment N, and so does their sum
  name=N        the payee's name of payment N is not that of the account (RVNM)
  unknown=EUR   somebody debits this
"""
import os
import sys
from decimal import Decimal

import bank

CENT = Decimal("0.01")


def statement(out, account, day, entries, number=None):
    """The next statement of the account, or one with a number of its own that says nothing new."""
    path = os.path.join(os.path.dirname(out), account)
    last, closing = open(path).read().split() if os.path.exists(path) else ("0", "1000000.00")
    opening, sequence = Decimal(closing), int(last) + 1
    closing = opening - sum(cents if sign == "DBIT" else -cents for sign, cents, _ in entries)
    if number is None:
        with open(path, "w", encoding="utf-8") as file:
            file.write("%d %s" % (sequence, closing))
    return ('<Document xmlns="%s"><BkToCstmrStmt><GrpHdr><MsgId>M%s</MsgId></GrpHdr><Stmt><Id>S%s</Id>'
            "<ElctrncSeqNb>%s</ElctrncSeqNb><Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>\n%s%s%s"
            "</Stmt></BkToCstmrStmt></Document>\n"
            % (bank.CAMT % 3, account[-4:] + day + (number or ""), account[-4:] + day + (number or ""),
               number or sequence, account, bank.balance("OPBD", opening, day),
               bank.balance("CLBD", closing, day), "".join(text for _, _, text in entries)))


def notification(account, day, name, entries):
    return ('<Document xmlns="%s"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>%s</MsgId></GrpHdr><Ntfctn><Id>%s</Id>'
            "<Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>\n%s</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
            % (bank.CAMT % 4, name + account[-4:] + day, name + account[-4:] + day, account,
               "".join(text for _, _, text in entries)))


def line(sign, cents, day, inside, ref):
    return sign, cents, bank.entry(cents, sign, day, inside, ref)


def details(payments, inside=""):
    return "<NtryDtls>%s</NtryDtls>" % "".join(bank.detail(end, cents, inside) for end, cents in payments)


def batch(information, payments, told):
    return "<NtryDtls><Btch><PmtInfId>%s</PmtInfId><NbOfTxs>%d</NbOfTxs></Btch>%s</NtryDtls>" % (
        information, len(payments), "".join(bank.detail(*p) for p in payments) if told else "")


def main():
    path, out, lump = sys.argv[1], sys.argv[2], sys.argv[3] == "lump"
    words = dict(word.split("=") for word in sys.argv[4:])
    message, information, account, payments = bank.read(path)
    day, later = words["day"], words.get("later", words["day"])
    chosen = {name: [p for i, p in enumerate(payments, 1) if str(i) in words.get(name, "").split(",")]
              for name in ("rejected", "returned", "cent", "twice", "silent", "short", "name")}
    rows = [(p[0], "RJCT", "AC04") for p in chosen["rejected"]]
    rows += [(p[0], "PDNG", "RVNM") for p in chosen["name"]]
    rest = [p for p in payments if p not in chosen["rejected"] + chosen["silent"]]
    rest = [(end, cents + CENT * ((end, cents) in chosen["cent"])) for end, cents in rest]
    told = [p for p in rest if p not in chosen["short"]]
    total = lambda some: sum((cents for _, cents in some), Decimal("0.00"))
    booked = [line("DBIT", total(rest), day, batch(information, rest, False), "L" + information)]
    if not lump:
        booked = [line("DBIT", p[1], day, details([p]), "%s-%d" % (p[0][-12:], i))
                  for i, p in enumerate(rest + chosen["twice"])]
    booked += [line("DBIT", Decimal(words[name]), day, "", name + information)
               for name in ("fee", "unknown") if name in words]
    back = [line("CRDT", p[1], later, details([p], "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"), "R" + p[0][-12:])
            for p in chosen["returned"]]
    files = {"status": bank.status(message, information, rows),
             "again": statement(out, account, day, booked, "900"),
             "booked": statement(out, account, day, booked)}
    if back:
        files["later"] = statement(out, account, later, back)
    if lump:
        files["details"] = notification(account, day, "D", [
            line("DBIT", total(told), day, batch(information, told, True), "L" + information)])
    if lump and back:
        files["back"] = notification(account, later, "B", back)
    for name, text in files.items():
        with open("%s/%s.xml" % (out, name), "w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n' + text)


main()
