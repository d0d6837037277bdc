import type { CredentialInput } from "../auth/credential-input.ts";
import type { CredentialSource } from "../auth/credentials.ts";
import { regionFromEnvironment, type Environment } from "../auth/endpoints.ts";
import { identityHash } from "../auth/identity-hash.ts";
import { regionFromProfile } from "../auth/shared-config.ts";
import { BedrockClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import { sourceFromInput } from "../own-credentials.ts";
import { RecentMap } from "../memory/recent-map.ts";
import { Transport } from "../wire/transport/transport.ts";

/** Roles kept at once: they may differ from call to call. */
const roleLimit = 256;

/**
 * What all calls of one environment share: connections, the signer's keys of the day, what was learned of profiles and clocks, and the
 * sources of credentials that AWS is asked for. Credentials that a call names are never kept, but those that assume a role.
 */
class SharedConnections {
  readonly client: BedrockClient;
  readonly #environment: Environment;
  readonly #transport: Transport;
  /** The default chain, and assumed roles. */
  readonly #sources = new RecentMap<string, CredentialSource>(roleLimit);
  #profileRegion: Promise<string | undefined> | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#transport = new Transport({ environment });
    this.client = new BedrockClient({ environment, transport: this.#transport });
  }

  /** The region where nothing names one. Variables may change between calls, files are read once. */
  async ownRegion(): Promise<string> {
    const named = regionFromEnvironment(this.#environment);
    if (named !== undefined) {
      return named;
    }
    this.#profileRegion ??= regionFromProfile(this.#environment);
    return (await this.#profileRegion) ?? "us-east-1";
  }

  /** A source of what one place, `label` by name, says of credentials; AWS's default chain where it says nothing. */
  sourceOf(input: CredentialInput | undefined, label: string, region: string | undefined): CredentialSource {
    const make = (): CredentialSource =>
      sourceFromInput(input, {
        environment: this.#environment,
        clock: systemClock,
        transport: this.#transport,
        region: () => this.ownRegion(),
        label,
        known: region ?? regionFromEnvironment(this.#environment),
      });
    if (input !== undefined && input.role === undefined) {
      return make();
    }
    return this.#kept(input === undefined ? "" : keyOf(input, region), make);
  }

  /** Calls under way fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  #kept(key: string, make: () => CredentialSource): CredentialSource {
    const known = this.#sources.get(key);
    if (known !== undefined) {
      return known;
    }
    const source = make();
    this.#sources.set(key, source);
    return source;
  }
}

/** Equal for the same role, assumed by the same credential. */
function keyOf({ role, credentials }: CredentialInput, region: string | undefined): string {
  return JSON.stringify([role, region, credentials === undefined ? "" : identityHash(credentials)]);
}

const byEnvironment = new WeakMap<Environment, SharedConnections>();

/** The connections of an environment, made at its first call. */
export function connectionsOf(environment: Environment = process.env): SharedConnections {
  const known = byEnvironment.get(environment);
  if (known !== undefined) {
    return known;
  }
  const made = new SharedConnections(environment);
  byEnvironment.set(environment, made);
  return made;
}

/**
 * Closes the connections that the functions keep, `process.env`'s by default: calls under way fail, a later call opens new ones. Never
 * needed for a program to end: idle connections do not hold it.
 */
export async function closeConnections(environment: Environment = process.env): Promise<void> {
  const known = byEnvironment.get(environment);
  byEnvironment.delete(environment);
  await known?.close();
}
