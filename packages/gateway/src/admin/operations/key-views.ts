/** What is the same for the three views of virtual keys: lists, single ones, deletion. */
import { z } from "zod";
import { noKeyLimits, type KeyScope, type LimitedKey, type ShownKeyLimits } from "../../limits/settings/key-limits.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { limitedNow, withLimits } from "../key-limit-fields.ts";
import { changing, listing, operation, reading, type Operation } from "../operation.ts";
import type { ControlParts } from "../parts.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { deleted, inProject, listQuery, statusQuery, workspaceQuery } from "../schemas/schema.ts";
import type { KeyState } from "../views/virtual-key-view.ts";

export interface KeyView {
  /** As ids of operations have it, such as `VirtualKey`. */
  noun: string;
  /** As people read it. */
  words: string;
  path: string;
  tag: string;
  /** As scopes have it, such as `virtual_keys`. */
  resource: string;
  show: (key: VirtualKey, state: KeyState) => object;
  entry: z.ZodType;
  list: z.ZodType;
  /** What the list takes beside the usual. */
  listFields?: Readonly<Record<string, z.ZodType>>;
  /** False: a key whose budget is used up is shown as active. */
  showsLimits?: boolean;
  /** True: the list is without those that follow another. */
  isOwn?: boolean;
}

export const keyStatuses = ["active", "exhausted", "expired", "disabled"] as const;

/** Ids of the project's keys whose budget is used up, where a filter asks for them. */
export function exhaustedOf(
  { keyLimits }: Pick<ControlParts, "keyLimits">,
  { scope, projectId, status }: { scope: KeyScope; projectId: string; status: string | undefined },
): Promise<string[]> {
  const asks = status === "active" || status === "exhausted";
  return asks ? keyLimits.exhaustedIn(scope, projectId) : Promise.resolve([]);
}

export function limitedKey({ id, projectId }: VirtualKey): LimitedKey {
  return { scope: "virtual_key", id, projectId };
}

/** `limits`, where they are known already. */
export async function stateOf(
  { id }: VirtualKey,
  { store, keyLimits, virtualKeyTests }: Pick<ControlParts, "store" | "keyLimits" | "virtualKeyTests">,
  limits?: ShownKeyLimits,
): Promise<KeyState> {
  return {
    nowMs: store.clock.now(),
    limits: limits ?? (await keyLimits.of("virtual_key", id)),
    lastTest: await virtualKeyTests.of(id),
  };
}

export function listGetDelete({
  noun,
  words,
  path,
  tag,
  resource,
  show,
  entry,
  list,
  listFields,
  showsLimits = true,
  isOwn = false,
}: KeyView): Operation[] {
  const statuses = keyStatuses.filter((status) => showsLimits || status !== "exhausted");
  return [
    operation({
      id: `list${noun}s`,
      method: "GET",
      path,
      tag,
      summary: `The project's ${words}s, by age.`,
      need: listing(resource),
      query: z
        .strictObject({ ...listQuery, ...workspaceQuery })
        .extend(listFields ?? {})
        .extend(statusQuery(statuses)),
      answer: list,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const exhausted = showsLimits
          ? await exhaustedOf(parts, { scope: "virtual_key", projectId, status: page.status })
          : [];
        const entries = await parts.virtualKeys.list(projectId, { ...oneMore(page), exhausted, isOwn });
        const total = await parts.virtualKeys.count(projectId, { ...page, exhausted, isOwn });
        const nowMs = parts.store.clock.now();
        const ids = entries.map(({ id }) => id);
        const limits = await parts.keyLimits.ofAll("virtual_key", ids);
        const tests = await parts.virtualKeyTests.ofAll(ids);
        const shown = (key: VirtualKey) =>
          show(key, { nowMs, limits: limits.get(key.id) ?? noKeyLimits, lastTest: tests.get(key.id) });
        return { body: pageAnswer(entries, shown, { page, total }) };
      },
    }),
    operation({
      id: `get${noun}`,
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: `One ${words}, without its secrets.`,
      need: reading(resource),
      query: inProject,
      answer: entry,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        const state = await stateOf(key, call.parts);
        return { body: show(key, state), shows: showsLimits ? withLimits(key, state.limits) : key };
      },
    }),
    operation({
      id: `delete${noun}`,
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: `Take a ${words} and its secrets away.`,
      need: changing(resource, "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(showsLimits ? await limitedNow(key, "virtual_key", call.parts) : key);
        await call.parts.keyLimits.removeAll("virtual_key", key.id, call.actor);
        await call.parts.virtualKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
  ];
}
