/** `/v1/logs/views`: filters under a name. */
import {
  deleteLogView,
  findLogView,
  listLogViews,
  saveLogView,
  type LogViewRow,
} from "../../ledger/search/log-views.ts";
import { recordChange } from "../../store/audit.ts";
import { readBy } from "../field-fault.ts";
import { keptQuery } from "../kept-filters.ts";
import { filterOf } from "../log-filter.ts";
import { changing, listing, operation, type Call } from "../operation.ts";
import { wholeAnswer } from "../page.ts";
import { logView, logViewList, viewSave } from "../schemas/log-exports.ts";
import { logsQuery } from "../schemas/logs.ts";
import { deleted, inProject, momentOf } from "../schemas/schema.ts";

const tag = "logs";
const path = "/v1/logs/views";

export function logViewOperations() {
  return [
    operation({
      id: "saveLogView",
      method: "POST",
      path,
      tag,
      summary: "Save filters of the logs under a name; a view of this name is replaced.",
      need: changing("logs", "create"),
      query: inProject,
      body: viewSave,
      answer: logView,
      run: async (call) => {
        const { body, parts, project } = call;
        const projectId = await project(body.workspace_id);
        // A view that no search would take is no view.
        filterOf(readBy(logsQuery, Object.fromEntries(new URLSearchParams(body.query))), projectId);
        const saved = await saveLogView(parts.store, projectId, { name: body.name, query: keptQuery(body.query) });
        await noteChange(call, "save", saved);
        return { body: viewOf(saved) };
      },
    }),
    operation({
      id: "listLogViews",
      method: "GET",
      path,
      tag,
      summary: "The saved views.",
      need: listing("logs"),
      query: inProject,
      answer: logViewList,
      run: async ({ parts, project }) => {
        return { body: wholeAnswer((await listLogViews(parts.store, await project())).map(viewOf)) };
      },
    }),
    operation({
      id: "deleteLogView",
      method: "DELETE",
      path: `${path}/{view}`,
      tag,
      summary: "Delete a saved view.",
      need: changing("logs", "delete"),
      answer: deleted,
      run: async (call) => {
        const { parts, parameters, checkRight } = call;
        const found = await findLogView(parts.store, parameters["view"] ?? "");
        const { id, projectId } = found;
        checkRight(projectId);
        await deleteLogView(parts.store, id);
        await noteChange(call, "delete", found);
        return { body: { success: true, id, deleted: true } };
      },
    }),
  ];
}

/** Without its filters: they may name whom calls are of, and the audit log outlives a wish to be forgotten. */
function noteChange(
  { parts, actor }: Pick<Call<unknown, unknown>, "parts" | "actor">,
  verb: "save" | "delete",
  { id, projectId, name }: LogViewRow,
): Promise<void> {
  const told = verb === "save" ? { after: { name } } : { before: { name } };
  return parts.store.write((writing) =>
    recordChange(writing, { actor, action: `log_view.${verb}`, object: { id, projectId }, ...told }, parts.store.clock),
  );
}

function viewOf({ id, projectId, name, query, createdAt, updatedAt }: LogViewRow) {
  return {
    id,
    object: "log-view",
    workspace_id: projectId,
    name,
    query,
    created_at: momentOf(createdAt),
    last_updated_at: momentOf(updatedAt),
  };
}
