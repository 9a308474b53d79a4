#include "report/words.h"

#include <stddef.h>
#include <string.h>

#include "outcome.h"
#include "saldo.pb-c.h"

#define WORD_PAIR(name, fi, en) {fi, en},
static const char *const words[WORDS][LANGUAGES] = {WORD_LIST(WORD_PAIR)};

struct pair {
    const char *key;
    const char *text[LANGUAGES];
};

static const struct pair states[] = {
    {"IN_REVIEW", {"tarkastettavana", "in review"}},
    {"APPROVED", {"hyväksytty", "approved"}},
    {"SETTLED", {"tilitetty", "settled"}},
    {"PAID", {"maksettu", "paid"}},
    {"DELETED", {"poistettu", "deleted"}},
    {"REFUSED", {"hylätty", "refused"}},
    {"PLANNED", {"suunniteltu", "planned"}},
    {"HELD", {"pidätetty", "held"}},
    {"CARRIED", {"siirretty seuraavaan", "carried to the next run"}},
    {"EXPORTED", {"viety pankkiin", "sent to the bank"}},
    {"ACCEPTED", {"pankki hyväksynyt", "accepted by the bank"}},
    {"REJECTED", {"pankki hylännyt", "rejected by the bank"}},
    {"RETURNED", {"palautunut", "returned"}},
};

static const char *const credits[][LANGUAGES] = {
    [SALDO__V1__CREDIT_REASON__CREDIT_REASON_NONE] = {"", ""},
    [SALDO__V1__CREDIT_REASON__WRONG_VOUCHER] = {"väärä seteli", "wrong voucher"},
    [SALDO__V1__CREDIT_REASON__WRONG_SERVICE] = {"väärä palvelu", "wrong service"},
    [SALDO__V1__CREDIT_REASON__WRONG_QUANTITY] = {"väärä määrä", "wrong quantity"},
    [SALDO__V1__CREDIT_REASON__WRONG_TIME] = {"väärä aika", "wrong time"},
    [SALDO__V1__CREDIT_REASON__WRONG_PRICE] = {"väärä hinta", "wrong price"},
    [SALDO__V1__CREDIT_REASON__NOT_DELIVERED] = {"palvelua ei annettu", "not delivered"},
    [SALDO__V1__CREDIT_REASON__DUPLICATE] = {"kirjattu kahdesti", "charged twice"},
    [SALDO__V1__CREDIT_REASON__DECISION_CHANGED] = {"päätös muuttui", "decision changed"},
    [SALDO__V1__CREDIT_REASON__OTHER] = {"muu syy", "other reason"},
};

struct refusal {
    int code;
    const char *text;
};

/* The English ones are the ledger's own, outcome_text(). */
static const struct refusal refusals_fi[] = {
    {OUTCOME_CLOCK_SKEW, "pyynnön aika on tulevaisuudessa tai liian vanha"},
    {OUTCOME_ID_CONFLICT, "sama tunnus on jo käytetty eri sisällöllä"},
    {OUTCOME_PROVIDER_BLOCKED, "palveluntuottaja on estetty"},
    {OUTCOME_PROVIDER_NOT_APPROVED, "palveluntuottajaa ei ole hyväksytty palveluun"},
    {OUTCOME_VOUCHER_UNKNOWN, "seteliä ei ole"},
    {OUTCOME_VOUCHER_VOID, "seteli on mitätöity"},
    {OUTCOME_VOUCHER_NOT_VALID, "seteli ei ole voimassa"},
    {OUTCOME_VOUCHER_RESERVED, "seteli on varattu toiselle palveluntuottajalle"},
    {OUTCOME_SERVICE_NOT_COVERED, "seteli ei kata palvelua"},
    {OUTCOME_UNIT_MISMATCH, "palvelulla on toinen yksikkö"},
    {OUTCOME_PRIOR_APPROVAL_REQUIRED, "palvelusta pitää sopia ennakkoon"},
    {OUTCOME_RATE_CLASS_MISMATCH, "aika ei kuulu aikaluokkaan"},
    {OUTCOME_PRICE_NOT_LISTED, "hinta ei ole hinnaston mukainen"},
    {OUTCOME_PRICE_ABOVE_CAP, "hinta ylittää hintakaton"},
    {OUTCOME_COPAY_NOT_ALLOWED, "palvelu on asiakkaalle maksuton"},
    {OUTCOME_TIME_REQUIRED, "alku- ja loppuaika puuttuvat"},
    {OUTCOME_END_BEFORE_START, "loppu ei ole alun jälkeen"},
    {OUTCOME_SERVICE_IN_FUTURE, "palvelu on tulevaisuudessa"},
    {OUTCOME_RECORDING_WINDOW, "kirjaamisaika on ohi"},
    {OUTCOME_SPANS_PERIODS, "palvelu jatkuu toiselle kuukaudelle"},
    {OUTCOME_QUANTITY_INVALID, "määrä ei ole sallittu"},
    {OUTCOME_QUANTITY_TIME_MISMATCH, "määrä on enemmän kuin kulunut aika"},
    {OUTCOME_OVERLAP, "aika on päällekkäin toisen tapahtuman kanssa"},
    {OUTCOME_AMOUNT_MISMATCH, "osuudet eivät ole sääntöjen mukaiset"},
    {OUTCOME_AMOUNT_LIMIT, "summa ylittää palvelun ylärajan"},
    {OUTCOME_QUOTA_EXCEEDED, "määrä ylittää jäljellä olevan"},
    {OUTCOME_INSUFFICIENT_BALANCE, "saldo ei riitä"},
    {OUTCOME_COUNTY_BUDGET, "laskentatunnisteen vuosivaraus on käytetty"},
};

const char *word(enum language language, enum word w)
{
    return words[w][language];
}

bool language_parse(const char *text, enum language *out)
{
    for (int i = 0; i < LANGUAGES; i++)
        if (strcmp(text, language_code((enum language)i)) == 0) {
            *out = (enum language)i;
            return true;
        }
    return false;
}

const char *language_code(enum language language)
{
    return language == LANGUAGE_FI ? "fi" : "en";
}

const char *word_month(enum language language, int month)
{
    static const char *const names[12][LANGUAGES] = {
        {"tammikuu", "January"}, {"helmikuu", "February"},  {"maaliskuu", "March"},
        {"huhtikuu", "April"},   {"toukokuu", "May"},       {"kesäkuu", "June"},
        {"heinäkuu", "July"},    {"elokuu", "August"},      {"syyskuu", "September"},
        {"lokakuu", "October"},  {"marraskuu", "November"}, {"joulukuu", "December"},
    };

    return names[month - 1][language];
}

const char *word_state(enum language language, const char *state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(states[i].key, state) == 0)
            return states[i].text[language];
    return state;
}

const char *word_credit(enum language language, int reason)
{
    bool known = reason >= 0 && (size_t)reason < sizeof(credits) / sizeof(credits[0]);

    return credits[known ? reason : SALDO__V1__CREDIT_REASON__OTHER][language];
}

const char *word_refusal(enum language language, int code)
{
    for (size_t i = 0; i < sizeof(refusals_fi) / sizeof(refusals_fi[0]); i++)
        if (language == LANGUAGE_FI && refusals_fi[i].code == code)
            return refusals_fi[i].text;
    return language == LANGUAGE_FI ? outcome_name(code) : outcome_text(code);
}
