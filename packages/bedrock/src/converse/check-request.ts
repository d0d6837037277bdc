import type { z } from "zod";
import { AditError } from "../errors/adit-error.ts";
import type { ConverseRequest } from "./request.ts";
import { requestSchema } from "./request-schema.ts";

type Issue = z.core.$ZodIssue;

/**
 * Checks a request of Converse or ConverseStream that a program wrote by hand: types, unions, enumerations, ranges and lengths, as AWS's
 * service model gives them. Gives the same object back: members that this version does not know are kept and not looked at, since AWS
 * adds some. What only the model knows (turns, tools' answers, sizes of media) is left to AWS.
 * Throws AditError `invalid_request` with the path of the first fault and what is expected there.
 */
export function checkConverseRequest(body: unknown): ConverseRequest {
  const checked = requestSchema.safeParse(body, { reportInput: true });
  if (checked.success) {
    return body as ConverseRequest;
  }
  const [issue] = checked.error.issues;
  const path = pathOf(issue?.path ?? []);
  throw new AditError("invalid_request", `${sentenceOf(issue)}.`, path === "" ? {} : { param: path });
}

/** The first member of a request that is not of the type that AWS reads there, in words without a full stop. */
export function typeFault(body: ConverseRequest): string | undefined {
  const issues = requestSchema.safeParse(body, { reportInput: true }).error?.issues ?? [];
  // Base64 that is none has words of the schema's own.
  const issue = issues.find(isOfType) ?? issues.find(({ code }) => code === "custom");
  return issue === undefined ? undefined : sentenceOf(issue);
}

/** What is missing, out of range or no member of an enumeration AWS has read: it refuses that in words that name it. */
function isOfType({ code, input }: Issue): boolean {
  if (input === undefined || input === null) return false;
  return code === "invalid_type" || (code === "invalid_value" && typeof input !== "string");
}

function sentenceOf(issue: Issue | undefined): string {
  const path = pathOf(issue?.path ?? []);
  const words = issue === undefined ? "is not a request of Converse" : wordsOf(issue);
  return `${path === "" ? "The request" : path} ${words}`;
}

/** Such as `messages[0].content[2].image.format`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((written, step) => {
    if (typeof step === "number") {
      return `${written}[${step}]`;
    }
    const name = String(step);
    if (!/^[A-Za-z_][\w-]{0,63}$/.test(name)) {
      return `${written}[${JSON.stringify(name.slice(0, 64))}]`;
    }
    return written === "" ? name : `${written}.${name}`;
  }, "");
}

function wordsOf(issue: Issue): string {
  if (issue.code === "invalid_type") {
    return typeWords(nounOf(issue.expected), issue.input);
  }
  if (issue.code === "invalid_value") {
    return typeWords(`one of ${issue.values.map((value) => String(value)).join(", ")}`, issue.input);
  }
  if (issue.code === "too_small") {
    return boundWords("at least", Number(issue.minimum), issue.origin);
  }
  if (issue.code === "too_big") {
    return boundWords("at most", Number(issue.maximum), issue.origin);
  }
  // The words of the schema's own.
  return issue.message;
}

function typeWords(expected: string, input: unknown): string {
  return input === undefined || input === null
    ? `is missing: ${expected} is expected`
    : `must be ${expected}, not ${shown(input)}`;
}

function boundWords(bound: string, limit: number, origin: string): string {
  return origin === "array" ? `must hold ${bound} ${limit} items` : `must be ${bound} ${limit}`;
}

const nouns: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  record: "an object",
};

function nounOf(expected: string): string {
  return nouns[expected] ?? expected;
}

/** What was found, without long text: it may be anything that the caller sent. */
function shown(input: unknown): string {
  if (Array.isArray(input)) {
    return "an array";
  }
  if (typeof input === "string") {
    return input.length > 40 ? "a longer text" : JSON.stringify(input);
  }
  if (typeof input === "number" || typeof input === "boolean" || typeof input === "bigint") {
    return String(input);
  }
  return typeof input === "object" ? "an object" : `a ${typeof input}`;
}
