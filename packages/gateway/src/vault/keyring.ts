/** The master keys that this gateway holds. */
import type { Secret } from "@adit/bedrock";
import { readKeyFile, readOrMakeKeyFile } from "./key-file.ts";
import { MasterKey } from "./master-key.ts";

export interface KeyringOptions {
  /** `ADIT_MASTER_KEY`. */
  masterKey: Secret | undefined;
  /** `ADIT_MASTER_KEY_OLD`: the one before, for the time of a rotation. */
  oldMasterKey: Secret | undefined;
  /** `ADIT_DATA_DIR`: holds the key files. */
  dataDir: string;
}

/**
 * Keys of the environment and of the key files: all of them open what they sealed. Which of them seals what is new is written
 * in the database, so that gateways on one database agree.
 */
export class Keyring {
  readonly #options: KeyringOptions;
  #keys: ReadonlyMap<string, MasterKey> = new Map();
  /** The key of the environment, else of the file: the one to begin with. */
  #preferred: MasterKey | undefined;

  private constructor(options: KeyringOptions) {
    this.#options = options;
  }

  static async load(options: KeyringOptions): Promise<Keyring> {
    const keyring = new Keyring(options);
    await keyring.reload();
    return keyring;
  }

  /** Reads the key files anew: a rotation in another process may have made one. */
  async reload(): Promise<void> {
    const { masterKey, oldMasterKey, dataDir } = this.#options;
    // In this order: the new file takes the old one's place at the end of a rotation, and is found in either.
    const newFile = await readKeyFile(dataDir, "master-key.new");
    const file = await readKeyFile(dataDir, "master-key");
    const given = masterKey === undefined ? undefined : MasterKey.fromText(masterKey, "ADIT_MASTER_KEY");
    const old = oldMasterKey === undefined ? undefined : MasterKey.fromText(oldMasterKey, "ADIT_MASTER_KEY_OLD");
    const keys = [given, old, file, newFile].filter((key) => key !== undefined);
    this.#preferred = given ?? file;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  get(id: string): MasterKey | undefined {
    return this.#keys.get(id);
  }

  /** Names of all keys that it holds. */
  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** The key of the environment; undefined where keys are in files. */
  get fromEnvironment(): MasterKey | undefined {
    return this.#options.masterKey === undefined ? undefined : this.#preferred;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  /** The key that a new database begins with; a key file is made where there is none. */
  async first(): Promise<MasterKey> {
    if (this.#preferred !== undefined) return this.#preferred;
    await readOrMakeKeyFile(this.#options.dataDir, "master-key");
    await this.reload();
    return this.first();
  }
}
