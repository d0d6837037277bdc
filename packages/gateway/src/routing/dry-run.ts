/** What a config would do with a request, said instead of done: `POST /v1/configs/dry-run`. Nothing is sent, drawn, counted or kept. */
import { AditError, errorRow, nextRetryWait, type ErrorCode, type JsonObject } from "@adit/bedrock";
import { z } from "zod";
import type { CallerPrincipal } from "../access/principal.ts";
import { retryPolicyOf } from "./retry-policy.ts";
import { CallerHeaders } from "../http/request/caller-headers.ts";
import { checkAllowed } from "./plan/allowed.ts";
import { readConfig, type UnknownName } from "./config/config.ts";
import type { IdentifiedConfig, RoutingDependencies } from "./dependencies.ts";
import { leftOutByConfig, makePlan } from "./plan/make-plan.ts";
import { namedVirtualKeys } from "./request/named-keys.ts";
import { firstChances, nextAfter, outlooksOf, type Outlook } from "./plan/plan-outlook.ts";
import { viewOfPlan, type PlanView } from "./plan/plan-view.ts";
import { takeRequestFields } from "./request/request-fields.ts";

/** The request of a dry run. */
export const dryRunSchema = z.strictObject({
  config: z.union([z.string(), z.record(z.string(), z.unknown())]).describe("The config, or the slug of a saved one."),
  request: z
    .strictObject({
      path: z.string().optional().describe("Default /v1/chat/completions."),
      headers: z.record(z.string(), z.string()).optional(),
      metadata: z.record(z.string(), z.unknown()).optional().describe("In the stead of the header."),
      body: z.record(z.string(), z.unknown()).optional(),
    })
    .optional()
    .describe("What is known of the request: conditions, sticky draws and parameters look at it."),
});

export interface DryRun {
  plan: PlanView;
  /** Who is called first; several, each with its share of 1, where it is drawn. */
  first: { target: string; share: number }[];
  failures: FailureView[];
  /** Paths of the config that are left out. */
  dropped: readonly string[];
  warnings: { path: string; message: string }[];
}

/** What a failure of a target leads to. */
export interface FailureView {
  target: string;
  failure: string;
  status: number;
  /** Further tries at the same target first. */
  retries: number;
  /** Path of the part of the plan that is tried then; null where the caller gets the failure. */
  next: string | null;
}

const failures: Readonly<Record<string, ErrorCode>> = {
  throttled: "ThrottlingException",
  server_error: "InternalServerException",
  unavailable: "ServiceUnavailableException",
  unreachable: "upstream_unreachable",
  timeout: "request_timeout",
  model_timeout: "ModelTimeoutException",
  bad_request: "ValidationException",
  unauthorized: "api_key_expired",
  forbidden: "AccessDeniedException",
  not_found: "ResourceNotFoundException",
};

/**
 * Rejects with AditError of status 400 that names the path: a fault of the config, of the request, or of both together, as a call would
 * get it.
 */
export async function dryRun(
  input: JsonObject,
  principal: CallerPrincipal,
  deps: RoutingDependencies,
): Promise<DryRun> {
  const parsed = dryRunSchema.safeParse(input);
  if (!parsed.success) throw inputFault(parsed.error);
  const { config: given, request = {} } = parsed.data;
  const config = await configOf(given, principal, deps);
  const fields = takeRequestFields((request.body ?? {}) as JsonObject);
  const model = fields.body["model"];
  const named = {
    model: typeof model === "string" ? model : undefined,
    fields,
    headers: headersOf(request),
    principal,
  };
  const parts = {
    ...named,
    virtualKeys: await namedVirtualKeys(config.root, named, deps.storedKeys),
    pathname: request.path ?? "/v1/chat/completions",
    configId: config.id,
  };
  const plan = makePlan(config.root, parts, deps);
  checkAllowed(plan, principal, { body: fields.body });
  return {
    plan: viewOfPlan(plan),
    first: firstChances(plan).map(({ target, share }) => ({ target: target.path, share })),
    failures: outlooksOf(plan).flatMap(failuresOf),
    dropped: [...config.dropped, ...fields.dropped, ...leftOutByConfig(plan, fields)],
    warnings: warningsOf(config.unknown),
  };
}

async function configOf(
  given: string | Record<string, unknown>,
  principal: CallerPrincipal,
  { findConfig }: RoutingDependencies,
): Promise<IdentifiedConfig> {
  if (typeof given === "string") return findConfig(given, principal);
  return { ...readConfig(given as JsonObject), id: JSON.stringify(given) };
}

function headersOf({
  headers = {},
  metadata,
}: {
  headers?: Record<string, string> | undefined;
  metadata?: Record<string, unknown> | undefined;
}): CallerHeaders {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return new CallerHeaders({
    ...Object.fromEntries(lowerCase),
    // A header holds bytes: text beyond ASCII is written as UTF-8 in them.
    ...(metadata !== undefined && {
      "x-adit-metadata": Buffer.from(JSON.stringify(metadata), "utf8").toString("latin1"),
    }),
  });
}

function failuresOf(outlook: Outlook): FailureView[] {
  const { target, refuge } = outlook;
  const policy = retryPolicyOf(target.retry, {
    anotherRemains: refuge !== undefined,
    mayGoOn: undefined,
    beforeRetry: undefined,
  });
  return Object.entries(failures).map(([failure, code]) => {
    const error = new AditError(code, errorRow(code).cause);
    const isRetried = nextRetryWait(error, policy, { retries: 0, waitedMs: 0 }, () => 0) !== undefined;
    return {
      target: target.path,
      failure,
      status: error.status,
      retries: isRetried ? policy.attempts : 0,
      next: nextAfter(outlook, error)?.path ?? null,
    };
  });
}

function warningsOf(unknown: readonly UnknownName[]): DryRun["warnings"] {
  return unknown.map(({ path, near }) => ({
    path,
    message: `${path} is no name of a config${near === undefined ? "." : `. Did you mean "${near}"?`}`,
  }));
}

function inputFault(error: z.ZodError): AditError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map(String).join(".");
  return new AditError("invalid_request", `${path === "" ? "The body" : path}: ${issue?.message ?? "has a fault"}.`, {
    ...(path !== "" && { param: path }),
  });
}
