#!/usr/bin/env python3
"""Holds the month's workbook against the ledger's own lists.

usage: check_workbook.py WORKBOOK LANGUAGE ORGANISER BATCHES PAYOUTS PAYABLES (lists as CSV, in cents)
"""
import csv
import datetime
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from support.workbook import Workbook

SHEETS = {
    "en": ["Summary", "By service group", "By cost code", "Refusals by reason",
           "Budget used against granted", "Payouts by state", "Payable to providers", "Settlements"],
    "fi": ["Yhteenveto", "Palveluryhmittäin", "Laskentatunnisteittain", "Hylkäykset syittäin",
           "Budjetin käyttö", "Maksatukset tiloittain", "Maksettavaa palveluntuottajille",
           "Tilitykset"],
}
STATES = {"PLANNED": {"en": "planned", "fi": "suunniteltu"}}


def cents(cell):
    assert "€" in cell.format, "an amount without its format"
    assert isinstance(cell.value, float), "an amount that is a text"
    return round(cell.value * 100)


def count(cell):
    assert cell.value == int(cell.value) and cell.format in ("3", "#,##0")
    return int(cell.value)


def rows_of(book, name, width):
    """The rows between titles and sums, once the sums are what their formulas say."""
    titles, *rows, sums = book.sheets[name]
    assert len(titles) == width and all(len(row) == width for row in rows)
    for column, cell in enumerate(sums):
        if cell.formula is None:
            continue
        letter = "ABCDEFGHIJ"[column]
        assert cell.formula == f"SUM({letter}2:{letter}{len(rows) + 1})", cell.formula
        total = sum(round(row[column].value * 100) for row in rows)
        assert round(cell.value * 100) == total, (name, cell.value, total)
    assert any(cell.formula for cell in sums)
    return rows


def same(name, found, wanted):
    assert found == wanted, f"{name}: {found} instead of {wanted}"


def lists(paths, organiser):
    for path in paths:
        with open(path, newline="") as file:
            yield [row for row in csv.DictReader(file) if row["organiser"] == organiser]


def main():
    path, language, organiser = sys.argv[1:4]
    batches, payouts, payables = lists(sys.argv[4:7], organiser)
    book = Workbook(path)
    same("sheets", list(book.sheets), SHEETS[language])
    summary, groups, codes, refusals, budget, states, owed, nights = SHEETS[language]
    net = sum(int(row["cents"]) for row in batches)
    charges = sum(int(row["rows"]) for row in batches)

    facts = [row[1] for row in book.sheets[summary][1:] if len(row) > 1]
    amounts = [cents(cell) for cell in facts if "€" in cell.format]
    same("summary", amounts, [net, net, 0, amounts[3]])
    for name in (groups, codes):
        rows = rows_of(book, name, 4)
        same(name, sum(cents(row[2]) for row in rows), net)
        same(name, sum(count(row[1]) for row in rows), charges)
        assert all(isinstance(row[0].value, str) for row in rows)  # cost codes are no numbers
    counts = [count(cell) for cell in facts if cell.format in ("3", "#,##0")]
    rows = rows_of(book, refusals, 3)
    same(refusals, sum(count(row[1]) for row in rows), counts[3])
    assert counts[0] == charges and 0 < counts[3] < counts[2]
    for row in rows_of(book, budget, 6):
        granted, used, pending, available = (cents(cell) for cell in row[2:])
        same(row[0].value, used + pending + available, granted)
    by_state = {}
    for row in payouts:
        state = STATES[row["state"]][language]
        number, amount = by_state.get(state, (0, 0))
        by_state[state] = (number + 1, amount + int(row["cents"]))
    same(states, {row[0].value: (count(row[1]), cents(row[2]))
                  for row in rows_of(book, states, 3)}, by_state)
    same(owed, {row[0].value: (cents(row[3]), cents(row[4])) for row in rows_of(book, owed, 6)},
         {row["provider"]: (int(row["cents"]), int(row["in_payouts"])) for row in payables})
    days = {}
    for row in batches:
        days[row["day"]] = days.get(row["day"], 0) + int(row["cents"])
    epoch = datetime.date(1899, 12, 30)
    found = {str(epoch + datetime.timedelta(days=row[0].value)): cents(row[4])
             for row in rows_of(book, nights, 5)}
    same(nights, {day: net for day, net in found.items() if net != 0}, days)
    charts = [name for name in book.archive.namelist() if name.startswith("xl/charts/chart")]
    same("charts", len(charts), 6)


main()
