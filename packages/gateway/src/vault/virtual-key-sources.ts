/** From a virtual key to credentials: what a call is signed or sent with. One source for each key, held until the key changes. */
import { isDeepStrictEqual } from "node:util";
import {
  AditError,
  bearerKey,
  staticSource,
  type AwsKeys,
  type Clock,
  type CredentialSource,
  type Environment,
  type Secret,
  type SendSts,
} from "@adit/bedrock";
import { StoreCache } from "../store/changes/store-cache.ts";
import type { Store } from "../store/store.ts";
import { originOf } from "./shown-address.ts";
import { RoleSessions, type RoleSession } from "./role-sessions.ts";
import { virtualKeyFromRow } from "./virtual-key-row.ts";
import { rowById } from "./find-virtual-key.ts";
import { placeOf } from "./follow.ts";
import type { VirtualKeys } from "./virtual-keys.ts";
import type { SecretFields, Vault } from "./vault.ts";
import type { VirtualKey } from "./virtual-key.ts";

export interface VirtualKeySourcesOptions {
  store: Store;
  vault: Vault;
  virtualKeys: VirtualKeys;
  /** The server's own chain. */
  server: CredentialSource;
  /** The region of STS where a role has none. */
  serverRegion: string;
  sendSts: SendSts;
  clock: Clock;
  environment: Environment;
  /** `ADIT_CUSTOM_HOSTS` as it is now: a host may have been taken out of it since a key for it was stored. */
  customHosts: ReadonlySet<string>;
}

interface Opened {
  /** As it was when its secrets were read. */
  key: VirtualKey;
  /** The virtual key that assumes the role, as it was then. */
  assumer: VirtualKey | undefined;
  secrets: SecretFields;
  /** Undefined for a host that is not AWS's. */
  source: CredentialSource | undefined;
  /** Of a role. */
  sessions: RoleSessions | undefined;
}

export class VirtualKeySources {
  readonly #options: VirtualKeySourcesOptions;
  readonly #opened: StoreCache<Opened>;

  constructor(options: VirtualKeySourcesOptions) {
    this.#options = options;
    this.#opened = new StoreCache<Opened>({
      store: options.store,
      kind: "virtual_key",
      idOf: ({ key }) => key.id,
      // Sessions that another virtual key opened end with what it was then.
      related: { kind: "virtual_key", idOf: ({ key }) => key.sourceId },
      load: (id, before) => this.#open(id, before),
    });
  }

  /**
   * The source of a virtual key's credentials. `sessionToken` is one that the request brings for a stored key pair,
   * `session` what of a role's session is the request's own.
   * @throws AditError `virtual_key_inactive`; `custom_host_not_allowed` where its endpoint is not listed any more; `invalid_request` for a
   * kind that has no credentials of AWS's, or for a token beside what is no key pair.
   */
  async sourceOf(key: VirtualKey, sessionToken?: Secret, session?: RoleSession): Promise<CredentialSource> {
    if (key.endpoint !== undefined) this.#checkListed(key, key.endpoint);
    const { source, secrets, sessions } = await this.#openedOf(key);
    if (source === undefined) throw wrongKind(key, "has no credentials of AWS's");
    if (sessionToken === undefined) {
      return session === undefined || sessions === undefined ? source : labelled(key, sessions.of(session));
    }
    if (key.credential.kind !== "access_key") throw wrongKind(key, "takes no session token");
    return staticSource(
      { ...keysOf(key, secrets), sessionToken },
      `${source.label} with the request's session token`,
      this.#options.clock,
    );
  }

  /**
   * The API key of an OpenAI-compatible host.
   * @throws AditError `virtual_key_inactive`; `custom_host_not_allowed`; `invalid_request` for another kind.
   */
  async apiKeyOf(key: VirtualKey): Promise<Secret> {
    const { secrets } = await this.#openedOf(key);
    if (key.credential.kind !== "openai_compatible") throw wrongKind(key, "is for AWS");
    this.#checkListed(key, key.credential.baseUrl);
    return secretOf(key, secrets, "apiKey");
  }

  /**
   * Who assumes the role of a virtual key.
   * @throws AditError `virtual_key_inactive`; `invalid_request` for a kind that has no role.
   */
  async assumerOf(key: VirtualKey): Promise<CredentialSource> {
    const { secrets } = await this.#openedOf(key);
    if (key.credential.kind !== "assumed_role") throw wrongKind(key, "assumes no role");
    return this.#assumer(key, key.credential.source, secrets);
  }

  /** For who calls without its credentials. @throws AditError `virtual_key_inactive` */
  async checkServes(key: VirtualKey): Promise<void> {
    await this.#openedOf(key);
  }

  #checkListed(key: VirtualKey, address: string): void {
    const origin = originOf(address) ?? "";
    if (!this.#options.customHosts.has(origin)) throw notListed(key, origin);
  }

  /** `key` may be older than what is held: its call may have waited for a try or another target since it was found. */
  async #openedOf(key: VirtualKey): Promise<Opened> {
    const opened = await this.#opened.get(key.id);
    if (opened === undefined) throw inactive(key, "was deleted");
    checkActive(opened.key, this.#options.clock.now());
    checkSameHost(key, opened.key);
    if (opened.key.sourceId !== undefined) await this.#assumerNow(key, opened.key.sourceId);
    return opened;
  }

  /** The virtual key that assumes the role, as it is now: sessions that it opened outlive neither its expiry nor its being switched off. */
  async #assumerNow(key: VirtualKey, id: string): Promise<VirtualKey> {
    const assumer = await this.#options.virtualKeys.byId(id);
    if (assumer === undefined) throw inactive(key, "has lost the virtual key that assumes its role");
    checkActive(assumer, this.#options.clock.now(), `, which assumes the role of ${key.slug},`);
    return assumer;
  }

  async #open(id: string, before: Opened | undefined): Promise<Opened | undefined> {
    // What is read here is as new as the secrets: the key that the caller holds may be older.
    const key = await this.#keyInStore(id);
    if (key === undefined) return undefined;
    const assumer = key.sourceId === undefined ? undefined : await this.#keyInStore(key.sourceId);
    // Its sessions go on: while no changes are heard of each call comes here, and STS is not to be asked for each.
    if (before !== undefined && (await this.#isStill(before, key, assumer))) return before;
    const secrets = (await this.#options.vault.unseal(placeOf(key))) ?? {};
    const { credential } = key;
    const sessions = credential.kind === "assumed_role" ? this.#sessionsOf(key, credential, secrets) : undefined;
    return { key, assumer, secrets, sessions, source: this.#sourceFrom(key, secrets, sessions) };
  }

  /** An assumer's other secrets come with another time of change. */
  async #isStill(before: Opened, key: VirtualKey, assumer: VirtualKey | undefined): Promise<boolean> {
    if (!isDeepStrictEqual([before.key, before.assumer], [key, assumer])) return false;
    return this.#options.vault.holds(placeOf(key), before.secrets);
  }

  async #keyInStore(id: string): Promise<VirtualKey | undefined> {
    const row = await this.#options.store.read((db) => rowById(db, id));
    return row && virtualKeyFromRow(row);
  }

  #sourceFrom(
    key: VirtualKey,
    secrets: SecretFields,
    sessions: RoleSessions | undefined,
  ): CredentialSource | undefined {
    const { clock, server } = this.#options;
    const label = labelOf(key);
    switch (key.credential.kind) {
      case "access_key":
        return staticSource(keysOf(key, secrets), label, clock);
      case "assumed_role":
        return sessions && labelled(key, sessions.of({ name: undefined, tags: {} }));
      case "bedrock_api_key":
        return staticSource(bearerKey(secretOf(key, secrets, "apiKey").reveal()), label, clock);
      case "server_chain":
        return labelled(key, server);
      case "openai_compatible":
        return undefined;
    }
  }

  #sessionsOf(
    key: VirtualKey,
    credential: Extract<VirtualKey["credential"], { kind: "assumed_role" }>,
    secrets: SecretFields,
  ): RoleSessions {
    const { sendSts, clock, environment, serverRegion } = this.#options;
    const { kind: _kind, source, accessKeyHint: _hint, ...role } = credential;
    return new RoleSessions({
      ...role,
      region: key.region ?? serverRegion,
      source: this.#assumer(key, source, secrets),
      send: sendSts,
      clock,
      environment,
    });
  }

  /** Who assumes the role. */
  #assumer(key: VirtualKey, source: "server" | "own_keys" | "virtual_key", secrets: SecretFields): CredentialSource {
    if (source === "server") return this.#options.server;
    if (source === "own_keys") return staticSource(keysOf(key, secrets), labelOf(key), this.#options.clock);
    let last: CredentialSource | undefined;
    return {
      label: `the source of ${labelOf(key)}`,
      // Found anew each time, so that a change of that virtual key counts at once.
      get: async (signal) => {
        const assumer = await this.#assumerNow(key, key.sourceId ?? "");
        // STS is asked, and not its endpoint: that one need not be listed.
        const { source: own } = await this.#openedOf(assumer);
        if (own === undefined) throw wrongKind(assumer, "has no credentials of AWS's");
        last = own;
        return own.get(signal);
      },
      invalidate: () => last?.invalidate(),
    };
  }
}

function labelled(key: VirtualKey, source: CredentialSource): CredentialSource {
  return { label: labelOf(key), get: (signal) => source.get(signal), invalidate: () => source.invalidate() };
}

/** As errors and `x-adit-credential` name it. */
export function labelOf(key: VirtualKey): string {
  return `virtual key ${key.slug}`;
}

function keysOf(key: VirtualKey, secrets: SecretFields): AwsKeys {
  const { sessionToken } = secrets;
  return {
    kind: "keys",
    accessKeyId: secretOf(key, secrets, "accessKeyId").reveal(),
    secretAccessKey: secretOf(key, secrets, "secretAccessKey"),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

/** An import brings virtual keys without their secrets. */
function secretOf(key: VirtualKey, secrets: SecretFields, name: string): Secret {
  const secret = secrets[name];
  const whose = key.follows === undefined ? "it" : `its integration ${key.follows.slug}`;
  if (secret === undefined) throw inactive(key, `has no secret: ${whose} was imported, and must be filled in again`);
  return secret;
}

/** `what` says what it does for whom, where another virtual key was asked for. */
function checkActive(key: VirtualKey, nowMs: number, what = ""): void {
  if (key.disabled) throw inactive(key, "is switched off", what);
  if (key.expiresAt !== undefined && key.expiresAt <= nowMs) {
    throw inactive(key, `expired at ${new Date(key.expiresAt).toISOString()}`, what);
  }
}

/** The call goes where the key led when it was found: a secret that was given since for another host is not for that one. */
function checkSameHost(found: VirtualKey, now: VirtualKey): void {
  if (originOf(hostOf(found)) === originOf(hostOf(now))) return;
  throw inactive(found, "leads to another host by now");
}

/** Empty: AWS's own. */
function hostOf({ credential, endpoint = "" }: VirtualKey): string {
  return credential.kind === "openai_compatible" ? credential.baseUrl : endpoint;
}

function inactive(key: VirtualKey, words: string, what = ""): AditError {
  return new AditError("virtual_key_inactive", `The virtual key ${key.slug}${what} ${words}.`);
}

function notListed(key: VirtualKey, origin: string): AditError {
  return new AditError(
    "custom_host_not_allowed",
    `The virtual key ${key.slug} leads to ${origin}, which this gateway may not call.`,
    { param: "virtual_key", remedy: `Have ${origin} added to ADIT_CUSTOM_HOSTS.` },
  );
}

function wrongKind(key: VirtualKey, words: string): AditError {
  return new AditError(
    "invalid_request",
    `The virtual key ${key.slug} is of the kind ${key.credential.kind}: it ${words}.`,
    {
      remedy: "Name another virtual key.",
    },
  );
}
