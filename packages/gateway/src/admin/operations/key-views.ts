/** What is the same for the three views of virtual keys: lists, single ones, deletion. */
import { z } from "zod";
import { noKeyLimits, type LimitedKey, type ShownKeyLimits } from "../../limits/key-limits.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Operation } from "../operation.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { deleted, listQuery, workspaceQuery } from "../schemas/schema.ts";

export interface KeyView {
  /** As ids of operations have it, such as `VirtualKey`. */
  noun: string;
  /** As people read it. */
  words: string;
  path: string;
  tag: string;
  /** As scopes have it, such as `virtual_keys`. */
  resource: string;
  show: (key: VirtualKey, nowMs: number, limits: ShownKeyLimits) => object;
  entry: z.ZodType;
  list: z.ZodType;
  /** What the list takes beside the usual. */
  listFields?: Readonly<Record<string, z.ZodType>>;
}

export function limitedKey({ id, projectId }: VirtualKey): LimitedKey {
  return { scope: "virtual_key", id, projectId };
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
}: KeyView): Operation[] {
  const inProject = z.strictObject(workspaceQuery);
  return [
    operation({
      id: `list${noun}s`,
      method: "GET",
      path,
      tag,
      summary: `The project's ${words}s, by age.`,
      need: listing(resource),
      query: z.strictObject({ ...listQuery, ...workspaceQuery }).extend(listFields ?? {}),
      answer: list,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const entries = await parts.virtualKeys.list(projectId, oneMore(page));
        const total = await parts.virtualKeys.count(projectId, page.search);
        const now = parts.store.clock.now();
        const limits = await parts.keyLimits.ofAll(
          "virtual_key",
          entries.map(({ id }) => id),
        );
        const shown = (key: VirtualKey) => show(key, now, limits.get(key.id) ?? noKeyLimits);
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
        const limits = await call.parts.keyLimits.of("virtual_key", key.id);
        return { body: show(key, call.parts.store.clock.now(), limits), shows: key };
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
        call.checkUnchanged(key);
        await call.parts.keyLimits.removeAll("virtual_key", key.id, call.actor);
        await call.parts.virtualKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
  ];
}
