import { AditError, systemClock, type JsonObject } from "@adit/bedrock";
import type { Principal } from "../../access/principal.ts";
import { CallerHeaders } from "../../http/caller-headers.ts";
import { readSettings } from "../../settings.ts";
import { CredentialSources } from "../credential-sources.ts";
import { interpret, type Interpretation } from "../interpret.ts";
import type { Plan, Target } from "../plan.ts";

export const gatewayKey = "the-gateway-key-of-this-test";

const principal: Principal = { role: "admin", isGatewayKey: (value) => value === gatewayKey };

/** A request as `interpret` gets it. Nothing is sent anywhere. */
export function interpretRequest(
  body: JsonObject,
  headers: Record<string, string> = {},
  variables: Record<string, string> = {},
): Interpretation {
  const environment = { ADIT_ADMIN_KEY: gatewayKey, ...variables };
  const sources = new CredentialSources({
    environment,
    clock: systemClock,
    sendSts: () => Promise.reject(new Error("No test of plans calls STS.")),
    serverRegion: "us-east-1",
  });
  return interpret({
    headers: new CallerHeaders(headers),
    body: { model: "amazon.nova-lite-v1:0", messages: [], ...body },
    principal,
    deps: { settings: readSettings(environment), sources, serverRegion: "us-east-1" },
    newTraceId: () => "new-trace",
  });
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
