/** The headers that webhooks are called with hold their keys: they are kept apart, sealed, and shown to nobody. */
import { isJsonObject, Secret, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { SecretFields } from "../vault/vault.ts";
import type { WrittenGuardrail } from "./read-saved.ts";

/** What stands in a header's place. Sent back, it stands for the value that is kept. */
export const mask = "***";

/** What may be shown, and the values of headers by the check's number and their name. `known`: what was kept before. */
export function splitSecrets(
  { checks, actions }: WrittenGuardrail,
  known: SecretFields = {},
): { shown: WrittenGuardrail; secrets: SecretFields } {
  const secrets: Record<string, Secret> = {};
  const shown = checks.map((check, index) =>
    withHeaders(check, (name, value) => {
      const field = fieldOf(index, name);
      const kept = value === mask ? known[field] : new Secret(typeof value === "string" ? value : "");
      if (kept !== undefined) secrets[field] = kept;
      return mask;
    }),
  );
  return { shown: { checks: shown, actions }, secrets };
}

/** True where a header's value is not kept, as after an import, which brings no secrets. */
export function lacksSecrets({ checks }: WrittenGuardrail, secrets: SecretFields): boolean {
  let isLacking = false;
  for (const [index, check] of checks.entries()) {
    withHeaders(check, (name, value) => {
      isLacking ||= value === mask && secrets[fieldOf(index, name)] === undefined;
      return value;
    });
  }
  return isLacking;
}

/** As it was written, for who runs it. */
export function joinSecrets({ checks, actions }: WrittenGuardrail, secrets: SecretFields): WrittenGuardrail {
  const whole = checks.map((check, index) =>
    withHeaders(check, (name, value) => secrets[fieldOf(index, name)]?.reveal() ?? value),
  );
  return { checks: whole, actions };
}

function fieldOf(index: number, name: string): string {
  return `${index} ${name}`;
}

function withHeaders(check: JsonObject, change: (name: string, value: JsonValue) => JsonValue): JsonObject {
  const { parameters } = check;
  const headers = isJsonObject(parameters) ? objectOf(parameters["headers"]) : undefined;
  if (headers === undefined || !isJsonObject(parameters)) return check;
  const changed = Object.entries(headers).map(([name, value]) => [name, change(name, value ?? null)]);
  return { ...check, parameters: { ...parameters, headers: Object.fromEntries(changed) as JsonObject } };
}

/** As an object, or as its text, as Portkey's forms send it. What is neither is told of where it is read. */
function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const read: unknown = JSON.parse(value);
    return isJsonObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
