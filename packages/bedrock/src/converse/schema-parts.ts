/** What the schemas of Converse's request are made of. Absent and null are one, as in AWS's JSON (restJson1: a null member is an absent one). */
import { z } from "zod";

/** A member that may be absent. */
export function maybe(part: z.ZodType): z.ZodType {
  return part.nullish();
}

/** An object with members that it must have; `optional` ones may be absent, and any others are kept and not looked at. */
export function structure(
  required: Readonly<Record<string, z.ZodType>>,
  optional: Readonly<Record<string, z.ZodType>> = {},
): z.ZodType {
  return z.looseObject({ ...required, ...mapped(optional) });
}

/**
 * A union: exactly one of its members. One that this version does not know may stand in their place, since AWS adds members.
 */
export function oneOf(members: Readonly<Record<string, z.ZodType>>): z.ZodType {
  const names = Object.keys(members);
  return z.looseObject(mapped(members)).superRefine((value, context) => {
    const given = Object.keys(value).filter((name) => isPresent(value[name]));
    const known = given.filter((name) => names.includes(name));
    if (known.length > 1) {
      context.addIssue({ code: "custom", message: `must hold one member alone, and holds ${known.join(" and ")}` });
    } else if (given.length === 0) {
      context.addIssue({ code: "custom", message: `must hold one of ${names.join(", ")}, and is empty` });
    }
  });
}

/** Text of `least` to `most` characters. */
export function text(least = 0, most = Infinity): z.ZodType {
  const bounds = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  return z
    .string()
    .refine((value) => value.length >= least && !isLonger(value, most), `must have ${bounds} characters`);
}

/** Text that is matched as a whole; `words` say what is expected. */
export function matching(pattern: RegExp, words: string): z.ZodType {
  return z.string().refine((value) => pattern.test(value), `must be ${words}`);
}

/** Bytes as base64, padded or not. `least` is 0 where AWS takes none. */
export function base64(least: 0 | 1 = 1): z.ZodType {
  return z.custom<string>().superRefine((value: unknown, context) => {
    const fault = base64Fault(value, least);
    if (fault !== undefined) {
      context.addIssue({ code: "custom", message: fault });
    }
  });
}

/** A whole number of 32 bits. */
export function integer(least: number): z.ZodType {
  return z
    .int()
    .min(least)
    .max(2 ** 31 - 1);
}

/** Any JSON value, but one must be there. */
export const anyJson = z.unknown().refine((value) => value !== undefined, "is missing");

/** A JSON object of the caller's own. */
export const jsonObject = z.looseObject({});

function mapped(parts: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, maybe(part)]));
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Counts characters, not the halves of those beyond 16 bits; the length alone decides where it can. */
function isLonger(value: string, most: number): boolean {
  return value.length > most && (value.length > 2 * most || Array.from(value).length > most);
}

function base64Fault(value: unknown, least: number): string | undefined {
  if (value instanceof Uint8Array) {
    return "must be a base64 string, not the bytes themselves";
  }
  if (typeof value !== "string") {
    return isPresent(value) ? "must be a base64 string" : "is missing: a base64 string is expected";
  }
  if (value.length < least) {
    return "is empty: a base64 string is expected";
  }
  return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? undefined : "is not base64";
}
