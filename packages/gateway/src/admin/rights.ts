/** Who may do what: people by their role, gateway keys by their scopes. */
import { AditError } from "@adit/bedrock";
import { callScope, hasScope, roleIn, type Principal } from "../access/principal.ts";
import { roleInProject } from "../access/roles.ts";
import { hasCallsOf } from "../ledger/search/call-search.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Role } from "../store/tables/tables.ts";
import type { Need } from "./operation.ts";
import type { ControlParts } from "./parts.ts";

const rank: Readonly<Record<Role, number>> = { viewer: 0, member: 1, admin: 2 };

/** True where the role may do what needs `least`. */
function suffices(role: Role | undefined, least: Role): boolean {
  return role !== undefined && rank[role] >= rank[least];
}

/** The role in the whole gateway; a gateway key has none. */
export function gatewayRole(principal: Principal): Role | undefined {
  if (principal.kind === "admin_key") return "admin";
  return principal.kind === "person" ? principal.person.role : undefined;
}

/**
 * Checks a right in a project.
 * @throws AditError `not_found` where the caller has nothing to do with the project: not even that it exists is its business;
 * `forbidden` where its right is too small
 */
export function checkRight(principal: Principal, need: Need, projectId: string): void {
  if (principal.kind === "gateway_key") {
    const { key } = principal;
    if (key.projectId !== projectId) throw notHere();
    checkScope(principal, need);
    if (key.owner !== undefined) checkOwner(need, roleInProject(key.owner, projectId));
    return;
  }
  const role = roleIn(principal, projectId);
  if (role === undefined) throw notHere();
  if (!suffices(role, need.role)) throw tooLittle(need, `in this project you are a ${role}`);
}

/** What can be said before anything is looked up. @throws AditError `forbidden` */
export function checkAnyRight(principal: Principal, need: Need): void {
  if (principal.kind === "gateway_key") {
    // Whoever makes keys could else give one more than they have themselves.
    if (!isForKeys(need)) {
      throw new AditError("forbidden", "A gateway key may not do this, whatever its scopes.", {
        remedy: "Use the admin key, or sign in as an admin.",
      });
    }
    checkScope(principal, need);
    const { owner } = principal.key;
    if (owner !== undefined && need.over === "gateway") checkOwner(need, owner.role);
  } else if (need.over === "gateway" && !suffices(gatewayRole(principal), need.role)) {
    throw tooLittle(need, `in the gateway you are a ${gatewayRole(principal) ?? "stranger"}`);
  }
}

/** True where a gateway key with the scope may do it. */
export function isForKeys({ role, forKeys }: Need): boolean {
  return role !== "admin" || forKeys === true;
}

function checkScope({ key }: Extract<Principal, { kind: "gateway_key" }>, need: Need): void {
  const missing = scopesOf(need).find((scope) => !hasScope(key, scope));
  if (missing === undefined) return;
  throw new AditError("forbidden", `The gateway key lacks the scope ${missing}.`, {
    remedy: `Use a key with the scope ${missing}, or have it added to this one.`,
  });
}

/**
 * A person's key changes no more than the person may, whose role may be smaller by now than when the key was made. What belongs to calling
 * models, such as feedback, it may do as it may call them.
 */
function checkOwner(need: Need, role: Role | undefined): void {
  if (need.scope === callScope || suffices(role, need.role)) return;
  throw new AditError(
    "forbidden",
    `This needs the role ${need.role}, and the key belongs to a ${role ?? "stranger"}.`,
    {
      remedy: `Have an admin give the person the role ${need.role}, or use a key of the kind service.`,
    },
  );
}

/** All of these a gateway key needs. */
export function scopesOf({ scope, alsoScope }: Need): string[] {
  return alsoScope === undefined ? [scope] : [scope, alsoScope];
}

function tooLittle({ role }: Need, words: string): AditError {
  return new AditError("forbidden", `This needs the role ${role}, and ${words}.`, {
    remedy: `Ask an admin for the role ${role}.`,
  });
}

/** In these words whether it is not there, or another's: else whoever guesses names of projects would learn which there are. */
export function notHere(): AditError {
  return new AditError("not_found", "There is no such object here, or it is none of yours.", {
    remedy: "Check its id or slug, and the project (workspace_id).",
  });
}

/** The projects that a person has a role in; undefined: all. */
export function projectsOfPrincipal(principal: Principal): readonly string[] | undefined {
  switch (principal.kind) {
    case "admin_key":
      return undefined;
    case "gateway_key":
      return [principal.key.projectId];
    case "person":
      return principal.person.role === "admin" ? undefined : Object.keys(principal.person.projects);
  }
}

/**
 * The project that a call is about: the one that is named, else the gateway key's own, else the default one, else the only one that the
 * person has. With `reachesGone`, the one that is named may be gone where calls of it are left: who has a right in every project has it there.
 * @throws AditError `not_found`, `invalid_request` where a person must name one
 */
export async function projectOfCall(
  principal: Principal,
  named: string | undefined,
  { projects, store }: Pick<ControlParts, "projects" | "store">,
  reachesGone: boolean,
): Promise<string> {
  if (named !== undefined) {
    const found = await projects.find(named);
    if (found !== undefined) return found.id;
    if (reachesGone && (await hasCallsOf(store, named))) return named;
    throw notHere();
  }
  if (principal.kind === "gateway_key") return principal.key.projectId;
  if (principal.kind === "admin_key" || roleIn(principal, defaultProjectId) !== undefined) return defaultProjectId;
  const [only, ...others] = Object.keys(principal.person.projects);
  if (only !== undefined && others.length === 0) return only;
  throw new AditError("invalid_request", "workspace_id must name the project.", {
    param: "workspace_id",
    remedy: "See GET /v1/projects for yours.",
  });
}
