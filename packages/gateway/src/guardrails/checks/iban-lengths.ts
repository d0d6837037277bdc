/**
 * Characters of an IBAN by country. Source: SWIFT's IBAN registry, release 99 (2024-12); and those in use of countries that have not
 * registered theirs (Algeria, Iran, Morocco, the francs' zones ...), as the package `ibantools` 4.5 lists them.
 */
const lengths: Readonly<Record<number, string>> = {
  15: "NO",
  16: "BE",
  18: "DK FI FO GL NL SD FK",
  19: "MK SI",
  20: "AT BA EE KZ LT LU XK MN",
  21: "CH HR LI LV",
  22: "BG BH CR DE GB GE IE ME RS VA",
  23: "AE GI IL IQ TL OM SO",
  24: "AD CZ ES MD PK RO SA SE SK TN VG",
  25: "LY PT ST AO CV GW MZ",
  26: "IS TR DZ IR",
  27: "BI DJ FR GR IT MC MR SM CF CG CM GA GQ KM MG TD",
  28: "AL AZ BY CY DO GT HU LB NI PL SV HN BF BJ CI MA ML NE SN TG",
  29: "BR EG PS QA UA",
  30: "JO KW MU YE",
  31: "MT SC",
  32: "LC",
  33: "RU",
};

export const ibanLengths: ReadonlyMap<string, number> = new Map(
  Object.entries(lengths).flatMap(([length, countries]) =>
    countries.split(" ").map((country): [string, number] => [country, Number(length)]),
  ),
);
