/** Who calls: the operator's key, a gateway key, or a person who has signed in. */
import type { Incoming } from "../http/routes/route.ts";
import type { Actor } from "../store/audit.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Role } from "../store/tables/tables.ts";
import type { AdmittedKey, GatewayKey } from "./gateway-key.ts";
import { roleInProject, type Roles } from "./roles.ts";

/** True for a text that opens the gateway's door, so that it is never taken for a credential of AWS's. Compared, never kept. */
export type IsGatewayKey = (value: string) => boolean;

/** The operator's own key: it may do everything, in every project. */
export interface AdminKeyPrincipal {
  readonly kind: "admin_key";
  readonly isGatewayKey: IsGatewayKey;
  /** The project that it calls for, where that is not the default one. */
  readonly projectId?: string;
}

/** A gateway key: what it may do is written in it, and all of it is of one project. */
export interface GatewayKeyPrincipal {
  readonly kind: "gateway_key";
  readonly key: AdmittedKey;
  /** The region that the request is signed for, where a key pair signed it. */
  readonly signedRegion: string | undefined;
  readonly isGatewayKey: IsGatewayKey;
}

/** A person with a session in a cookie. Not one to call models: that is for keys. */
export interface PersonPrincipal {
  readonly kind: "person";
  readonly person: Person;
  /** The session's own id: a hash of its token. */
  readonly sessionId: string;
}

export interface Person extends Roles {
  id: string;
  email: string;
  name: string;
}

/** Who may call models. */
export type CallerPrincipal = AdminKeyPrincipal | GatewayKeyPrincipal;

export type Principal = CallerPrincipal | PersonPrincipal;

/** The project whose virtual keys, configs and connectors a call may name: the admin key's are the default project's, unless it says another. */
export function projectOf(principal: CallerPrincipal): string {
  return principal.kind === "gateway_key" ? principal.key.projectId : (principal.projectId ?? defaultProjectId);
}

/** Whom stored answers are for, and who learns from a model's refusals: each gateway key has its own. */
export function tenantOf(principal: Principal): string {
  switch (principal.kind) {
    case "gateway_key":
      return principal.key.id;
    case "admin_key":
      return principal.kind;
    case "person":
      return principal.person.id;
  }
}

/** What a person or the admin key is in a project; undefined: nothing, and for a gateway key, whose scopes say what it may do. */
export function roleIn(principal: Principal, projectId: string): Role | undefined {
  switch (principal.kind) {
    case "admin_key":
      return "admin";
    case "gateway_key":
      return undefined;
    case "person":
      return roleInProject(principal.person, projectId);
  }
}

/** Portkey's own words for kinds of objects that are one here. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  api_keys: ["workspace_service_api_keys", "workspace_user_api_keys"],
  integrations: ["workspace_integrations", "organisation_integrations"],
};

/** Portkey's own words for what may be done. */
const otherScopes: Readonly<Record<string, string>> = { "logs.create": "logs.write" };

/** True where a gateway key has the scope, such as `virtual_keys.read`, itself or as `virtual_keys.*`; Portkey's names count too. */
export function hasScope({ scopes }: Pick<GatewayKey, "scopes">, scope: string): boolean {
  if (scopes.includes(scope) || scopes.includes(otherScopes[scope] ?? scope)) return true;
  const dot = scope.indexOf(".");
  const [kind, verb] = [scope.slice(0, dot), scope.slice(dot)];
  const words = Object.hasOwn(otherWords, kind) ? otherWords[kind] : undefined;
  const has = (word: string): boolean => scopes.includes(`${word}${verb}`) || scopes.includes(`${word}.*`);
  return has(kind) || words?.some(has) === true;
}

/** What a gateway key needs to call models. */
export const callScope = "completions.write";

/** Figures of all projects: a project's own people cannot give it. */
export const metricsScope = "metrics.read";

/** As the audit log names it. */
export function actorOf(principal: Principal, { id: requestId, address }: Pick<Incoming, "id" | "address">): Actor {
  const place = { requestId, ...(address !== undefined && { address }) };
  switch (principal.kind) {
    case "admin_key":
      return { kind: "admin_key", ...place };
    case "gateway_key":
      return { kind: "gateway_key", id: principal.key.id, ...place };
    case "person":
      return { kind: "person", id: principal.person.id, ...place };
  }
}
