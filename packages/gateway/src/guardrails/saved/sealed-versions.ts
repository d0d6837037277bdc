/** Versions of what may write webhooks out: what is shown of one stands in its row, and the vault keeps the webhooks' addresses and headers. */
import type { Writing } from "../../store/store.ts";
import type { RecordPlace, SecretFields, Vault } from "../../vault/vault.ts";
import type { WebhookSecrets } from "./webhook-secrets.ts";

/** A version taken apart. */
export interface Written<Document> {
  shown: Document;
  secrets: SecretFields;
}

interface Compared<Document> extends Written<Document> {
  /** True where it would be another version. */
  isNew: boolean;
}

interface SealedTerms<Document> {
  kind: RecordPlace["kind"];
  secrets: WebhookSecrets<Document>;
}

export class SealedVersions<Document> {
  readonly #vault: Vault;
  readonly #terms: SealedTerms<Document>;

  constructor(vault: Vault, terms: SealedTerms<Document>) {
    this.#vault = vault;
    this.#terms = terms;
  }

  /** What is given, where parts that are sent back as they were shown stand for what this version keeps. */
  async compared(version: { id: string; shown: Document }, given: Document): Promise<Compared<Document>> {
    const place = this.#place(version.id);
    const secrets = (await this.#vault.unseal(place)) ?? {};
    const written = this.#terms.secrets.split(given, { shown: version.shown, secrets });
    // Another order is another document: checks run in the order of their members, and a model writes a schema's in theirs.
    const isSame = JSON.stringify(written.shown) === JSON.stringify(version.shown);
    return { ...written, isNew: !isSame || !(await this.#vault.holds(place, written.secrets)) };
  }

  /** As it was written; undefined where a secret of it is missing, as after an import. */
  async open(id: string, shown: Document): Promise<Document | undefined> {
    const secrets = (await this.#vault.unseal(this.#place(id))) ?? {};
    return this.#terms.secrets.missing(shown, secrets) === undefined
      ? this.#terms.secrets.join(shown, secrets)
      : undefined;
  }

  async seal(writing: Writing, id: string, secrets: SecretFields): Promise<void> {
    if (Object.keys(secrets).length > 0) await this.#vault.seal(writing, this.#place(id), secrets);
  }

  async remove(writing: Writing, versions: readonly { id: string }[]): Promise<void> {
    for (const { id } of versions) await this.#vault.remove(writing, this.#place(id));
  }

  #place(id: string): RecordPlace {
    return { kind: this.#terms.kind, id };
  }
}
