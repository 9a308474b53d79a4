/* field_kind.c - the values, shortest first where it matters. */
#include "tests/support/field_kind.h"

#include <stddef.h>

#define M20    "mmmmmmmmmmmmmmmmmmmm"
#define M40    M20 M20
#define M41    M40 "m"
#define M140   M40 M40 M40 M20
#define M141   M140 "m"
#define M500   M140 M140 M140 M40 M40
#define M501   M500 "m"
#define H7     "ffffffffffffff"
#define H8     H7 "ff"
#define H9     H8 "ff"
#define H15    H8 H7
#define H16    H15 "ff"
#define H17    H16 "ff"
#define H31    H16 H15
#define H32    H31 "ff"
#define H33    H32 "ff"
#define Z32    "0000000000000000000000000000000000000000000000000000000000000000"
#define MANY65 MANY_OF_A MANY_OF_I "z"
#define MANY_OF_A                                                                                  \
    "a0,b0,c0,d0,e0,f0,g0,h0,a1,b1,c1,d1,e1,f1,g1,h1,a2,b2,c2,d2,e2,f2,g2,h2,a3,b3,c3,d3,e3,f3,"   \
    "g3,h3,"
#define MANY_OF_I                                                                                  \
    "i0,j0,k0,l0,m0,n0,o0,p0,i1,j1,k1,l1,m1,n1,o1,p1,i2,j2,k2,l2,m2,n2,o2,p2,i3,j3,k3,l3,m3,n3,"   \
    "o3,p3,"

const struct field_values field_values[FIELD_KINDS] = {
    [FIELD_CODE] = {{"", "a b", "a/b", "\xc3\xa4", M41}, {M40, "AZ.az_-09"}, "ei-ole"},
    [FIELD_CODE_OR_NONE] = {{"a b", "a@b", "a[b", "a{b", M41}, {"", M40}, "ei-ole"},
    [FIELD_CLASS_OR_NONE] = {{"ALL", "a b", M41}, {"", "all"}, "ei-ole"},
    [FIELD_CLASS] = {{"", "ALL", "a`b", M41}, {"ALLE"}, NULL},
    [FIELD_CODES] = {{"", "sentti,sentti", "sentti,a b", MANY65}, {"sentti"}, "sentti,ei-ole"},
    [FIELD_CODES_OR_NONE] = {{"sentti,sentti", "a b", MANY65}, {"sentti"}, "ei-ole"},
    [FIELD_NAME] = {{M141}, {M140, ""}, NULL},
    [FIELD_ACCOUNT_NAME] = {{M141, "/:", "@[", "`{"}, {"a", "z", "A", "Z", "0", "9", ""}, NULL},
    [FIELD_REFERENCE] = {{M41}, {M40, ""}, NULL},
    [FIELD_TEXT] = {{M501}, {M500}, NULL},
    [FIELD_BUSINESS_ID] = {{"2077474-1", "2077474"}, {"", "2077474-0"}, NULL},
    [FIELD_IBAN] = {{"FI2112345600000786", "FI21"}, {"", "FI5542345670000081"}, NULL},
    [FIELD_NUMBER] = {{NULL}, {NULL}, "0000000996"},
    [FIELD_NEW_NUMBER] = {{"", "0000000020", "000000002"}, {"0000000022"}, NULL},
    [FIELD_ID] = {{"", H15, H17}, {H16}, H16},
    [FIELD_HASH] = {{"", H31, H33}, {NULL}, H32},
    [FIELD_KEY_ID] = {{"", H7, H9}, {H8}, H8},
    [FIELD_KEY] = {{"", H31, H33}, {H32}, NULL},
    [FIELD_POINT] = {{"", H31, H33, Z32}, {NULL}, NULL},
    [FIELD_DAY] = {{"0", "-1", "9495", "47847"}, {"9496", "47846"}, "2026-03-01"},
    [FIELD_DAY_OR_NONE] = {{"-1", "9495", "47847"}, {"0", "47846"}, NULL},
    [FIELD_YEAR] = {{"0", "1995", "2101"}, {"1996", "2100"}, NULL},
    [FIELD_DAY_OF_WEEK] = {{"0", "8", "-1"}, {"1", "7"}, NULL},
    [FIELD_DAY_OF_MONTH] = {{"0", "29", "-1"}, {"1", "28"}, NULL},
    [FIELD_GRACE] = {{"-1", "3651"}, {"0", "3650", "none"}, NULL},
    [FIELD_MINUTE] = {{"-1", "1441"}, {NULL}, NULL},
    [FIELD_ENUM] = {{"0", "-1", "99"}, {NULL}, NULL},
    [FIELD_ENUM_OR_NONE] = {{"-1", "99"}, {"0"}, NULL},
    [FIELD_TIME] = {{"-1"}, {NULL}, NULL},
    [FIELD_COUNT] = {{"-1"}, {"0"}, NULL},
    [FIELD_SOME] = {{"0", "-1"}, {"1"}, NULL},
    [FIELD_INCREMENT] = {{"0", "-1", "1000000001"}, {"1", "1000000000"}, NULL},
    [FIELD_QUOTA] = {{"-1", "1000000001"}, {"1000000000"}, NULL},
    [FIELD_CHARGE_CENTS] = {{"-1", "1000000001"}, {"0", "1000000000"}, NULL},
    [FIELD_CENTS] = {{"-1", "100000000001"}, {"0", "100000000000"}, NULL},
    [FIELD_SOME_CENTS] = {{"0", "-1", "100000000001"}, {"1", "100000000000"}, NULL},
};
