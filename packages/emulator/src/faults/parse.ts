import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Quota } from "../quotas/quota.ts";
import { operationNames } from "../server/routes.ts";
import type { Fault, Scenario } from "./fault.ts";
import { matchesPattern } from "./fault-book.ts";
import { shortNames, type FaultName } from "./short-names.ts";
import { isRecord } from "../validate/read-shape.ts";

/** Says what is wrong with a scenario or a fault, and where in it. */
export class ScenarioError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ScenarioError";
  }
}

type Kind = Fault["kind"];
/** What a field must be; a list names the values that it may have. */
type FieldRule = keyof typeof rules | readonly string[];

/** Beyond a hundred years dates have another form, and in the end none. */
const longestOffsetMs = 100 * 365 * 24 * 3_600_000;

const rules = {
  text: { words: "a text", fits: (field: unknown) => typeof field === "string" && field !== "" },
  name: { words: "a text that a header can hold", fits: (field: unknown) => field !== "" && isHeader(["type", field]) },
  count: { words: "a whole number, 0 or more", fits: (field: unknown) => isWhole(field) && field >= 0 },
  offset: {
    words: "a whole number of milliseconds, a hundred years at most either way",
    fits: (field: unknown) => isWhole(field) && Math.abs(field) <= longestOffsetMs,
  },
  status: { words: "200 to 599", fits: (field: unknown) => isWhole(field) && field >= 200 && field <= 599 },
  object: { words: "an object", fits: isRecord },
  headers: {
    words: "an object of headers and their texts, without those of the connection",
    fits: (field: unknown) => isRecord(field) && Object.entries(field).every(isHeader),
  },
};

const scopeFields: Readonly<Record<string, FieldRule>> = { operation: "text", model: "text", times: "count" };

const kindFields: Readonly<Record<Kind, Readonly<Record<string, FieldRule>>>> = {
  refuse: { type: "name", status: "status", message: "text", fields: "object", headers: "headers" },
  exception: { type: "text", frame: "count", message: "text", fields: "object" },
  "error-frame": { code: "text", message: "text", frame: "count" },
  cut: { frame: "count", bytes: "count", end: ["proper", "close"] },
  crc: { frame: "count", part: ["prelude", "message"] },
  drip: { bytes: "count", everyMs: "count" },
  delay: { ms: "count" },
  silence: { ms: "count", frame: "count" },
  reset: { frame: "count" },
  clock: { offsetMs: "offset" },
  "no-output": {},
};

const requiredFields: Readonly<Partial<Record<Kind, string>>> = { refuse: "type", delay: "ms", clock: "offsetMs" };

/**
 * Reads a scenario: `{"faults": [...], "quotas": [...]}`, JSON, each fault an object or a short name. Throws ScenarioError with the path of what is wrong.
 */
export function parseScenario(text: string): Scenario {
  return scenarioFrom(parseJson(text, "The scenario"));
}

/** The scenario that a value is, as {@link parseScenario} reads it. */
export function scenarioFrom(value: unknown): Scenario {
  if (!isRecord(value) || (value["faults"] === undefined && value["quotas"] === undefined)) {
    throw new ScenarioError('The scenario must be an object with a list "faults" or "quotas".');
  }
  const unknown = Object.keys(value).find((name) => name !== "faults" && name !== "quotas");
  if (unknown !== undefined) {
    throw new ScenarioError(`${unknown} is no field of a scenario: it has "faults" and "quotas".`);
  }
  const faults = listOf(value["faults"] ?? [], "faults").map((fault, index) => faultFrom(fault, `faults[${index}]`));
  const quotas = quotasFrom(value["quotas"] ?? []);
  return { faults, ...(quotas.length > 0 && { quotas }) };
}

/** Throws ScenarioError for what is no list of quotas. */
export function quotasFrom(value: unknown): Quota[] {
  return listOf(value, "quotas").map((quota, index) => quotaFrom(quota, `quotas[${index}]`));
}

function listOf(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) {
    throw new ScenarioError(`${path} must be a list.`);
  }
  return value as unknown[];
}

const quotaFields: Readonly<Record<keyof Quota, FieldRule>> = {
  account: "text",
  region: "text",
  model: "text",
  requestsPerMinute: "count",
  tokensPerMinute: "count",
};

function quotaFrom(value: unknown, path: string): Quota {
  if (!isRecord(value)) {
    throw new ScenarioError(`${path} must be an object.`);
  }
  checkFields(value, quotaFields, { path, subject: "a quota" });
  if (value["requestsPerMinute"] === undefined && value["tokensPerMinute"] === undefined) {
    throw new ScenarioError(`${path} needs requestsPerMinute or tokensPerMinute.`);
  }
  return value;
}

/** Reads the header `x-emulator-fault`: a short name, a fault as JSON, or a JSON list of either. */
export function parseFaultHeader(text: string): Fault[] {
  const trimmed = text.trim();
  if (/^[a-z-]+$/.test(trimmed)) {
    return [faultFrom(trimmed, "x-emulator-fault")];
  }
  const value = parseJson(trimmed, "x-emulator-fault");
  return Array.isArray(value)
    ? value.map((fault: unknown, index) => faultFrom(fault, `x-emulator-fault[${index}]`))
    : [faultFrom(value, "x-emulator-fault")];
}

/** How many requests a fault is for: a whole number, 1 or more, or Infinity. Throws ScenarioError. */
export function countFrom(value: unknown): number {
  if (value !== Infinity && !(isWhole(value) && value >= 1)) {
    throw new ScenarioError("count must be a whole number, 1 or more.");
  }
  return value;
}

/** The fault that a value is, or names. Throws ScenarioError; `path` is where the value stands. */
export function faultFrom(value: unknown, path: string): Fault {
  if (typeof value === "string") {
    const known = Object.hasOwn(shortNames, value) ? shortNames[value as FaultName] : undefined;
    if (known === undefined) {
      throw new ScenarioError(`${path}: "${value}" is no fault. Known: ${Object.keys(shortNames).join(", ")}.`);
    }
    return known;
  }
  if (!isRecord(value)) {
    throw new ScenarioError(`${path} must be an object or the name of a fault.`);
  }
  const kind = value["kind"];
  if (typeof kind !== "string" || !Object.hasOwn(kindFields, kind)) {
    throw new ScenarioError(`${path}.kind must be one of ${Object.keys(kindFields).join(", ")}.`);
  }
  return checkedFault(value, kind as Kind, path);
}

function checkedFault(value: Readonly<Record<string, unknown>>, kind: Kind, path: string): Fault {
  const { kind: _kind, ...fields } = value;
  checkFields(fields, { ...scopeFields, ...kindFields[kind] }, { path, subject: `"${kind}"` });
  checkOperation(value["operation"], path);
  const required = requiredFields[kind];
  if (required !== undefined && value[required] === undefined) {
    throw new ScenarioError(`${path}.${required} is missing: "${kind}" needs it.`);
  }
  return value as unknown as Fault;
}

/** A fault for none would never strike. */
function checkOperation(pattern: unknown, path: string): void {
  if (typeof pattern !== "string" || operationNames.some((name) => matchesPattern(pattern, name))) return;
  throw new ScenarioError(`${path}.operation fits no operation. Known: ${operationNames.join(", ")}.`);
}

function checkFields(
  value: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, FieldRule>>,
  { path, subject }: { path: string; subject: string },
): void {
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule === undefined) {
      throw new ScenarioError(`${path}.${name} is no field of ${subject}. Known: ${Object.keys(known).join(", ")}.`);
    }
    const wanted = brokenRule(field, rule);
    if (wanted !== undefined) {
      throw new ScenarioError(`${path}.${name} must be ${wanted}.`);
    }
  }
}

/** What a field should have been; undefined where it is that. */
function brokenRule(field: unknown, rule: FieldRule): string | undefined {
  if (typeof rule !== "string") {
    return rule.some((value) => value === field) ? undefined : `one of ${rule.join(", ")}`;
  }
  const { words, fits } = rules[rule];
  return fits(field) ? undefined : words;
}

function isWhole(field: unknown): field is number {
  return Number.isInteger(field);
}

/** HTTP/2 has none of them, and a length that is another than the body's leaves the caller waiting. */
const ofConnection = new Set(
  "connection content-length keep-alive proxy-connection te transfer-encoding upgrade".split(" "),
);

function isHeader([name, value]: [string, unknown]): boolean {
  if (typeof value !== "string" || ofConnection.has(name.toLowerCase())) return false;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ScenarioError(`${subject} is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}`);
  }
}
