/** The credential sources that live longer than a request: the server's own chain, and assumed roles with their cached sessions. */
import { createHash } from "node:crypto";
import {
  assumeRoleSource,
  bearerKey,
  defaultChain,
  staticSource,
  type Clock,
  type Credentials,
  type CredentialSource,
  type Environment,
  type SendSts,
} from "@adit/bedrock";
import { dropOldest } from "@adit/bedrock/gateway";

export interface RoleRequest {
  roleArn: string;
  externalId?: string;
  sessionName?: string;
  tags?: Record<string, string>;
}

export interface CredentialSourcesOptions {
  environment: Environment;
  clock: Clock;
  sendSts: SendSts;
  /** The region of STS where a role names none. */
  serverRegion: string;
}

/** Roles of different callers that are kept at once; the oldest leaves first. */
const maxRoles = 1000;

export class CredentialSources {
  /** AWS's default chain, as the server's process sees it. */
  readonly server: CredentialSource;
  readonly #roles = new Map<string, CredentialSource>();
  readonly #options: CredentialSourcesOptions;

  constructor(options: CredentialSourcesOptions) {
    this.#options = options;
    this.server = defaultChain({ environment: options.environment, clock: options.clock });
  }

  /** Credentials that stand in the request. */
  fixed(credentials: Credentials, label: string): CredentialSource {
    return staticSource(credentials, label, this.#options.clock);
  }

  /** A Bedrock API key that stands in the request. */
  bearer(token: string, label: string): CredentialSource {
    return this.fixed(bearerKey(token), label);
  }

  /**
   * A session of a role. Requests for the same role by the same credentials share one source, and so one session.
   * @param by who assumes it; undefined: the server's own chain.
   */
  role(
    role: RoleRequest,
    by: Credentials | undefined,
    place: { region: string | undefined; label: string },
  ): CredentialSource {
    const region = place.region ?? this.#options.serverRegion;
    const key = roleKey(role, by, region);
    const kept = this.#roles.get(key);
    if (kept !== undefined) {
      this.#roles.delete(key);
      this.#roles.set(key, kept);
      return kept;
    }
    const made = assumeRoleSource({
      ...role,
      region,
      source: by === undefined ? this.server : this.fixed(by, place.label),
      send: this.#options.sendSts,
      clock: this.#options.clock,
      environment: this.#options.environment,
    });
    this.#roles.set(key, made);
    dropOldest(this.#roles, maxRoles);
    return made;
  }
}

/** All that decides which session comes back; hashed, so that no secret stands in a key. */
function roleKey(role: RoleRequest, by: Credentials | undefined, region: string): string {
  const source =
    by === undefined
      ? ["server"]
      : by.kind === "bearer"
        ? ["bearer", by.token.reveal()]
        : ["keys", by.accessKeyId, by.secretAccessKey.reveal(), by.sessionToken?.reveal() ?? ""];
  const parts = [role.roleArn, role.externalId ?? "", role.sessionName ?? "", role.tags ?? {}, region, source];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64");
}
