/** Who may do what with connectors: gateway keys by their scopes, people by their role in the project. */
import { AditError } from "@adit/bedrock";
import { hasScope, roleIn, type Principal } from "../access/principal.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";

export type ConnectorVerb = "list" | "read" | "create" | "update" | "delete";

/**
 * The project whose connectors are meant: a gateway key's own, else the one that is named, else the default one.
 * @throws AditError `forbidden`, `not_found` for a project that the caller has nothing to do with.
 */
export function projectFor(principal: Principal, verb: ConnectorVerb, named: string | undefined): string {
  const projectId = named ?? (principal.kind === "gateway_key" ? principal.key.projectId : defaultProjectId);
  if (principal.kind === "gateway_key") {
    if (principal.key.projectId !== projectId) throw notHere();
    if (!hasScope(principal.key, `connectors.${verb}`)) throw lacks(`the scope connectors.${verb}`);
    return projectId;
  }
  const role = roleIn(principal, projectId);
  if (role === undefined) throw notHere();
  if (role === "viewer" && verb !== "list" && verb !== "read") throw lacks("the role member in this project");
  return projectId;
}

function lacks(what: string): AditError {
  return new AditError("forbidden", `This needs ${what}.`, { remedy: `Ask an admin for ${what}.` });
}

function notHere(): AditError {
  return new AditError("not_found", "There is no such project here, or it is none of yours.", {
    remedy: "Check workspace_id.",
  });
}
