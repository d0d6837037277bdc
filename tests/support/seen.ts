/** What the emulator saw of a call: the second end of every assertion. */
import type { ConverseRequest } from "@adit/bedrock";
import type { EmulatorCredential, SeenRequest } from "@adit/emulator";
import { expect } from "vitest";
import type { House } from "./house.ts";

type Seeing = Pick<House["emulator"], "requests">;

/** Calls of the model, the oldest first. */
export function modelCalls(emulator: Seeing): SeenRequest[] {
  return emulator.requests.filter(({ operation }) => operation === "Converse" || operation === "ConverseStream");
}

/** Calls of one operation, the oldest first. */
export function callsOf(emulator: Seeing, operation: string): SeenRequest[] {
  return emulator.requests.filter((seen) => seen.operation === operation);
}

/** The only call of the model; the emulator has accepted its credentials. */
export function onlyModelCall(emulator: Seeing): SeenRequest {
  const calls = modelCalls(emulator);
  const shown = calls.map(({ path, verdict, status }) => `${path} ${status} ${verdict}`).join("\n");
  expect(calls.length, shown).toBe(1);
  const call = calls[0]!;
  expect(call.verdict).toMatch(/ ok$/);
  return call;
}

/** The Converse body that the emulator got. */
export function bodyOf(seen: SeenRequest): ConverseRequest {
  return JSON.parse(seen.body.toString("utf8")) as ConverseRequest;
}

/** Headers that a signature covers. */
export function signedHeaders(seen: SeenRequest): string[] {
  return (/SignedHeaders=([^,]+)/.exec(seen.headers["authorization"] ?? "")?.[1] ?? "").split(";");
}

/** When a request was signed, in milliseconds since 1970, by its `x-amz-date`. */
export function signedAt(seen: SeenRequest): number {
  const text = seen.headers["x-amz-date"] ?? "";
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** Fields of vendors and of the gateway that AWS must never see. */
const gatewayFields =
  /customer_credentials|credential_override|fallback_models|"aws_|awsAccessKeyId|x-(adit|portkey|obiguard)-|x-stainless|"strict/i;

/** Neither what went upstream nor what was logged holds a secret, and upstream holds no field of a gateway either. */
export function expectNoLeak(house: House, secrets: readonly string[]): void {
  const upstream = house.emulator.requests.map((seen) => `${JSON.stringify(seen.headers)}\n${seen.body.toString()}`);
  const logged = JSON.stringify(house.logLines());
  for (const secret of [...secrets, house.key]) {
    expect(upstream.some((text) => text.includes(secret))).toBe(false);
    expect(logged.includes(secret)).toBe(false);
  }
  for (const text of upstream) expect(text).not.toMatch(gatewayFields);
}

/** A key pair that nobody else has. `name`: upper-case letters and digits. */
export function pairOf(name: string, more: Partial<EmulatorCredential> = {}): EmulatorCredential {
  return {
    accessKeyId: `AKIA${name.padEnd(16, "0").slice(0, 16)}`,
    secretAccessKey: `secret-of-${name.toLowerCase()}-${"x".repeat(20)}`,
    ...more,
  };
}
