#!/usr/bin/env python3
"""A bank of the tests' own: what it answers to a payment file.

usage: bank.py PAIN001 OUT rejected=N,.. returned=N,.. [day=YYYY-MM-DD]
Payments are counted from 1, in the order of the file. Into the folder OUT go
  status.xml        pain.002: accepts the message, rejects some payments (RJCT AC04)
  copy.xml          pain.002: the message is refused, for the bank has it already (RJCT DU01)
  name.xml          pain.002: the name of payment 1 is not the account's (PDNG RVNM)
  lump.xml          camt.053: the rest in one sum, no details
  details.xml       camt.054: that sum payment by payment
  single.xml        camt.053: the rest one by one, each with its EndToEndId
  again.xml         the same as single.xml, under another message id
  returns.xml       camt.054: some come back; RvslInd is false
  fee.xml           camt.053: a fee of 1.50, which is no payment; its reference is wrapped
  foreign.xml       the same on an account of somebody else
  wrong.xml         lump.xml with a closing balance one cent off
  doctype.xml       lump.xml with a DOCTYPE
"""
import sys
import xml.etree.ElementTree as tree
from decimal import Decimal

IDS = {"status": 1, "name": 2, "lump": 3, "details": 4, "single": 5, "again": 6, "returns": 7, "fee": 8,
       "foreign": 9}
CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.05%s.001.02"


def read(path):
    root = tree.parse(path).getroot()
    ns = {"p": root.tag[1:].split("}")[0]}
    text = lambda at, where: at.find(where, ns).text
    payments = [(text(t, "p:PmtId/p:EndToEndId"), Decimal(text(t, "p:Amt/p:InstdAmt")))
                for t in root.iter("{%s}CdtTrfTxInf" % ns["p"])]
    info = root.find("p:CstmrCdtTrfInitn/p:PmtInf", ns)
    return (text(root, "p:CstmrCdtTrfInitn/p:GrpHdr/p:MsgId"), text(info, "p:PmtInfId"),
            text(info, "p:DbtrAcct/p:Id/p:IBAN"), payments)


def numbers(words, name):
    given = dict(w.split("=") for w in words).get(name, "")
    return {int(n) for n in given.split(",") if n}


def status(message, information, rows):
    each = "".join("<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>%s</TxSts><StsRsnInf><Rsn>"
                   "<Cd>%s</Cd></Rsn></StsRsnInf></TxInfAndSts>" % row for row in rows)
    return ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
            "<MsgId>S%d</MsgId></GrpHdr>"
            "<OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId><GrpSts>%s</GrpSts></OrgnlGrpInfAndSts>"
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>%s</OrgnlPmtInfId><PmtInfSts>%s</PmtInfSts>%s"
            "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>\n"
            % (len(each), message, "PART" if rows else "ACCP", information, "ACSP", each))


def entry(cents, sign, day, inside, ref=""):
    return ('<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><RvslInd>false</RvslInd><Sts>BOOK</Sts>'
            "<BookgDt><Dt>%s</Dt></BookgDt>%s%s</Ntry>\n"
            % (cents, sign, day, "<AcctSvcrRef>%s</AcctSvcrRef>" % ref if ref else "", inside))


def detail(end, cents, inside=""):
    return ('<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">%s</Amt></TxAmt>'
            "</AmtDtls>%s</TxDtls>" % (end, cents, inside))


def notification(name, account, entries):
    return ('<Document xmlns="%s"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>%s</MsgId></GrpHdr><Ntfctn><Id>N%d</Id>'
            "<Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>\n%s</Ntfctn></BkToCstmrDbtCdtNtfctn>"
            "</Document>\n" % (CAMT % 4, name, IDS[name], account, entries))


def balance(code, cents, day):
    return ("<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">%s</Amt><CdtDbtInd>CRDT"
            "</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>\n" % (code, cents, day))


def statement(name, account, day, total, entries, off=0):
    opening = Decimal(1000000)
    return ('<Document xmlns="%s"><BkToCstmrStmt><GrpHdr><MsgId>%s</MsgId></GrpHdr><Stmt><Id>ST%d</Id>'
            "<ElctrncSeqNb>%d</ElctrncSeqNb><Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>\n%s%s%s"
            "</Stmt></BkToCstmrStmt></Document>\n"
            % (CAMT % 3, name, IDS["single" if name == "again" else name], 7, account,
               balance("OPBD", opening, day), balance("CLBD", opening - total + off, day), entries))


def main():
    path, out, words = sys.argv[1], sys.argv[2], sys.argv[3:]
    message, information, account, payments = read(path)
    day = dict(w.split("=") for w in words).get("day", "2018-10-08")
    rejected, returned = numbers(words, "rejected"), numbers(words, "returned")
    rest = [p for i, p in enumerate(payments, 1) if i not in rejected]
    back = [p for i, p in enumerate(payments, 1) if i in returned]
    total = sum(cents for _, cents in rest)
    batch = "<NtryDtls><Btch><PmtInfId>%s</PmtInfId><NbOfTxs>%d</NbOfTxs></Btch>%%s</NtryDtls>" % (
        information, len(rest))
    lump = entry(total, "DBIT", day, batch % "", "LUMP1")
    each = "".join(entry(cents, "DBIT", day, "<NtryDtls>%s</NtryDtls>" % detail(end, cents), "ONE%d" % i)
                   for i, (end, cents) in enumerate(rest))
    come = "".join(entry(cents, "CRDT", day, "<NtryDtls>%s</NtryDtls>" % detail(
        end, cents, "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"), "BACK%d" % i)
                   for i, (end, cents) in enumerate(back))
    fee = Decimal("1.50")
    files = {
        "status": status(message, information, [(payments[i - 1][0], "RJCT", "AC04") for i in sorted(rejected)]),
        "copy": status(message, information, []).replace("<GrpSts>ACCP</GrpSts>", "<GrpSts>RJCT</GrpSts>"
                                                         "<StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>")
                .replace(">ACSP<", ">RJCT<").replace(">S0<", ">S00<"),
        "name": status(message, information, [(payments[0][0], "PDNG", "RVNM")]),
        "lump": statement("lump", account, day, total, lump),
        "details": notification("details", account, entry(
            total, "DBIT", day, batch % "".join(detail(*p) for p in rest), "LUMP1")),
        "single": statement("single", account, day, total, each),
        "again": statement("again", account, day, total, each),
        "returns": notification("returns", account, come),
        "fee": statement("fee", account, day, fee, entry(fee, "DBIT", day, "", "FEE\n\x7f\t" + day)),
        "foreign": statement("foreign", "FI2112345600000785", day, fee, entry(fee, "DBIT", day, "", "FEE2")),
        "wrong": statement("lump", account, day, total, lump, Decimal("0.01")),
        "doctype": "<!DOCTYPE Document>" + statement("lump", account, day, total, lump),
    }
    for name, text in files.items():
        with open("%s/%s.xml" % (out, name), "w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n' + text)


if __name__ == "__main__":
    main()
