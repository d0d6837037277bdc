/** Connectors in the store: made, changed, found, listed, taken away. Their credentials are virtual keys. */
import { randomBytes } from "node:crypto";
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { countOf, isListed, pageOf, type ListFilter, type ListPage } from "../store/list-page.ts";
import { newId } from "../store/new-id.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import { objectFault } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import { within, type StoreAccess } from "../store/within.ts";
import { checkSize } from "../terms/check-size.ts";
import { checkSlug, isSlug, slugFromName } from "../terms/slug.ts";
import type { SavedVirtualKey, VirtualKeys } from "../vault/virtual-keys.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import { checkConnectionSpec, filled } from "./check-connection-spec.ts";
import { columnsOf, connectorFromRow } from "./connector-row.ts";
import type { Connector } from "./connector.ts";
import type { ConnectionSpec, ConnectorInput, ConnectorPatch } from "./connector-schema.ts";
import { connectorView, type ConnectorView } from "./connector-view.ts";
import { checkNotTakenApart, credentialOf, twoCredentials, withOwnNames } from "./connector-credential.ts";
import { checkInputFields } from "./fill-format.ts";
import { checkOutputFields } from "./map-output.ts";
import { checkFieldsFit } from "./request-body.ts";

export interface ConnectorsOptions {
  store: StoreAccess;
  virtualKeys: VirtualKeys;
}

/** What was saved, and what its owner should know. */
export interface SavedConnector {
  connector: Connector;
  /** The virtual key that its credential fields made or changed, and how that was before; undefined where none were given. */
  ownKey: { saved: SavedVirtualKey; before: VirtualKey | undefined } | undefined;
  warnings: readonly string[];
}

/** The key of a connector while it is being saved. */
interface ChosenKey extends Pick<SavedConnector, "ownKey" | "warnings"> {
  key: VirtualKey | undefined;
  isOwn: boolean;
}

export class Connectors {
  readonly #options: ConnectorsOptions;
  readonly #bySlug: StoreCache<Connector>;

  constructor(options: ConnectorsOptions) {
    this.#options = options;
    this.#bySlug = new StoreCache({
      store: options.store,
      kind: "connector",
      idOf: ({ id }) => id,
      load: (place) => {
        const [projectId = "", slug = ""] = place.split("/");
        return options.store.read(async (db) => {
          const row = await rowBySlug(db, { projectId, slug });
          return row === undefined ? undefined : connectorFromRow(row);
        });
      },
    });
  }

  /** From memory, where it was asked for before. @throws AditError `not_found`. */
  async bySlug(projectId: string, slug: string): Promise<Connector> {
    return (await this.find(projectId, slug)) ?? notFound(slug);
  }

  /** From memory, where it was asked for before. */
  async find(projectId: string, slug: string): Promise<Connector | undefined> {
    return isSlug(slug) ? this.#bySlug.get(`${projectId}/${slug}`) : undefined;
  }

  /** The same connectors, seen and changed as parts of a transaction: see `store/within.ts`. */
  within(store: StoreAccess): Connectors {
    return new Connectors({ store, virtualKeys: this.#options.virtualKeys.within(store) });
  }

  /** The project's connectors by age. */
  async list(projectId: string, page: ListPage): Promise<Connector[]> {
    const rows = await this.#options.store.read((db) =>
      pageOf(connectorsOf(db, projectId, page).selectAll(), page).execute(),
    );
    return rows.map((row) => connectorFromRow(row));
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#options.store.read((db) => countOf(connectorsOf(db, projectId, filter)));
  }

  /** As the API shows it. */
  async view(connector: Connector): Promise<ConnectorView> {
    return (await this.state(connector)).view;
  }

  /** With when the credential that is its own was changed, of which the API shows the end of an id at most. */
  async state(connector: Connector): Promise<{ view: ConnectorView; credentialAt: number | undefined }> {
    const { virtualKeyId, ownsVirtualKey } = connector;
    const key = virtualKeyId === undefined ? undefined : await this.#options.virtualKeys.byId(virtualKeyId);
    return { view: connectorView(connector, key), credentialAt: ownsVirtualKey ? key?.updatedAt : undefined };
  }

  /** @throws AditError that names the field at fault; `already_exists` where the slug is taken; `not_found` for the project. */
  async create(projectId: string, input: ConnectorInput, actor: Actor): Promise<SavedConnector> {
    const now = this.#options.store.clock.now();
    const parts = checkConnectionSpec(input.connection_spec);
    checkInputFields(input.input_schema ?? []);
    const fields = checkFields(input);
    checkSizeOf({ ...parts, ...fields });
    checkFieldsFit({ ...parts, ...fields });
    const slug = input.slug === undefined ? undefined : checkOwnSlug(input.slug);
    return this.#write(async (writing) => {
      const chosen = await this.#chooseKey(writing, {
        projectId,
        name: input.name,
        spec: input.connection_spec,
        actor,
      });
      checkKey(chosen.key, parts.region);
      const connector: Connector = {
        id: newId("con", now),
        projectId,
        slug: slug ?? (await freeSlug(writing.db, { projectId, slug: slugFromName(input.name) })),
        name: input.name,
        virtualKeyId: chosen.key?.id,
        ownsVirtualKey: chosen.isOwn,
        ...parts,
        ...fields,
        createdAt: now,
        updatedAt: now,
      };
      await writing.db.insertInto("connectors").values(columnsOf(connector)).execute();
      const after = connectorView(connector, chosen.key);
      await this.#record(writing, connector, { actor, action: "connector.create", after });
      return { connector, ownKey: chosen.ownKey, warnings: chosen.warnings };
    });
  }

  /**
   * Changes what the patch names. A credential that is given replaces the whole one.
   * @throws AditError as {@link create}; `not_found`.
   */
  async update(id: string, patch: ConnectorPatch, actor: Actor): Promise<SavedConnector> {
    const now = this.#options.store.clock.now();
    checkInputFields(patch.input_schema ?? []);
    return this.#write(async (writing) => {
      const before = await lockedConnector(writing.db, id);
      const keyBefore = await this.#keyOf(writing, before);
      const spec = withoutNulls(patch.connection_spec ?? {});
      const parts = checkConnectionSpec({ ...partFields(before), ...patchedParts(patch) });
      const name = patch.name ?? before.name;
      const chosen = await this.#chooseKey(writing, {
        projectId: before.projectId,
        name,
        spec,
        actor,
        before,
        given: patch.connection_spec,
        takesAway: patch.connection_spec?.virtual_key === null,
      });
      checkKey(chosen.key, parts.region);
      const connector: Connector = {
        ...before,
        name,
        virtualKeyId: chosen.key?.id,
        ownsVirtualKey: chosen.isOwn,
        ...parts,
        ...checkFields({
          input_schema: patch.input_schema === undefined ? [...before.inputSchema] : (patch.input_schema ?? undefined),
          output_schema:
            patch.output_schema === undefined ? [...before.outputSchema] : (patch.output_schema ?? undefined),
          request_timeout:
            patch.request_timeout === undefined ? before.requestTimeoutMs : (patch.request_timeout ?? undefined),
        }),
        updatedAt: now,
      };
      // One that was saved before this was looked at can still be renamed.
      if (patch.input_schema !== undefined || patch.connection_spec !== undefined) checkFieldsFit(connector);
      if (Object.keys(patch).some((name) => name !== "name")) checkSizeOf(connector);
      await writing.db.updateTable("connectors").set(columnsOf(connector)).where("id", "=", id).execute();
      await this.#dropOwnKey(writing, before, connector, actor);
      const [viewBefore, after] = [connectorView(before, keyBefore), connectorView(connector, chosen.key)];
      await this.#record(writing, connector, { actor, action: "connector.update", before: viewBefore, after });
      return { connector, ownKey: chosen.ownKey, warnings: chosen.warnings };
    });
  }

  /** @throws AditError `not_found`. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#options.store.write(async (writing) => {
      const before = await lockedConnector(writing.db, id);
      const view = connectorView(before, await this.#keyOf(writing, before));
      await writing.db.deleteFrom("connectors").where("id", "=", id).execute();
      await this.#dropOwnKey(writing, before, undefined, actor);
      await this.#record(writing, before, { actor, action: "connector.delete", before: view });
    });
  }

  #keysIn(writing: Writing): VirtualKeys {
    return this.#options.virtualKeys.within(within(this.#options.store, writing));
  }

  async #keyOf(writing: Writing, { virtualKeyId }: Connector): Promise<VirtualKey | undefined> {
    return virtualKeyId === undefined ? undefined : this.#keysIn(writing).byId(virtualKeyId);
  }

  /** The virtual key that the connection names, or one that is made from its credential fields, or what it had before. */
  async #chooseKey(
    writing: Writing,
    about: {
      projectId: string;
      name: string;
      spec: ConnectionSpec;
      actor: Actor;
      before?: Connector;
      /** As the patch has it, with its nulls. */
      given?: ConnectorPatch["connection_spec"];
      takesAway?: boolean;
    },
  ): Promise<ChosenKey> {
    const { projectId, name, spec, actor, before } = about;
    const keys = this.#keysIn(writing);
    const credential = credentialOf(spec);
    const slug = filled(spec.virtual_key);
    if (slug !== undefined && credential !== undefined) throw twoCredentials();
    if (slug !== undefined) {
      const key = await keys.bySlug(projectId, slug.replace(/^@/, ""));
      if (key === undefined) throw noSuchKey(slug);
      return { key, isOwn: key.id === before?.virtualKeyId && before.ownsVirtualKey, ownKey: undefined, warnings: [] };
    }
    if (credential === undefined) return this.#keptKey(writing, about);
    const own = before?.ownsVirtualKey === true ? await this.#keyOf(writing, before) : undefined;
    const saved = await withOwnNames(() =>
      own === undefined
        ? keys.create(projectId, { name: `Connector ${name}`.slice(0, 200), credential }, actor)
        : keys.update(own.id, { credential }, actor),
    );
    return { key: saved.virtualKey, isOwn: true, ownKey: { saved, before: own }, warnings: saved.warnings };
  }

  /** Where the connection names no credential: what it had before, unless that is taken away. */
  async #keptKey(
    writing: Writing,
    {
      before,
      given,
      takesAway,
    }: { before?: Connector; given?: ConnectorPatch["connection_spec"]; takesAway?: boolean },
  ): Promise<ChosenKey> {
    const held = before && (await this.#keyOf(writing, before));
    if (takesAway === true) {
      const warnings = held === undefined ? [] : [serverSigns];
      return { key: undefined, isOwn: false, ownKey: undefined, warnings };
    }
    const isOwn = held !== undefined && before?.ownsVirtualKey === true;
    if (isOwn) checkNotTakenApart(held, given);
    return { key: held, isOwn, ownKey: undefined, warnings: [] };
  }

  async #dropOwnKey(writing: Writing, before: Connector, after: Connector | undefined, actor: Actor): Promise<void> {
    const { ownsVirtualKey, virtualKeyId } = before;
    if (!ownsVirtualKey || virtualKeyId === undefined || after?.virtualKeyId === virtualKeyId) return;
    await this.#keysIn(writing).remove(virtualKeyId, actor);
  }

  async #record(writing: Writing, connector: Connector, change: Omit<AuditedChange, "object">): Promise<void> {
    await recordChange(writing, { object: connector, ...change }, this.#options.store.clock);
    writing.changed("connector", connector.id);
  }

  async #write(change: (writing: Writing) => Promise<SavedConnector>): Promise<SavedConnector> {
    try {
      return await this.#options.store.write(change);
    } catch (error) {
      throw objectFault(error, "connector");
    }
  }
}

/** What stands under `/v1/connectors` beside the connectors. */
const pathsOfOurs: ReadonlySet<string> = new Set(["spec", "samples", "check_connection"]);

/** @throws AditError `invalid_request` for a slug that could not be called. */
function checkOwnSlug(given: string): string {
  const slug = checkSlug(given);
  if (!pathsOfOurs.has(slug)) return slug;
  throw new AditError("invalid_request", `slug must not be ${slug}, which is a path of the API.`, {
    param: "slug",
    remedy: "Choose another one.",
  });
}

function connectorsOf(db: Database, projectId: string, filter: ListFilter) {
  return db
    .selectFrom("connectors")
    .where("projectId", "=", projectId)
    .where((where) => isListed(where, filter, { search: ["name", "slug"] }));
}

function rowBySlug(db: Database, place: { projectId: string; slug: string }) {
  return db
    .selectFrom("connectors")
    .selectAll()
    .where("projectId", "=", place.projectId)
    .where("slug", "=", place.slug)
    .executeTakeFirst();
}

/** As it is when its turn comes: who changes the same connector at the same time waits here, in words that both engines know. */
async function lockedConnector(db: Database, id: string): Promise<Connector> {
  const row = await db
    .updateTable("connectors")
    .set((column) => ({ updatedAt: column.ref("updatedAt") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  return connectorFromRow(row ?? notFound(id));
}

/** Another connector may have the name's slug: then some random digits tell them apart. */
async function freeSlug(db: Database, place: { projectId: string; slug: string }): Promise<string> {
  const isUsed = pathsOfOurs.has(place.slug) || (await rowBySlug(db, place)) !== undefined;
  return isUsed ? `${place.slug}-${randomBytes(3).toString("hex")}` : place.slug;
}

function partFields(connector: Connector) {
  return {
    region: connector.region,
    inference_profile: connector.inferenceProfile,
    model_id: connector.modelId,
    request_format: connector.requestFormat,
    response_format: connector.responseFormat,
  };
}

/** What the patch says of the parts that are no credential: null takes a value away. */
function patchedParts({ connection_spec: spec = {} }: ConnectorPatch): Partial<ReturnType<typeof partFields>> {
  const named = Object.keys(spec).filter((name) => spec[name as keyof typeof spec] !== undefined);
  const given = withoutNulls(spec);
  return Object.fromEntries(named.map((name) => [name, given[name as keyof ConnectionSpec]]));
}

function withoutNulls(spec: NonNullable<ConnectorPatch["connection_spec"]>): ConnectionSpec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null && value !== undefined));
}

function checkFields(
  input: Pick<ConnectorInput, "input_schema" | "output_schema" | "request_timeout">,
): Pick<Connector, "inputSchema" | "outputSchema" | "requestTimeoutMs"> {
  const { input_schema: inputSchema = [], output_schema: outputSchema = [], request_timeout: requestTimeoutMs } = input;
  checkOutputFields(outputSchema);
  return { inputSchema, outputSchema, requestTimeoutMs };
}

/** @throws AditError `invalid_request` for formats and fields of more than one object may say. */
function checkSizeOf({
  requestFormat,
  responseFormat,
  inputSchema,
  outputSchema,
}: Pick<Connector, "requestFormat" | "responseFormat" | "inputSchema" | "outputSchema">): void {
  checkSize([requestFormat, responseFormat, inputSchema, outputSchema], "connection_spec");
}

/** @throws AditError where the virtual key can sign no call of the connector. */
function checkKey(key: VirtualKey | undefined, region: string | undefined): void {
  if (key === undefined) return;
  if (key.credential.kind === "openai_compatible") {
    throw new AditError("invalid_request", `The virtual key ${key.slug} is for another host than AWS's.`, {
      param: "connection_spec.virtual_key",
      remedy: "Name a virtual key of AWS's.",
    });
  }
  if (region === undefined || key.region === undefined || region === key.region) return;
  throw new AditError("invalid_request", `The credential is for ${key.region}, the connector for ${region}.`, {
    param: "connection_spec.region",
    remedy: "Leave the connector's region out, or name a credential of that region.",
  });
}

const serverSigns = "The connector has no credential any more: the server's own credentials sign its calls.";

function noSuchKey(slug: string): AditError {
  return new AditError("not_stored", `No virtual key is stored as ${JSON.stringify(slug.slice(0, 64))}.`, {
    param: "connection_spec.virtual_key",
    remedy: "Name the slug of a virtual key of the project, or give the connection a credential of its own.",
  });
}

function notFound(name: string): never {
  throw new AditError("not_found", `There is no connector ${JSON.stringify(name.slice(0, 64))}.`, {
    remedy: "GET /v1/connectors lists them.",
  });
}
