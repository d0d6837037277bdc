/** What a project keeps of its calls, and the deletion of what it has kept. */
import type { z } from "zod";
import { AditError } from "@adit/bedrock";
import { deleteByMetadata } from "../../ledger/retention/delete-calls.ts";
import { readLogSettings, writeLogSettings, type LogSettings } from "../../ledger/content/log-settings.ts";
import { recordChange } from "../../store/audit.ts";
import { operation, reading, type Need } from "../operation.ts";
import { logsDelete, logsDeleted } from "../schemas/given-logs.ts";
import { logSettings, logSettingsUpdate } from "../schemas/log-settings.ts";
import { inProject } from "../schemas/schema.ts";
import type { LogTools } from "./logs.ts";

const tag = "logs";
/** What was said is for admins to keep or to let go. */
const need: Need = { scope: "logs.*", role: "admin", over: "project" };

export function logSettingsOperations({ drain }: Pick<LogTools, "drain">) {
  return [
    operation({
      id: "getLogSettings",
      method: "GET",
      path: "/v1/logs/settings",
      tag,
      summary: "What the project keeps of its calls, and for how long.",
      need: reading("logs"),
      reachesGone: true,
      query: inProject,
      answer: logSettings,
      run: async ({ parts, project }) => {
        const settings = await readLogSettings(parts.store, await project());
        return { body: viewOf(settings), shows: viewOf(settings) };
      },
    }),
    operation({
      id: "updateLogSettings",
      method: "PUT",
      path: "/v1/logs/settings",
      tag,
      summary: "Change what the body names. It holds for calls that begin from now on; retention, for all.",
      need,
      reachesGone: true,
      query: inProject,
      body: logSettingsUpdate,
      answer: logSettings,
      run: async ({ body, parts, project, actor, checkUnchanged }) => {
        const projectId = await project();
        const before = await readLogSettings(parts.store, projectId);
        checkUnchanged(viewOf(before));
        const after = merged(before, body);
        await writeLogSettings(parts.store, projectId, after);
        const change = { actor, action: "log_settings.update", object: { id: projectId, projectId } } as const;
        const { clock } = parts.store;
        await parts.store.write((writing) =>
          recordChange(writing, { ...change, before: viewOf(before), after: viewOf(after) }, clock),
        );
        return { body: viewOf(after), shows: viewOf(after) };
      },
    }),
    operation({
      id: "deleteLogs",
      method: "DELETE",
      path: "/v1/logs",
      tag,
      summary: "Delete the calls whose metadata has these pairs, as a person may ask for; or their content alone.",
      need,
      reachesGone: true,
      query: logsDelete,
      answer: logsDeleted,
      // Transaction by transaction: it may be many.
      changes: false,
      run: async ({ query, parts, project, actor }) => {
        const projectId = await project();
        const { metadata } = query;
        if (Object.keys(metadata).length === 0) {
          throw new AditError("invalid_request", "metadata: names no pair.", {
            param: "metadata",
            remedy: 'Name whose calls are to go, such as {"_user":"ada"}.',
          });
        }
        // Calls that have just ended are meant too.
        await drain().catch(notYetThere);
        const contentOnly = query.content_only === "true";
        const deleted = await deleteByMetadata(parts.store, { projectId, metadata, contentOnly });
        const change = { actor, action: "logs.delete", object: { id: projectId, projectId } } as const;
        // Not whose: the audit log outlives the wish to be forgotten.
        const after = { names: Object.keys(metadata), deleted, content_only: contentOnly };
        await parts.store.write((writing) => recordChange(writing, { ...change, after }, parts.store.clock));
        return { body: { success: true, deleted } };
      },
    }),
  ];
}

/** What comes into the database later would stay there. */
function notYetThere(cause: unknown): never {
  throw new AditError(
    "store_unavailable",
    "Calls that have just ended are not in the database yet: nothing was deleted.",
    {
      cause,
      retryAfterSeconds: 1,
    },
  );
}

function viewOf(settings: LogSettings) {
  return {
    content: settings.content,
    sample_percent: settings.samplePercent,
    content_days: settings.contentDays,
    record_days: settings.recordDays ?? null,
    most_content_bytes: settings.mostContentBytes ?? null,
    drain_streams: settings.drainStreams,
  };
}

function merged(before: LogSettings, patch: z.output<typeof logSettingsUpdate>): LogSettings {
  const { record_days: recordDays, most_content_bytes: mostContentBytes } = patch;
  return {
    content: patch.content ?? before.content,
    samplePercent: patch.sample_percent ?? before.samplePercent,
    contentDays: patch.content_days ?? before.contentDays,
    recordDays: recordDays === undefined ? before.recordDays : (recordDays ?? undefined),
    mostContentBytes: mostContentBytes === undefined ? before.mostContentBytes : (mostContentBytes ?? undefined),
    drainStreams: patch.drain_streams ?? before.drainStreams,
  };
}
