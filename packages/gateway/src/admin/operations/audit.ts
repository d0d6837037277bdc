/** `/v1/audit-logs`: who changed what. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { roleIn, type Principal } from "../../access/principal.ts";
import { auditEntries, type AuditEntry } from "../../store/audit.ts";
import { administering, operation } from "../operation.ts";
import { projectsOfPrincipal } from "../rights.ts";
import { auditList, auditQuery } from "../schemas/people.ts";
import { momentOf } from "../schemas/schema.ts";

const usual = 50;

function viewOf(entry: AuditEntry) {
  const json = (text: string | null): JsonObject | null => (text === null ? null : (JSON.parse(text) as JsonObject));
  return {
    id: entry.id,
    object: "audit-log",
    at: momentOf(entry.at),
    workspace_id: entry.projectId,
    actor: { kind: entry.actorKind, id: entry.actorId, address: entry.address },
    action: entry.action,
    object_kind: entry.objectKind,
    object_id: entry.objectId,
    before: json(entry.beforeJson),
    after: json(entry.afterJson),
    request_id: entry.requestId,
  };
}

/** The projects that the caller is an admin of; undefined: all, and what is of none. */
function ownProjects(principal: Principal): string[] | undefined {
  const own = projectsOfPrincipal(principal)?.filter((projectId) => roleIn(principal, projectId) === "admin");
  if (own?.length !== 0) return own;
  throw new AditError("forbidden", "The audit log is for admins of a project or of the gateway.", {
    remedy: "Ask an admin.",
  });
}

export function auditOperations() {
  return [
    operation({
      id: "listAuditLogs",
      method: "GET",
      path: "/v1/audit-logs",
      tag: "audit",
      summary: "Every change, the newest first: who, what, before and after, without secrets.",
      need: administering("audit_logs", "project"),
      query: auditQuery,
      answer: auditList,
      run: async ({ query, parts, principal, project }) => {
        const projects = query.workspace_id === undefined ? ownProjects(principal) : [await project()];
        const limit = query.limit ?? usual;
        const { after, action, object_kind: objectKind, object_id: objectId, actor_id: actorId, from, to } = query;
        const filter = { projects, after, action, objectKind, objectId, actorId, from, to };
        const entries = await parts.store.read((db) => auditEntries(db, { ...filter, limit: limit + 1 }));
        const data = entries.slice(0, limit).map(viewOf);
        const last_id = data.at(-1)?.id ?? null;
        return { body: { object: "list", success: true, data, has_more: entries.length > limit, last_id } };
      },
    }),
  ];
}
