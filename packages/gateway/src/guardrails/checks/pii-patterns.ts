/**
 * Personal data that has a form of its own, and where there is one a checksum. Each finder's work is bounded by a constant for each
 * character: no text makes it slow.
 */
import { isIP, isIPv4 } from "node:net";
import { ibanLengths } from "./iban-lengths.ts";

/** The names are Portkey's. */
export const piiCategories = ["CREDIT_CARD", "IBAN", "EMAIL_ADDRESS", "IP_ADDRESS", "SSN", "PHONE_NUMBER"] as const;
export type PiiCategory = (typeof piiCategories)[number];

export interface Finding {
  category: PiiCategory;
  start: number;
  end: number;
}

interface Span {
  start: number;
  end: number;
}

type Find = (text: string) => Span[];

const finders: Readonly<Record<PiiCategory, Find>> = {
  CREDIT_CARD: cardsIn,
  IBAN: ibansIn,
  EMAIL_ADDRESS: mailAddressesIn,
  IP_ADDRESS: ipAddressesIn,
  SSN: socialSecurityNumbersIn,
  PHONE_NUMBER: phoneNumbersIn,
};

/**
 * What is found, in the order of the text. Where two overlap, one finding covers both: a number before a card may look like the card's
 * beginning, and what is found of the one would leave digits of the other.
 */
export function piiIn(text: string, categories: readonly PiiCategory[]): Finding[] {
  const found: Finding[] = [];
  for (const category of piiCategories) {
    if (!categories.includes(category)) continue;
    for (const span of finders[category](text)) found.push({ category, ...span });
  }
  // A stable sort: at one place the more certain category stands first.
  found.sort((one, other) => one.start - other.start);
  const kept: Finding[] = [];
  for (const finding of found) {
    const last = kept.at(-1);
    if (last === undefined || finding.start >= last.end) kept.push(finding);
    else if (finding.end > last.end) {
      last.end = finding.end;
      last.category = moreCertain(last.category, finding.category);
    }
  }
  return kept;
}

function moreCertain(one: PiiCategory, other: PiiCategory): PiiCategory {
  return piiCategories.indexOf(one) < piiCategories.indexOf(other) ? one : other;
}

/** Digits in groups, with a dash or a dot (blanks may be around it), one or two spaces, or nothing between them. */
const digitGroups = /\d+(?:(?: ?[.-] ?| {1,2})\d+)*/g;
const shortestCard = 12;
const longestCard = 19;
/** Digits behind a dot that are more are a number's fraction, as in vectors and places: a hundredth of them would pass Luhn's sum as a card. */
const longestGroup = 6;

interface DigitGroup {
  digits: string;
  start: number;
  isFraction: boolean;
}

function cardsIn(text: string): Span[] {
  const found: Span[] = [];
  for (const run of text.matchAll(digitGroups)) {
    if (run[0].length < shortestCard) continue;
    const groups = [...run[0].matchAll(/\d+/g)].map((group) => ({
      digits: group[0],
      start: run.index + group.index,
      isFraction: group[0].length > longestGroup && run[0][group.index - 1] === ".",
    }));
    for (let first = 0; first < groups.length; first += 1) {
      const card = cardFrom(groups, first);
      if (card !== undefined) found.push(card);
    }
  }
  return found;
}

/** The longest card that begins with this group. */
function cardFrom(groups: readonly DigitGroup[], first: number): Span | undefined {
  let digits = "";
  let lengths: readonly number[] | undefined;
  let found: Span | undefined;
  for (let last = first; last < groups.length; last += 1) {
    const group = groups[last];
    if (group === undefined || group.isFraction || digits.length + group.digits.length > longestCard) break;
    digits += group.digits;
    if (digits.length < beginning) continue;
    lengths ??= lengthsOf(digits);
    if (lengths.length === 0) break;
    if (!lengths.includes(digits.length) || !passesLuhn(digits) || isArticleNumber(digits)) continue;
    found = { start: groups[first]?.start ?? 0, end: group.start + group.digits.length };
  }
  return found;
}

/** Digits that tell an issuer. */
const beginning = 4;

/**
 * Beginnings and lengths of ISO/IEC 7812's issuers that are in use, those of single countries too: Mir (220), Elo, Verve and RuPay (50), RuPay
 * and Hipercard (60), Elo and Hiper (63), RuPay and UnionPay (81, 82), Troy (9792). Of these only the usual lengths: other long numbers
 * begin so as well.
 */
const issuers: readonly [form: RegExp, lengths: readonly number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^220[0-4]/, [16, 17, 18, 19]],
  [/^3[47]/, [15]],
  [/^3(?:0[0-5]|[689])/, [14, 16, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^6(?:011|4[4-9]|5|2)/, [16, 17, 18, 19]],
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, [12, 13, 14, 15, 16, 17, 18, 19]],
  [/^50[67]/, [16, 18, 19]],
  [/^(?:50|60|63|8[12]|9792)/, [16]],
];

/** How long the numbers are that begin so. */
function lengthsOf(digits: string): number[] {
  return issuers.flatMap(([form, lengths]) => (form.test(digits) ? lengths : []));
}

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const value = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const doubled = index % 2 === 0 ? value : value * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** GS1's number of 13 digits: those of German goods begin as Visa's do, and one in ten would pass as a card. */
function isArticleNumber(digits: string): boolean {
  if (digits.length !== 13) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) sum += Number(digits[index]) * (index % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

const ibanStart = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g;

function ibansIn(text: string): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(ibanStart)) {
    const length = ibanLengths.get(match[0].slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    const end = endOfIban(text, match.index, length);
    if (end !== undefined) found.push({ start: match.index, end });
  }
  return found;
}

/** Reads as many letters and digits as the country's have, with a space or dash between two of them. */
function endOfIban(text: string, start: number, length: number): number | undefined {
  let code = "";
  let at = start;
  while (code.length < length) {
    if (code !== "" && (text[at] === " " || text[at] === "-")) at += 1;
    const character = text[at] ?? "";
    if (!/^[A-Za-z0-9]$/.test(character)) return undefined;
    code += character.toUpperCase();
    at += 1;
  }
  return /^[A-Za-z0-9]$/.test(text[at] ?? "") || remainderOf(code) !== 1 ? undefined : at;
}

/** ISO 13616: the first four characters go to the end, letters count from 10 on, modulo 97. */
export function remainderOf(iban: string): number {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

/** Marks are letters' parts: vowels in India's and Thailand's scripts. */
const localPart = /^[\p{L}\p{M}\p{N}._%+&'-]$/u;
const domainPart = /^[\p{L}\p{M}\p{N}._-]$/u;
/** RFC 5321, section 4.5.3.1. */
const longestLocal = 64;
const longestDomain = 255;

function mailAddressesIn(text: string): Span[] {
  const found: Span[] = [];
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const start = startOfLocal(text, at);
    const end = endOfDomain(text, at + 1);
    if (start < at && isDomain(text.slice(at + 1, end))) found.push({ start, end });
  }
  return found;
}

function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < longestLocal && localPart.test(text[start - 1] ?? "")) start -= 1;
  // A quotation mark that opens, as in Python's literals: without it the text is no literal any more.
  while (text[start] === "'") start += 1;
  return start;
}

function endOfDomain(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from < longestDomain && domainPart.test(text[end] ?? "")) end += 1;
  while (end > from && /[._-]/.test(text[end - 1] ?? "")) end -= 1;
  return end;
}

/** No top-level domain has a digit but those in Punycode: `name@4.17.21` is a package's version. */
const topLevel = /^(?:[^\p{N}_]{2,}|xn--.+)$/iu;

function isDomain(text: string): boolean {
  const labels = text.split(".");
  return labels.length > 1 && labels.every((label) => label !== "") && topLevel.test(labels.at(-1) ?? "");
}

const fourNumbers = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)/g;
const addressLike = /(?<![\w.:])[\da-fA-F:.]{3,64}(?![\w:])/g;
/** Behind a name and a colon, as mail's headers write it: `[IPv6:2001:db8::1]`. */
const namedAddress = /(?<=(?<![\w:])[a-zA-Z]\w{0,31}:)[\da-fA-F:.]{3,64}(?![\w:])/g;

/** Of version 4 also with a port behind it, of both with a name and a colon before it. */
function ipAddressesIn(text: string): Span[] {
  const whole = addressesIn(text, addressLike);
  const named = apartFrom(whole, addressesIn(text, namedAddress));
  const found = [...whole, ...named].toSorted((one, other) => one.start - other.start);
  const plain = spansOf(text, fourNumbers).filter(({ start, end }) => isIPv4(text.slice(start, end)));
  return [...found, ...apartFrom(found, plain)];
}

function addressesIn(text: string, form: RegExp): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(form)) {
    const address = match[0].replace(/[.:]+$/, (tail) => (tail === "::" ? tail : ""));
    if (isIP(address) !== 0 && /\d/.test(address))
      found.push({ start: match.index, end: match.index + address.length });
  }
  return found;
}

/** Those that lie in none of `others`: both stand in the text's order. */
function apartFrom(others: readonly Span[], spans: readonly Span[]): Span[] {
  let next = 0;
  return spans.filter(({ start, end }) => {
    while ((others[next]?.end ?? Infinity) <= start) next += 1;
    return (others[next]?.start ?? Infinity) >= end;
  });
}

const socialSecurityNumber = /(?<![\d-])(?!000|666|9)\d{3}( - |[- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/g;

function socialSecurityNumbersIn(text: string): Span[] {
  return spansOf(text, socialSecurityNumber);
}

/**
 * E.164, 7 to 15 digits, with its plus, or with 00 where these are nine at least or apart from them: a shorter number that is filled with
 * zeros may be anything. A slash parts the area's code in German, and a dash may have blanks around it. Then North America's form, which must
 * have a separator: ten digits alone may be anything too. Its plan has no area and no exchange that begins with 0 or 1, and examples have:
 * 555-123-4567. With dashes, dots or brackets these are no other number either; three numbers with blanks between may be.
 */
const international =
  /(?<![\w+]|\d\.)(?:(?:\+|00[ .(-])[1-9](?:[ ./()-]{0,3}\d){6,14}|00[1-9](?:[ ./()-]{0,3}\d){8,14})(?!\d)/g;
const northAmerican =
  /(?<![\w+-])(?:1(?: ?[.-] ?| ))?(?:\([2-9]\d{2}\)(?: ?[.-] ?| )?|[2-9]\d{2}(?: ?[.-] ?| ))[2-9]\d{2}(?: ?[.-] ?| )?\d{4}(?![\d-])/g;
const likeNorthAmerican =
  /(?<![\w+.-])(?:1[.-])?(?:\d{3}([.-])\d{3}\1|\(\d{3}\)(?: ?[.-] ?| )?\d{3}(?: ?[.-] ?| ))\d{4}(?![\d-]|\.\d)/g;

function phoneNumbersIn(text: string): Span[] {
  return [international, northAmerican, likeNorthAmerican].flatMap((form) => spansOf(text, form));
}

function spansOf(text: string, form: RegExp): Span[] {
  return [...text.matchAll(form)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}
