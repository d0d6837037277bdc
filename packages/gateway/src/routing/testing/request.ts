import { AditError, systemClock, type JsonObject } from "@adit/bedrock";
import { withoutBounds, type AdmittedKey } from "../../access/gateway-key.ts";
import type { CallerPrincipal } from "../../access/principal.ts";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import { readSettings } from "../../settings.ts";
import { Circuits } from "../circuits.ts";
import { CredentialSources } from "../plan/credential-sources.ts";
import type { RoutingDependencies } from "../dependencies.ts";
import { interpretBy, type Interpretation, type InterpretInput } from "../request/interpret.ts";
import type { Plan, Target } from "../plan/plan.ts";
import { inlineConfig } from "../request/request-config.ts";
import { SlowPatterns } from "../slow-patterns.ts";
import { StickyDraws } from "../plan/sticky-draws.ts";
import { noConfigSaved, noGuardrailSaved, noKeysStored, noPromptsStored } from "./nothing-stored.ts";

export const gatewayKey = "the-gateway-key-of-this-test";

export const principal: CallerPrincipal = { kind: "admin_key", isGatewayKey: (value) => value === gatewayKey };

/** A caller with a gateway key of its own, which allows everything. */
export function keyHolder(id: string): CallerPrincipal {
  const key: AdmittedKey = {
    id,
    projectId: "prj_of-these-tests",
    ownerId: undefined,
    owner: undefined,
    name: id,
    scopes: ["completions.write"],
    ...withoutBounds,
    lastUsedAt: undefined,
    createdAt: 0,
    updatedAt: 0,
  };
  return { kind: "gateway_key", key, signedRegion: undefined, isGatewayKey: principal.isGatewayKey };
}

/** What routing needs, with nothing stored and nothing sent anywhere. */
export function routingDependencies(
  variables: Record<string, string> = {},
  now: () => number = () => 0,
): RoutingDependencies {
  const environment = { ADIT_ADMIN_KEY: gatewayKey, ...variables };
  const sources = new CredentialSources({
    environment,
    clock: systemClock,
    sendSts: () => Promise.reject(new Error("No test of plans calls STS.")),
    serverRegion: "us-east-1",
  });
  return {
    settings: readSettings(environment),
    sources,
    serverRegion: "us-east-1",
    storedKeys: noKeysStored,
    findConfig: noConfigSaved,
    findGuardrail: noGuardrailSaved,
    prompts: noPromptsStored,
    circuits: new Circuits(now),
    slowPatterns: new SlowPatterns(now),
    stickyDraws: new StickyDraws(now),
  };
}

/** What comes of a request, its config in the header if it has one. */
export function interpretRequest(
  body: JsonObject,
  headers: Record<string, string> = {},
  deps: RoutingDependencies | Record<string, string> = {},
  caller = principal,
): Interpretation {
  const known = requestInput(body, headers, isDependencies(deps) ? deps : routingDependencies(deps));
  const input = { ...known, principal: caller };
  return interpretBy(inlineConfig(input.headers.get("config") ?? "{}"), input);
}

/** A request as `interpret` gets it. */
export function requestInput(
  body: JsonObject,
  headers: Record<string, string>,
  deps: RoutingDependencies = routingDependencies(),
): InterpretInput {
  return {
    headers: new CallerHeaders(headers),
    body: { model: "amazon.nova-lite-v1:0", messages: [], ...body },
    principal,
    path: "/v1/chat/completions",
    deps,
    newTraceId: () => "new-trace",
  };
}

function isDependencies(value: RoutingDependencies | Record<string, string>): value is RoutingDependencies {
  return "sources" in value && typeof value.sources === "object";
}

/** The only target of a plan. */
export function theTarget(plan: Plan): Target {
  if (plan.kind !== "target") throw new Error(`The plan is a ${plan.kind}.`);
  return plan;
}

/** The access key id, or the bearer token, that would sign a target's call. */
export async function signerOf(target: Target): Promise<string> {
  if (target.isServerChain) return "server";
  const credentials = await target.credentials?.get();
  if (credentials === undefined) throw new Error("The target has no credentials.");
  return credentials.kind === "bearer" ? credentials.token.reveal() : credentials.accessKeyId;
}

/** The AditError that it throws. */
export function refusal(run: () => unknown): AditError {
  try {
    run();
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
