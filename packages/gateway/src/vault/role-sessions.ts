/** The sessions of one role, one for each name and set of tags. */
import { assumeRoleSource, type AssumeRoleOptions, type CredentialSource } from "@adit/bedrock";
import { dropOldest } from "@adit/bedrock/gateway";

/** What of a role's session is the request's own. */
export interface RoleSession {
  name: string | undefined;
  tags: Readonly<Record<string, string>>;
}

/** Kept at once for a virtual key; the one that was used longest ago leaves first. */
const mostSessions = 1_000;

export class RoleSessions {
  readonly #role: AssumeRoleOptions;
  readonly #sessions = new Map<string, CredentialSource>();

  /** `role`: with the name and the tags of every session. */
  constructor(role: AssumeRoleOptions) {
    this.#role = role;
  }

  /** Requests with the same name and tags share one source, and so one session. */
  of({ name, tags }: RoleSession): CredentialSource {
    const key = JSON.stringify([name, Object.entries(tags)]);
    const kept = this.#sessions.get(key);
    if (kept !== undefined) {
      this.#sessions.delete(key);
      this.#sessions.set(key, kept);
      return kept;
    }
    const made = assumeRoleSource({
      ...this.#role,
      ...(name !== undefined && { sessionName: name }),
      tags: this.#withOwn(tags),
    });
    this.#sessions.set(key, made);
    dropOldest(this.#sessions, mostSessions);
    return made;
  }

  /** STS takes keys that differ in case alone for one, and refuses the two. */
  #withOwn(tags: Readonly<Record<string, string>>): Record<string, string> {
    const taken = new Set(Object.keys(tags).map((key) => key.toLowerCase()));
    const own = Object.entries(this.#role.tags ?? {}).filter(([key]) => !taken.has(key.toLowerCase()));
    return { ...Object.fromEntries(own), ...tags };
  }
}
