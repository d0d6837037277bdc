/** `adit keys`, `adit virtual-keys`, `adit configs` and `adit prompts`: what is in the store, on the machine that has it. */
import { AditError, isJsonObject, type Environment, type JsonObject } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { apply } from "../admin/apply/apply.ts";
import { readVirtualKeyFile, type ApplyFile } from "../admin/apply/apply-file.ts";
import type { ApplyStep } from "../admin/apply/apply-step.ts";
import { checkKnownScopes } from "../admin/known-scopes.ts";
import { partsWithin, type ChangeParts } from "../admin/parts.ts";
import { findJsonFault } from "../http/request/json-fault.ts";
import { checkUnaltered } from "../http/unaltered.ts";
import type { Actor } from "../store/audit.ts";
import { wholeList } from "../store/list-page.ts";
import { textOfFile } from "./file-text.ts";
import { missing } from "./missing.ts";
import { Misuse } from "./misuse.ts";
import { promptActions } from "./prompt-actions.ts";
import { openChangeParts } from "../admin/open-parts.ts";
import { withStore } from "./store.ts";

export interface ObjectCommand {
  kind: "keys" | "virtual-keys" | "configs" | "prompts";
  action: string;
  /** Name, slug or id; empty where none was given. */
  name: string;
  values: Readonly<Record<string, string | boolean | undefined>>;
}

interface Place {
  parts: ChangeParts;
  projectId: string;
  projectSlug: string;
  name: string;
  values: ObjectCommand["values"];
  /** Of the file that is named. */
  text: string | undefined;
  variables: Environment;
}

const actor: Actor = { kind: "command" };
/** As many as are compared with a name that is not there. */
const limit = 1_000;
/** A rotated key counts on for a day. */
const overlapMs = 24 * 3_600_000;

/** What they do is one change, or none; these change nothing. */
const readingActions: ReadonlySet<string> = new Set(["list", "show"]);

/** Gives the lines to print. */
type Action = (place: Place) => Promise<string[]>;

const actions: Readonly<Record<ObjectCommand["kind"], Readonly<Record<string, Action>>>> = {
  keys: {
    list: async ({ parts, projectId }) =>
      (await wholeList((page) => parts.gatewayKeys.list(projectId, page))).map((key) =>
        line(key.id, key.disabled ? "disabled" : "active", key.name, key.scopes.join(",")),
      ),
    create: async ({ parts, projectId, name, values }) => {
      const scopes = textOf(values["scopes"]) ?? "completions.write";
      const input = { name, scopes: scopes.split(",").map((scope) => scope.trim()) };
      checkKnownScopes(input.scopes);
      const { gatewayKey, secret } = await parts.gatewayKeys.create(projectId, input, actor);
      return [line(gatewayKey.id, secret.reveal())];
    },
    rotate: async (place) => {
      const { id } = await keyOf(place);
      return [line(id, (await place.parts.gatewayKeys.rotate(id, overlapMs, actor)).secret.reveal())];
    },
    delete: async (place) => {
      const { id } = await keyOf(place);
      await place.parts.gatewayKeys.remove(id, actor);
      await place.parts.keyLimits.removeAll("gateway_key", id, actor);
      return [];
    },
  },
  "virtual-keys": {
    list: async ({ parts, projectId }) =>
      (await wholeList((page) => parts.virtualKeys.list(projectId, page))).map((key) =>
        line(key.slug, key.disabled ? "disabled" : "active", key.credential.kind, key.region ?? "-", key.name),
      ),
    save: async (place) => {
      const { action, warnings } = await saveVirtualKey(place);
      return [line(place.name, action === "keep" ? "unchanged" : `${action}d`), ...warnings];
    },
    delete: async ({ parts, projectId, name }) => {
      // As requests name it, and as `save` takes it.
      const found = await parts.virtualKeys.bySlug(projectId, name.replace(/^@/, ""));
      const others = async () => parts.virtualKeys.list(projectId, { limit });
      if (found === undefined) throw missing("virtual key", name, await others());
      await parts.virtualKeys.remove(found.id, actor);
      await parts.keyLimits.removeAll("virtual_key", found.id, actor);
      return [];
    },
  },
  configs: {
    list: async ({ parts, projectId }) =>
      (await wholeList((page) => parts.configs.list(projectId, page))).map((config) =>
        line(config.slug, config.disabled ? "inactive" : "active", `version ${config.version}`, config.name),
      ),
    show: async (place) => [JSON.stringify((await configOf(place)).config, undefined, 2)],
    save: async ({ parts, projectId, name: slug, values, text }) => {
      const config = configIn(given(text), textOf(values["file"]));
      const found = await parts.configs.find(projectId, slug);
      const name = textOf(values["name"]);
      const { saved, dropped } =
        found === undefined
          ? await parts.configs.create(projectId, { slug, name: name ?? slug, config }, actor)
          : await parts.configs.update(found.id, { name, config }, actor);
      const told = dropped.map((path) => `${path} has no effect here.`);
      return [line(saved.slug, `version ${saved.version}`), ...told];
    },
    delete: async (place) => {
      await place.parts.configs.remove((await configOf(place)).id, actor);
      return [];
    },
  },
  prompts: promptActions,
};

export async function runObjects(command: ObjectCommand, variables: Environment): Promise<number> {
  const { kind, action, name, values } = command;
  const known = actions[kind];
  const run = Object.hasOwn(known, action) ? known[action] : undefined;
  if (run === undefined) {
    throw new Misuse(`There is no action ${JSON.stringify(action)}.${didYouMean(action, Object.keys(known))}`);
  }
  if ((name === "") !== (action === "list")) {
    throw new Misuse(
      action === "list" ? `list takes no name, and got ${JSON.stringify(name)}.` : `${action} needs a name.`,
    );
  }
  const file = textOf(values["file"]);
  // Before anything is changed: a file may be a pipe, and the store must not be held while it is waited for.
  const text = file === undefined ? undefined : await textOfFile(file);
  const lines = await withStore(variables, async (store, settings) => {
    const parts = await openChangeParts(store, settings);
    try {
      const runOn = (on: ChangeParts) => runIn({ parts: on, name, values, text, variables }, run);
      if (readingActions.has(action)) return await runOn(parts);
      return await store.writeAlone((writing) => runOn(partsWithin(parts, writing)));
    } finally {
      await parts.gatewayKeys.close();
    }
  });
  for (const written of lines) process.stdout.write(`${written}\n`);
  return 0;
}

async function runIn(place: Omit<Place, "projectId" | "projectSlug">, run: Action): Promise<string[]> {
  const { projects } = place.parts;
  const slug = textOf(place.values["project"]) ?? "default";
  const project = await projects.find(slug);
  if (project === undefined) throw missing("project", slug, await projects.list({ limit }, undefined));
  return run({ ...place, projectId: project.id, projectSlug: project.slug });
}

function line(...cells: string[]): string {
  return cells.join("\t");
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

async function keyOf({ parts, projectId, name }: Place) {
  const key = await parts.gatewayKeys.get(name);
  if (key.projectId === projectId) return key;
  throw new AditError("not_found", "The gateway key is of another project.", { remedy: "Name it by --project." });
}

async function configOf({ parts, projectId, name }: Place) {
  const found = await parts.configs.find(projectId, name);
  if (found !== undefined) return found;
  throw missing("config", name, await parts.configs.list(projectId, { limit }));
}

/** As `adit apply` would do it with a file of this one virtual key. */
async function saveVirtualKey(place: Place): Promise<ApplyStep> {
  const { parts, projectId, projectSlug, name: slug, values, text, variables } = place;
  const presentName = (await parts.virtualKeys.bySlug(projectId, slug.replace(/^@/, "")))?.name;
  const entry = readVirtualKeyFile(given(text), { slug, name: textOf(values["name"]), presentName }, variables);
  const wanted: ApplyFile = { version: 1, projects: [{ slug: projectSlug, virtual_keys: [entry] }] };
  const steps = await apply(wanted, parts, actor);
  const [saved] = steps.filter(({ kind }) => kind === "virtual key");
  if (saved === undefined) throw new TypeError("The virtual key of the file was passed over.");
  return saved;
}

function given(text: string | undefined): string {
  if (text === undefined) throw new Misuse("--file must name a file.");
  return text;
}

function configIn(text: string, file = ""): JsonObject {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    const fault = findJsonFault(text, "file");
    const where = fault === undefined ? "" : ` ${fault.words}: line ${fault.line}, column ${fault.column}.`;
    throw new AditError("invalid_config", `The file ${file} is not JSON.${where}`, { cause, remedy: "Mend it there." });
  }
  if (!isJsonObject(read)) throw new AditError("invalid_config", `The file ${file} holds no object.`);
  checkUnaltered(Buffer.from(text), read, "invalid_config");
  return read;
}
