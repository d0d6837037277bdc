/** `/v1/budgets` and `/v1/rate-limits`: what may be used of models, and what is used. */
import { AditError } from "@adit/bedrock";
import { z } from "zod";
import { amountFrom } from "../../limits/settings/amounts.ts";
import { usesOf } from "../../limits/settings/limit-use.ts";
import type { Budget, Limit, LimitScope, RateLimit } from "../../limits/limit.ts";
import { windowOf } from "../../limits/pools/window.ts";
import { budgetView, isCountedByValue, rateLimitView, usageView } from "../views/limit-view.ts";
import { administering, listing, operation, reading, type Call, type Operation } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import {
  budget,
  budgetCreate,
  budgetList,
  budgetUpdate,
  limitUsage,
  rateLimit,
  rateLimitCreate,
  rateLimitList,
  rateLimitUpdate,
  scopeFilter,
  usageQuery,
} from "../schemas/limits.ts";
import { deleted, inProject, listQuery, workspaceQuery } from "../schemas/schema.ts";

const tag = "limits";
const listed = z.strictObject({ ...listQuery, ...workspaceQuery, ...scopeFilter });

type AnyCall = Call<unknown, unknown>;

/** By its id, in whatever project the caller has the right. @throws AditError `not_found`, `forbidden` */
async function budgetOf({ parts, parameters, checkRight }: AnyCall): Promise<Budget> {
  const found = await parts.limitSettings.getBudget(parameters["budget"] ?? "");
  checkRight(found.projectId);
  return found;
}

/** As {@link budgetOf}. */
async function rateLimitOf({ parts, parameters, checkRight }: AnyCall): Promise<RateLimit> {
  const found = await parts.limitSettings.getRateLimit(parameters["rate_limit"] ?? "");
  checkRight(found.projectId);
  return found;
}

interface GivenPlace {
  scope: LimitScope;
  scope_id?: string | undefined;
  scope_value?: string | undefined;
}

/** A virtual key may be named by its slug; the project need not be named again. */
async function placeOf(
  { scope, scope_id: named, scope_value: scopeValue }: GivenPlace,
  projectId: string,
  { virtualKeys }: AnyCall["parts"],
) {
  const slug = scope === "virtual_key" ? (named ?? "").replace(/^@/, "") : "";
  const bySlug = slug === "" ? undefined : await virtualKeys.bySlug(projectId, slug);
  const scopeId = bySlug?.id ?? named ?? (scope === "project" ? projectId : "");
  return { scope, scopeId, scopeValue };
}

/** As limits have it: a virtual key may be named by its slug here too. */
async function scopeIdOf(
  { scope, scope_id: named }: { scope?: LimitScope | undefined; scope_id?: string | undefined },
  projectId: string,
  parts: AnyCall["parts"],
): Promise<string | undefined> {
  if (scope !== "virtual_key" || named === undefined) return named;
  return (await placeOf({ scope, scope_id: named }, projectId, parts)).scopeId;
}

/** What the two kinds of limits have alike. */
interface LimitNoun<Kind extends Limit> {
  /** As ids of operations have it. */
  noun: "Budget" | "RateLimit";
  words: string;
  path: string;
  /** The name of its id in paths. */
  part: string;
  resource: string;
  find: (call: AnyCall) => Promise<Kind>;
  view: (limit: Kind) => object;
  answer: z.ZodType;
}

const budgets: LimitNoun<Budget> = {
  noun: "Budget",
  words: "budget",
  path: "/v1/budgets",
  part: "budget",
  resource: "budgets",
  find: budgetOf,
  view: budgetView,
  answer: budget,
};
const rateLimits: LimitNoun<RateLimit> = {
  noun: "RateLimit",
  words: "rate limit",
  path: "/v1/rate-limits",
  part: "rate_limit",
  resource: "rate_limits",
  find: rateLimitOf,
  view: rateLimitView,
  answer: rateLimit,
};

export function limitOperations() {
  return [...budgetChanges(), ...sharedOperations(budgets), ...rateLimitChanges(), ...sharedOperations(rateLimits)];
}

function budgetChanges() {
  const { path } = budgets;
  return [
    operation({
      id: "createBudget",
      method: "POST",
      path,
      tag,
      summary: "Say what a gateway key, virtual key, project or metadata value may spend.",
      need: administering("budgets", "project"),
      query: inProject,
      body: budgetCreate,
      answer: budget,
      run: async ({ body, parts, actor, project }) => {
        const projectId = await project(body.workspace_id);
        const { name, unit, period, period_days, period_from, alert_percents, alert_url, unknown_price } = body;
        const input = {
          name,
          ...(await placeOf(body, projectId, parts)),
          unit,
          period,
          periodDays: period_days ?? undefined,
          periodFrom: period_from ?? undefined,
          amount: amountFrom(body.amount, unit, "amount"),
          ...(alert_percents !== undefined && { alertPercents: alert_percents }),
          ...(alert_url !== undefined && { alertUrl: alert_url }),
          ...(unknown_price !== undefined && { unknownPrice: unknown_price }),
        };
        const made = await parts.limitSettings.createBudget(projectId, input, actor);
        return { body: budgetView(made), shows: budgetView(made) };
      },
    }),
    operation({
      id: "listBudgets",
      method: "GET",
      path,
      tag,
      summary: "The project's budgets, by age.",
      need: listing("budgets"),
      query: listed,
      answer: budgetList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const scopeId = await scopeIdOf(query, projectId, parts);
        const filter = { ...page, scope: query.scope, scopeId };
        const entries = await parts.limitSettings.listBudgets(projectId, { ...filter, ...oneMore(page) });
        const total = await parts.limitSettings.count("budget", projectId, filter);
        return { body: pageAnswer(entries, budgetView, { page, total }) };
      },
    }),
    operation({
      id: "updateBudget",
      method: "PUT",
      path: `${path}/{budget}`,
      tag,
      summary: "Change what the body names. What was counted stays counted.",
      need: administering("budgets", "project"),
      body: budgetUpdate,
      answer: budget,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await budgetOf(call);
        call.checkUnchanged(budgetView(before));
        const { name, amount, alert_percents, alert_url, unknown_price } = body;
        const patch = {
          ...(name !== undefined && { name }),
          ...(amount !== undefined && { amount: amountFrom(amount, before.unit, "amount") }),
          ...(alert_percents !== undefined && { alertPercents: alert_percents }),
          ...(alert_url !== undefined && { alertUrl: alert_url }),
          ...(unknown_price !== undefined && { unknownPrice: unknown_price }),
        };
        const after = await parts.limitSettings.updateBudget(before.id, patch, actor);
        return { body: budgetView(after), shows: budgetView(after) };
      },
    }),
  ];
}

function rateLimitChanges() {
  const { path } = rateLimits;
  return [
    operation({
      id: "createRateLimit",
      method: "POST",
      path,
      tag,
      summary: "Say how much may come in a time from a gateway key, virtual key, project or metadata value.",
      need: administering("rate_limits", "project"),
      query: inProject,
      body: rateLimitCreate,
      answer: rateLimit,
      run: async ({ body, parts, actor, project }) => {
        const projectId = await project(body.workspace_id);
        const { name, unit, period } = body;
        const place = await placeOf(body, projectId, parts);
        const input = { name, ...place, unit, period, amount: amountFrom(body.amount, unit, "amount") };
        const made = await parts.limitSettings.createRateLimit(projectId, input, actor);
        return { body: rateLimitView(made), shows: rateLimitView(made) };
      },
    }),
    operation({
      id: "listRateLimits",
      method: "GET",
      path,
      tag,
      summary: "The project's rate limits, by age.",
      need: listing("rate_limits"),
      query: listed,
      answer: rateLimitList,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const scopeId = await scopeIdOf(query, projectId, parts);
        const filter = { ...page, scope: query.scope, scopeId };
        const entries = await parts.limitSettings.listRateLimits(projectId, { ...filter, ...oneMore(page) });
        const total = await parts.limitSettings.count("rate", projectId, filter);
        return { body: pageAnswer(entries, rateLimitView, { page, total }) };
      },
    }),
    operation({
      id: "updateRateLimit",
      method: "PUT",
      path: `${path}/{rate_limit}`,
      tag,
      summary: "Change what the body names. What was counted stays counted.",
      need: administering("rate_limits", "project"),
      body: rateLimitUpdate,
      answer: rateLimit,
      run: async (call) => {
        const { body, parts, actor } = call;
        const before = await rateLimitOf(call);
        call.checkUnchanged(rateLimitView(before));
        const { name, amount } = body;
        const patch = {
          ...(name !== undefined && { name }),
          ...(amount !== undefined && { amount: amountFrom(amount, before.unit, "amount") }),
        };
        const after = await parts.limitSettings.updateRateLimit(before.id, patch, actor);
        return { body: rateLimitView(after), shows: rateLimitView(after) };
      },
    }),
  ];
}

/** Values that one answer shows at most. */
const mostCounts = 100;

/** @throws AditError `invalid_request` for a value of a limit that has one count */
function checkHasValues(limit: Limit, value: string | undefined): void {
  if (value === undefined || isCountedByValue(limit)) return;
  throw new AditError("invalid_request", "value: this limit has one count, and none for each value.", {
    param: "value",
    remedy: "Leave value out.",
  });
}

function sharedOperations<Kind extends Limit>(limits: LimitNoun<Kind>): Operation[] {
  const { noun, words, resource, find, view, answer } = limits;
  const one = `${limits.path}/{${limits.part}}`;
  return [
    operation({
      id: `get${noun}`,
      method: "GET",
      path: one,
      tag,
      summary: `One ${words}.`,
      need: reading(resource),
      answer,
      run: async (call) => {
        const limit = await find(call);
        return { body: view(limit), shows: view(limit) };
      },
    }),
    operation({
      id: `get${noun}Usage`,
      method: "GET",
      path: `${one}/usage`,
      tag,
      summary: `What is used of a ${words} in the window that it is, a second behind at most.`,
      need: reading(resource),
      query: usageQuery,
      answer: limitUsage,
      run: async (call) => {
        const limit = await find(call);
        const { store, limits } = call.parts;
        const { value } = call.query;
        checkHasValues(limit, value);
        const now = limits.now();
        const uses = await usesOf(store, limit, { now, most: mostCounts + 1, value });
        return { body: usageView(limit, windowOf(limit, now), { uses, most: mostCounts, value }) };
      },
    }),
    operation({
      id: `reset${noun}`,
      method: "POST",
      path: `${one}/reset`,
      tag,
      summary: `Begin the count of a ${words} anew, of all its values. Calls under way count on.`,
      need: administering(resource, "project"),
      answer,
      run: async (call) => {
        const limit = await find(call);
        await call.parts.limitSettings.reset(limit.id, call.actor);
        return { body: view(limit), shows: view(limit) };
      },
    }),
    operation({
      id: `delete${noun}`,
      method: "DELETE",
      path: one,
      tag,
      summary: `Take a ${words} away, with what was counted of it.`,
      need: administering(resource, "project"),
      answer: deleted,
      run: async (call) => {
        const limit = await find(call);
        call.checkUnchanged(view(limit));
        await call.parts.limitSettings.remove(limit.id, call.actor);
        return { body: { success: true, id: limit.id, deleted: true } };
      },
    }),
  ];
}
