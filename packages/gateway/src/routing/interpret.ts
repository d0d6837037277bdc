/** Reads a request as the gateway's own matter: the plan of targets, the trace, what is stripped. Nothing is sent here. */
import { isUtf8 } from "node:buffer";
import { AditError, type JsonObject } from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import type { CallerHeaders } from "../http/caller-headers.ts";
import { parseConfig, type ConfigNode } from "./config.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import type { Plan } from "./plan.ts";
import { makePlan, type RoutingDependencies } from "./make-plan.ts";
import { takeRequestFields } from "./request-fields.ts";
import { readTrace, type Trace } from "./trace.ts";

export interface InterpretInput {
  headers: CallerHeaders;
  body: JsonObject;
  principal: Principal;
  deps: RoutingDependencies;
  /** The id of the trace where the caller names none. */
  newTraceId: () => string;
}

export interface Interpretation {
  /** The body without credentials and the gateway's own fields. */
  body: JsonObject;
  plan: Plan;
  /** OpenAI's fields alone in the reply. */
  strict: boolean;
  metadata: Record<string, string>;
  trace: Trace;
  /** Flags of the header `anthropic-beta`. */
  anthropicBeta: string[];
  /** Headers that `forward-headers` lists and that may travel. */
  forwardHeaders: Record<string, string>;
  requestTimeoutMs: number | undefined;
  /** The model as the caller wrote it: what the reply names. */
  modelAsWritten: string;
  /** Paths of the config that were left out. */
  dropped: string[];
}

/**
 * @throws AditError of status 400: a config with a fault, half a credential, a host that is not allowed, nothing stored
 * under a slug, a model that is no string.
 */
export function interpret(input: InterpretInput): Interpretation {
  const { headers, principal, deps } = input;
  refuseStored(headers);
  const fields = takeRequestFields(input.body);
  const model = fields.body["model"];
  if (typeof model !== "string" || model.trim() === "") {
    throw new AditError("invalid_request", "model must be a non-empty string.", { param: "model" });
  }
  const configText = headers.get("config");
  const config: { root: ConfigNode; dropped: string[] } =
    configText === undefined ? { root: {}, dropped: [] } : parseConfig(configText);
  const plan = makePlan(config.root, { model, fields, headers, principal }, deps);
  return {
    body: fields.body,
    plan,
    strict: isStrict(headers),
    metadata: readMetadata(headers),
    trace: readTrace(headers, input.newTraceId),
    anthropicBeta: list(headers.get("anthropic-beta") ?? headers.raw("anthropic-beta")),
    forwardHeaders: forwardedHeaders(headers),
    requestTimeoutMs: timeout(headers),
    modelAsWritten: model,
    dropped: config.dropped,
  };
}

/** Names of stored things: there are none here, and a call must not go out as if there were. */
function refuseStored(headers: CallerHeaders): void {
  const slug = headers.get("virtual-key");
  if (slug !== undefined) throw notStored("virtual key", slug, "virtual-key");
  const provider = headers.get("provider");
  if (provider?.startsWith("@") === true) throw notStored("provider", provider, "provider");
}

function notStored(kind: string, name: string, param: string): AditError {
  return new AditError("not_stored", `No ${kind} is stored as "${name.slice(0, 64)}".`, { param });
}

/** The four spellings that clients send; absent is strict. */
const strictHeaders = [
  "strict-open-ai-compliance",
  "strict-open-a-i-compliance",
  "strict-openai-compliance",
  "strict-openaicompliance",
];

function isStrict(headers: CallerHeaders): boolean {
  for (const name of strictHeaders) {
    const value = headers.get(name);
    if (value !== undefined) return value.toLowerCase() !== "false" && value !== "0";
  }
  return true;
}

function readMetadata(headers: CallerHeaders): Record<string, string> {
  const text = headers.get("metadata");
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(asUtf8(text));
  } catch (error) {
    throw new AditError("invalid_request", "The metadata header is not JSON.", { param: "metadata", cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AditError("invalid_request", "The metadata header must hold a JSON object.", { param: "metadata" });
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, typeof entry === "string" ? entry : JSON.stringify(entry)]),
  );
}

/** Node reads a header's bytes as Latin-1; a client that writes UTF-8 there means UTF-8. */
function asUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}

function list(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function timeout(headers: CallerHeaders): number | undefined {
  const text = headers.get("request-timeout");
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (!Number.isInteger(ms) || ms < 1) {
    throw new AditError("invalid_request", "request-timeout must be a whole number of milliseconds above 0.", {
      param: "request-timeout",
    });
  }
  return ms;
}
