/* words.h - every word that stands on a report, in Finnish and in English. Pure. */
#ifndef TOOLS_REPORT_WORDS_H
#define TOOLS_REPORT_WORDS_H

#include <stdbool.h>

enum language { LANGUAGE_FI, LANGUAGE_EN, LANGUAGES };

/* X(name, Finnish, English) */
/* Laid out by hand: lines are measured in bytes, and clang-format counts characters. */
/* clang-format off */
#define WORD_LIST(X)                                                                               \
    X(STATEMENT, "Tilityserittely", "Settlement statement")                                        \
    X(CLIENT, "Palvelusetelin saldo", "Voucher balance")                                           \
    X(NIGHT, "Tilitysajon yhteenveto", "Settlement of the night")                                  \
    X(MONTH, "Kuukauden yhteenveto", "Month in review")                                            \
    X(SIMULATED, "Simuloitu aineisto", "Simulated data")                                           \
    X(ORGANISER, "Järjestäjä", "Organiser") \
    X(ORGANISERS, "Järjestäjittäin", "By organiser") \
    X(ALL_ORGANISERS, "Kaikki järjestäjät", "All organisers") \
    X(PROVIDER, "Palveluntuottaja", "Provider")                                                    \
    X(BUSINESS_ID, "Y-tunnus", "Business id")                                                      \
    X(PERIOD, "Jakso", "Period")                                                                   \
    X(VOUCHER, "Seteli", "Voucher")                                                                \
    X(VALIDITY, "Voimassa", "Valid")                                                               \
    X(DAY, "Päivä", "Day") \
    X(TIME, "Aika", "Time")                                                                        \
    X(SERVICE, "Palvelu", "Service")                                                               \
    X(GROUP, "Palveluryhmä", "Service group") \
    X(COST_CODE, "Laskentatunniste", "Cost code")                                                  \
    X(NONE, "(ei merkitty)", "(not set)")                                                          \
    X(QUANTITY, "Määrä", "Quantity") \
    X(PRICE, "Hinta", "Price")                                                                     \
    X(COUNTY, "Järjestäjän osuus", "County share") \
    X(COPAY, "Omavastuu", "Copay")                                                                 \
    X(CREDITED, "Hyvitetty", "Credited")                                                           \
    X(CREDITS, "Hyvitykset", "Credits")                                                            \
    X(NET, "Tilitetty netto", "Settled, net")                                                      \
    X(CHARGES, "Tapahtumia", "Charges")                                                            \
    X(CHARGE_ROWS, "Tilitetyt tapahtumat", "Settled charges")                                      \
    X(OWN_CHARGES, "Tapahtumat", "Charges of the month")                                           \
    X(BATCH, "Tilitys", "Settled on")                                                              \
    X(IN_ALL, "Yhteensä", "Total") \
    X(ALL_NIGHTS, "Koko jakso", "Whole period")                                                    \
    X(BY_SERVICE, "Palveluittain", "By service")                                                   \
    X(BY_GROUP, "Palveluryhmittäin", "By service group") \
    X(BY_COST_CODE, "Laskentatunnisteittain", "By cost code")                                      \
    X(SHARE, "Osuus", "Share")                                                                     \
    X(PAYOUTS, "Maksatukset", "Payouts")                                                           \
    X(PAYOUTS_BY_STATE, "Maksatukset tiloittain", "Payouts by state")                              \
    X(RUN_DAY, "Maksatusajo", "Payout run")                                                        \
    X(PAYS_ON, "Maksupäivä", "Payment date") \
    X(REFERENCE, "Viite", "Reference")                                                             \
    X(AMOUNT, "Summa", "Amount")                                                                   \
    X(STATE, "Tila", "State")                                                                      \
    X(COUNT, "Kpl", "Number")                                                                      \
    X(PAYABLES, "Maksettavaa palveluntuottajille", "Payable to providers")                         \
    X(PAYABLES_NOW, "Maksettavana nyt", "Payable now")                                             \
    X(OPEN, "Ei vielä maksatuksessa", "Not yet in a payout") \
    X(IN_PAYOUTS, "Maksatuksessa", "In payouts")                                                   \
    X(OTHERS, "Muut,", "Others,") \
    X(GRANTED, "Myönnetty", "Granted") \
    X(USED, "Käytetty", "Used") \
    X(PENDING, "Tilittämättä", "Pending") \
    X(POSTED, "Saldo yötilityksen jälkeen", "Posted balance") \
    X(AVAILABLE, "Käytettävissä", "Available") \
    X(BUDGET, "Budjetin käyttö", "Budget used against granted") \
    X(VOUCHERS, "Seteleitä", "Vouchers") \
    X(UNIT_NOTE, "määrään perustuvaa seteliä ei ole mukana, koska niitä ei lasketa euroina", \
      "unit vouchers are left out: they are not counted in euros")                                 \
    X(WHOLE, "Koko voimassaoloaika", "Whole validity")                                             \
    X(SITUATION, "Tilanne", "As of")                                                               \
    X(REFUSALS, "Hylkäykset syittäin", "Refusals by reason") \
    X(REFUSED_SHARE, "Hylättyjen osuus", "Share refused") \
    X(SUMMARY, "Yhteenveto", "Summary")                                                            \
    X(NAME, "Nimi", "Name")                                                                        \
    X(CREDIT_ROWS, "Hyvitysrivejä", "Credit rows") \
    X(ANSWERED, "Vastattuja tapahtumia", "Charges answered") \
    X(REFUSED, "Hylättyjä", "Refused") \
    X(REVIEWER, "hylätty tarkastuksessa", "refused in review") \
    X(ASKED, "Haettu osuus", "Share asked for")                                                    \
    X(REASON, "Syy", "Reason")                                                                     \
    X(NIGHTS, "Tilitykset", "Settlements")                                                         \
    X(BUDGET_TABLE, "Budjetti laskentatunnisteittain", "Budget by cost code")                      \
    X(BY_DAY, "Tilitetty päivittäin", "Settled by day") \
    X(NOTHING, "Ei rivejä tällä jaksolla.", "No rows in this period.") \
    X(SETTLED_UNTIL, "Tilitetty", "Settled through")                                               \
    X(ENTRY, "viimeisin kirjaus", "last entry")                                                    \
    X(LEDGER, "Kirjanpito", "Ledger")                                                              \
    X(CREDIT, "Hyvitys", "Credit") \
    X(OWN_REFERENCE, "viite", "reference") \
    X(HOUR_MARK, "t", "h")                                                                         \
    X(MINUTE_MARK, "min", "min")                                                                   \
    X(DAY_ONE, "päivä", "day") \
    X(DAY_MANY, "päivää", "days") \
    X(VISIT_ONE, "käynti", "visit") \
    X(VISIT_MANY, "käyntiä", "visits") \
    X(WEEK_ONE, "viikko", "week")                                                                  \
    X(WEEK_MANY, "viikkoa", "weeks")                                                               \
    X(MONTH_ONE, "kuukausi", "month")                                                              \
    X(MONTH_MANY, "kuukautta", "months")                                                           \
    X(PIECE_ONE, "kpl", "pc.")                                                                     \
    X(PIECE_MANY, "kpl", "pcs.")
/* clang-format on */

#define WORD_ENUM(name, fi, en) WORD_##name,
enum word { WORD_LIST(WORD_ENUM) WORDS };
#undef WORD_ENUM

const char *word(enum language language, enum word w); /* never NULL */

/* "fi" or "en". False: another one. */
bool language_parse(const char *text, enum language *out);
const char *language_code(enum language language);

/* Name of a month, 1..12, as it stands before a year: "syyskuu", "September". */
const char *word_month(enum language language, int month);
/* A state of a charge or a payout, as the ledger calls it; the same text where it has no word. */
const char *word_state(enum language language, const char *state);
/* Why a charge was credited: the protocol's number. */
const char *word_credit(enum language language, int reason);
/* Why a charge was refused: by its outcome. */
const char *word_refusal(enum language language, int code);

#endif
