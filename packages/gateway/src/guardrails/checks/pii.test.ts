/** Personal data by patterns with checksums. Numbers are the published test numbers of the card networks, SWIFT's registry and the RFCs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkContext } from "../testing/check-context.ts";
import { pii } from "./pii.ts";
import { passesLuhn, piiIn, remainderOf } from "./pii-patterns.ts";

function redacted(text: string, categories?: string[]): string {
  const parameters = { redact: true, ...(categories !== undefined && { categories }) };
  const judgement = pii.ready(pii.parameters.parse(parameters)).judge([text], checkContext());
  return "then" in judgement ? "" : (judgement.texts?.[0] ?? text);
}

const cards =
  "4111111111111111 4012888888881881 4222222222222 5555555555554444 5105105105105100 2223003122003222 378282246310005 371449635398431 6011111111111117 3530111333300000 30569309025904 6200000000000005";

describe("cards", () => {
  test.each(cards.split(" "))("%s is found, grouped or not", (card) => {
    expect(redacted(`Card ${card}, please`)).toBe("Card [CREDIT_CARD], please");
    const grouped = card.replaceAll(/(\d{4})(?=\d)/g, "$1 ");
    expect(redacted(`Card ${grouped}.`)).toBe("Card [CREDIT_CARD].");
    expect(redacted(`Card ${grouped.replaceAll(" ", "-")}.`)).toBe("Card [CREDIT_CARD].");
    expect(redacted(`Card ${grouped.replaceAll(" ", ".")}.`)).toBe("Card [CREDIT_CARD].");
  });

  // Beginnings as the package credit-card-type has them, the last digit by Luhn's sum.
  test.each([
    ["Mir", "2200700123456781"],
    ["Elo", "5067630012345677"],
    ["Hipercard", "6062826786276634"],
    ["Hiper", "6370950012345679"],
    ["Troy", "9792000012345677"],
    ["UnionPay", "8171999900000018"],
    ["Verve", "5061120012345678905"],
    ["RuPay", "6080000012345674"],
  ])("%s", (_issuer, card) => {
    expect(redacted(`Card ${card}, please`)).toBe("Card [CREDIT_CARD], please");
    expect(redacted(`Card ${card.replaceAll(/(\d{4})(?=\d)/g, "$1 - ")}.`)).toBe("Card [CREDIT_CARD].");
    expect(redacted(`Card ${card.replaceAll(/(\d{4})(?=\d)/g, "$1  ")}.`)).toBe("Card [CREDIT_CARD].");
  });

  test("another digit is no card; nor is what no network issues", () => {
    for (const card of cards.split(" ")) {
      const last = (Number(card.at(-1)) + 1) % 10;
      expect(redacted(card.slice(0, -1) + String(last), ["CREDIT_CARD"])).not.toContain("CREDIT_CARD");
    }
    expect(redacted("0000 0000 0000 0000", ["CREDIT_CARD"])).toBe("0000 0000 0000 0000");
  });

  test("among other numbers", () => {
    expect(redacted("order 12 4111 1111 1111 1111 99", ["CREDIT_CARD"])).toBe("order 12 [CREDIT_CARD] 99");
  });

  test("Luhn's sum, computed a second way", () => {
    const bySteps = (digits: string): boolean =>
      digits.split("").toReversed().reduce((sum, digit, index) => {
        const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
        return sum + (value % 10) + Math.floor(value / 10);
      }, 0) % 10 === 0; // prettier-ignore
    fc.assert(
      fc.property(fc.stringMatching(/^\d{1,25}$/), (digits) => {
        expect(passesLuhn(digits)).toBe(bySteps(digits));
      }),
    );
  });
});

describe("IBANs", () => {
  // SWIFT's registry's own examples.
  const ibans =
    "GB29NWBK60161331926819 DE89370400440532013000 FR1420041010050500013M02606 CH9300762011623852957 NL91ABNA0417164300 MT84MALT011000012345MTLCAST001S NO9386011117947 AE070331234567890123456";

  test.each(ibans.split(" "))("%s is found, grouped or not, in any case", (iban) => {
    expect(redacted(`IBAN: ${iban}.`)).toBe("IBAN: [IBAN].");
    expect(redacted(`IBAN: ${iban.replaceAll(/(.{4})(?=.)/g, "$1 ")}.`)).toBe("IBAN: [IBAN].");
    expect(redacted(`IBAN: ${iban.toLowerCase()}.`)).toBe("IBAN: [IBAN].");
    const wrong = iban.slice(0, -1) + (iban.endsWith("9") ? "8" : "9");
    expect(redacted(wrong, ["IBAN"])).toBe(wrong);
  });

  // The 89 countries of the registry's release 99, and those in use beside it.
  test.each(
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 AO25 CV25 GW25 MZ25 DZ26 IR26 CF27 CG27 CM27 GA27 GQ27 KM27 MG27 TD27 BF28 BJ28 CI28 MA28 ML28 NE28 SN28 TG28".split(
      " ",
    ),
  )("%s characters are an IBAN of that country", (countryAndLength) => {
    const country = countryAndLength.slice(0, 2);
    const account = "0".repeat(Number(countryAndLength.slice(2)) - 5) + "7";
    const asDigits = `${account}${country}00`
      .split("")
      .map((letter) => Number.parseInt(letter, 36))
      .join("");
    const sum = String(98n - (BigInt(asDigits) % 97n)).padStart(2, "0");
    expect(redacted(`to ${country}${sum}${account}.`, ["IBAN"])).toBe("to [IBAN].");
  });

  test("modulo 97, computed by BigInt", () => {
    for (const iban of ibans.split(" ")) {
      const digits = (iban.slice(4) + iban.slice(0, 4))
        .split("")
        .map((letter) => Number.parseInt(letter, 36))
        .join("");
      expect(BigInt(remainderOf(iban))).toBe(BigInt(digits) % 97n);
      expect(remainderOf(iban)).toBe(1);
    }
  });
});

test.each([
  ["e-mail", "Write to ann.o'neil+x@mail.example.co.uk!", "Write to [EMAIL_ADDRESS]!"],
  ["e-mail with other letters", "jörg@müller.example", "[EMAIL_ADDRESS]"],
  ["e-mail in India's script", "अजय@डाटा.भारत, संपर्क@डाटामेल.भारत", "[EMAIL_ADDRESS], [EMAIL_ADDRESS]"],
  ["e-mail in Thailand's", "คน@อีเมลทดสอบ.ไทย", "[EMAIL_ADDRESS]"],
  [
    "e-mail with an ampersand",
    "R&D@example.com, x?email=ann@a_b.example.com",
    "[EMAIL_ADDRESS], x?email=[EMAIL_ADDRESS]",
  ],
  [
    "e-mail in a literal",
    "{'to': 'ann.o'neil@example.com'}, '@example.com'",
    "{'to': '[EMAIL_ADDRESS]'}, '@example.com'",
  ],
  ["no e-mail", "a @ b, x@y, @example.com", "a @ b, x@y, @example.com"],
  ["SSN", "SSN 219-09-9998.", "SSN [SSN]."],
  ["SSN with spaces", "219 09 9998", "[SSN]"],
  ["SSN with dashes and spaces", "219 - 09 - 9998", "[SSN]"],
  ["no SSN: an area that is not given out", "666-12-3456", "666-12-3456"],
  ["IPv4", "from 192.0.2.146, twice", "from [IP_ADDRESS], twice"],
  ["no IPv4: a version", "version 1.2.3 and 999.1.1.1", "version 1.2.3 and 999.1.1.1"],
  [
    "IPv4 with a port",
    "to 192.0.2.146:8080 and http://10.0.0.1:80/x",
    "to [IP_ADDRESS]:8080 and http://[IP_ADDRESS]:80/x",
  ],
  ["IPv4 behind a name", "ip:192.0.2.146, host=10.0.0.1.", "ip:[IP_ADDRESS], host=[IP_ADDRESS]."],
  [
    "IPv6 behind a name",
    "[IPv6:2001:db8::1], client:2001:db8:0:0:0:0:0:1;",
    "[IPv6:[IP_ADDRESS]], client:[IP_ADDRESS];",
  ],
  ["no IPv6: a name and a time", "at:12:30:45 std::1 x:1", "at:12:30:45 std::1 x:1"],
  ["IPv4 in IPv6", "at ::ffff:192.0.2.146.", "at [IP_ADDRESS]."],
  ["IPv6", "at 2001:db8::8a2e:370:7334.", "at [IP_ADDRESS]."],
  ["a loopback", "::1", "[IP_ADDRESS]"],
  ["no IPv6: a time", "at 12:30:45 sharp", "at 12:30:45 sharp"],
  ["phone, international", "call +44 20 7946 0958 now", "call [PHONE_NUMBER] now"],
  ["phone, American", "call (212) 555-0147 now", "call [PHONE_NUMBER] now"],
  ["phone, German", "call +49 30/1234567 or 0049 (0)30 / 123 45-67", "call [PHONE_NUMBER] or [PHONE_NUMBER]"],
  ["phone, with wide dashes", "+1 - 212 - 555 - 0147, 212 \u2013 555 \u2013 0147", "[PHONE_NUMBER], [PHONE_NUMBER]"],
  ["phone, with dots", "212.555.0147", "[PHONE_NUMBER]"],
  [
    "phones as examples write them",
    "555-123-4567, (555) 123-4567 or 123.456.7890.",
    "[PHONE_NUMBER], [PHONE_NUMBER] or [PHONE_NUMBER].",
  ],
  [
    "no phone: numbers in a row",
    "555 123 4567, 1-555-1234-4567, 10.123.456.7890",
    "555 123 4567, 1-555-1234-4567, 10.123.456.7890",
  ],
  ["no phone: a number", "2125550147 and 12345", "2125550147 and 12345"],
  ["no phone: a number with zeros before it", "order 0012345678", "order 0012345678"],
  ["phone behind 00", "0049 30 123456, 00 354 5551234, 004930123456", "[PHONE_NUMBER], [PHONE_NUMBER], [PHONE_NUMBER]"],
  ["no e-mail: a version", "lodash@4.17.21 and react@19.0.0-rc.10", "lodash@4.17.21 and react@19.0.0-rc.10"],
  ["e-mail in Punycode", "x@mail.xn--p1ai", "[EMAIL_ADDRESS]"],
  // Digits that are a card's by Luhn's sum, and a telephone number's form.
  [
    "no card: a fraction",
    "[0.4406247850673459,-44.33437231868756,0.004618650757468]",
    "[0.4406247850673459,-44.33437231868756,0.004618650757468]",
  ],
  [
    "no card: fractions with spaces between",
    "0.5490730722791488 4.618650757468017",
    "0.5490730722791488 4.618650757468017",
  ],
  // 6458 4111 1111 1111 passes Luhn's sum too, and 806 504 4111 is a telephone's form.
  ["a card behind a number that could begin one", "room 6458 4111 1111 1111 1111 end", "room [CREDIT_CARD] end"],
  ["a card behind numbers that could be a telephone's", "806 504 4111 1111 1111 1111", "[CREDIT_CARD]"],
  ["a card before a number that could end it", "4111 1111 1111 1111 219-09-9998", "[CREDIT_CARD]"],
  ["no card: an article's number", "EAN 4006381330060", "EAN 4006381330060"],
])("%s", (_name, text, expected) => {
  expect(redacted(text)).toBe(expected);
});

describe("as it is typeset", () => {
  const blanks = ["\u00a0", "\u2007", "\u2009", "\u202f"];
  const dashes = ["\u2010", "\u2011", "\u2013", "\u2212"];

  test.each(blanks)("with other blanks: %j", (blank) => {
    const written = (words: string): string => words.replaceAll(" ", blank);
    expect(redacted(`Card ${written("4111 1111 1111 1111")}!`)).toBe("Card [CREDIT_CARD]!");
    expect(redacted(`To ${written("DE89 3704 0044 0532 0130 00")}!`)).toBe("To [IBAN]!");
    expect(redacted(`Call ${written("+33 6 12 34 56 78")}!`)).toBe("Call [PHONE_NUMBER]!");
    expect(redacted(`Number ${written("123 45 6789")}!`)).toBe("Number [SSN]!");
  });

  test.each(dashes)("with other dashes: %j", (dash) => {
    const written = (words: string): string => words.replaceAll("-", dash);
    expect(redacted(`Card ${written("4111-1111-1111-1111")}!`)).toBe("Card [CREDIT_CARD]!");
    expect(redacted(`Call ${written("212-555-0123")}!`)).toBe("Call [PHONE_NUMBER]!");
    expect(redacted(`Number ${written("123-45-6789")}!`)).toBe("Number [SSN]!");
  });

  test("in wide letters", () => {
    const wide = (words: string): string =>
      words.replaceAll(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
    expect(redacted(`\u5361 ${wide("4111111111111111")}\u3002`)).toBe("\u5361 [CREDIT_CARD]\u3002");
    expect(redacted(`\u90ae ${wide("ann@example.com")}\u3002`)).toBe("\u90ae [EMAIL_ADDRESS]\u3002");
    expect(redacted(`\u7535 ${wide("+86")}10\u202f1234\u202f5678`)).toBe("\u7535 [PHONE_NUMBER]");
  });

  test("all else stays as it was written, halves of pairs too", () => {
    const text = "1\u00a0000\u00a0\u2013\u00a02\u00a0000 \uff08\ud83d\ude00\uff09 \ud83d \u{1F600}";
    expect(redacted(text)).toBe(text);
    expect(redacted(`${text}: ann@example.com ${text}`)).toBe(`${text}: [EMAIL_ADDRESS] ${text}`);
  });
});

describe("disguises", () => {
  const zeroWidth = "\u200b";
  test.each([
    ["marks without width", `4111${zeroWidth}1111${zeroWidth}1111${zeroWidth}1111`],
    ["a soft hyphen", "4111\u00ad1111\u00ad1111\u00ad1111"],
    ["wide digits", "４１１１ １１１１ １１１１ １１１１"],
    ["Arabic-Indic digits", "٤١١١١١١١١١١١١١١١"],
    ["mathematical digits", "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏"],
    ["other spaces", "4111\u00a01111\u20091111\u30001111"],
    ["other dashes", "4111–1111—1111−1111"],
  ])("%s", (_name, text) => {
    expect(redacted(`Card ${text} end`)).toBe("Card [CREDIT_CARD] end");
  });

  test("what is no personal data keeps its letters as they were", () => {
    const text = `naïve – ١٢٣ ｗｉｄｅ${zeroWidth} 👩‍👩‍👧`;
    expect(redacted(text)).toBe(text);
  });
});

test("only the categories that are asked for; those without a form are told of", () => {
  const text = "a@b.example 192.0.2.1";
  expect(redacted(text, ["EMAIL_ADDRESS"])).toBe("[EMAIL_ADDRESS] 192.0.2.1");
  expect(redacted("IBAN GB29NWBK60161331926819", ["IBAN_CODE"])).toBe("IBAN [IBAN]");
  const told = pii.parameters.safeParse({ categories: ["NAME"] });
  expect(told.error?.issues[0]?.message).toContain("bedrock.guard");
  expect(pii.parameters.safeParse({ categories: ["NOTHING"] }).success).toBe(false);
});

test("any text is read without a fault, and what is not found stays", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const found = piiIn(text, ["CREDIT_CARD", "IBAN", "EMAIL_ADDRESS", "IP_ADDRESS", "SSN", "PHONE_NUMBER"]);
      let end = 0;
      for (const span of found) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        expect(span.end).toBeGreaterThan(span.start);
        end = span.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
  );
});

test("a long text is read in pieces, with the same result", async () => {
  const one = `${"word ".repeat(7)}4111 1111 1111 1111 ${"12 ".repeat(5)}ann@example.com, GB29 NWBK 6016 1331 9268 19; `;
  const text = one.repeat(2_000);
  const judging = pii.ready(pii.parameters.parse({ redact: true })).judge([text], checkContext());
  expect(judging).toBeInstanceOf(Promise);
  const atOnce = pii.ready(pii.parameters.parse({ redact: true })).judge([text], checkContext({ isAtOnce: true }));
  expect(await judging).toEqual(atOnce);
  expect((await judging).data).toMatchObject({ detected: { CREDIT_CARD: 2_000, EMAIL_ADDRESS: 2_000, IBAN: 2_000 } });
});

test("a text at once may hold more than a function takes arguments", () => {
  const text = "a@b.co ".repeat(200_000);
  expect(piiIn(text, ["EMAIL_ADDRESS"])).toHaveLength(200_000);
  const redacting = pii.ready(pii.parameters.parse({ categories: ["EMAIL_ADDRESS"], redact: true }));
  const judgement = redacting.judge([text], checkContext({ isAtOnce: true }));
  expect(judgement).toMatchObject({ verdict: true, texts: ["[EMAIL_ADDRESS] ".repeat(200_000)] });
});
