/** Labels, such as `staging`: each points to one version of a prompt. Three are everybody's. */
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { countOf, isListed, pageOf, type ListFilter, type ListPage } from "../store/list-page.ts";
import { newId } from "../store/new-id.ts";
import { isReferenced, isTaken } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { isSelectorWord, labelForm, looksLikeId } from "./reference.ts";

export interface PromptLabel {
  id: string;
  /** Undefined: of every project, and not to be changed. */
  projectId: string | undefined;
  name: string;
  description: string | undefined;
  colorCode: string | undefined;
  createdAt: number;
  updatedAt: number;
}

export interface LabelInput {
  name: string;
  description?: string | undefined;
  colorCode?: string | undefined;
}

export type LabelPatch = { [Field in keyof LabelInput]?: LabelInput[Field] | undefined };

const longestText = 1_000;

export class PromptLabels {
  readonly #store: StoreAccess;

  constructor(store: StoreAccess) {
    this.#store = store;
  }

  /** The project's, and those of every project; by its id or name. */
  async find(projectId: string, idOrName: string): Promise<PromptLabel | undefined> {
    const row = await this.#store.read((db) =>
      visible(db, projectId)
        .selectAll()
        .where((where) => where.or([where("id", "=", idOrName), where("name", "=", idOrName)]))
        .executeTakeFirst(),
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** Those of every project first. */
  async list(projectId: string, page: ListPage): Promise<PromptLabel[]> {
    const found = await this.#store.read((db) =>
      pageOf(searched(visible(db, projectId), page).selectAll(), page).execute(),
    );
    return found.map(fromRow);
  }

  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#store.read((db) => countOf(searched(visible(db, projectId), filter)));
  }

  /** @throws AditError `invalid_request`, `already_exists` for a name that is taken. */
  async create(projectId: string, input: LabelInput, actor: Actor): Promise<PromptLabel> {
    const now = this.#store.clock.now();
    const id = newId("lbl", now);
    const texts = {
      description: textOf(input.description, "description"),
      colorCode: textOf(input.colorCode, "color_code"),
    };
    const name = checkLabelName(input.name);
    return this.#write(async (writing) => {
      await checkFree(writing.db, projectId, { id, name });
      await writing.db
        .insertInto("promptLabels")
        .values({ id, projectId, name, ...texts, createdAt: now, updatedAt: now })
        .execute();
      return this.#record(writing, { id, actor, action: "prompt_label.create" });
    });
  }

  /** Calls that name the label by its old name fail from now on. @throws AditError as {@link create}; `not_found`, `forbidden`. */
  async update(id: string, patch: LabelPatch, actor: Actor): Promise<PromptLabel> {
    return this.#write(async (writing) => {
      const before = await ownLabel(writing.db, id);
      const name = patch.name === undefined ? before.name : checkLabelName(patch.name);
      await checkFree(writing.db, before.projectId, { id, name });
      const { description = before.description, colorCode = before.colorCode } = patch;
      await writing.db
        .updateTable("promptLabels")
        .set({
          name,
          description: textOf(description, "description"),
          colorCode: textOf(colorCode, "color_code"),
          updatedAt: this.#store.clock.now(),
        })
        .where("id", "=", id)
        .execute();
      await this.#tellPrompts(writing, id);
      return this.#record(writing, { id, actor, action: "prompt_label.update", before });
    });
  }

  /** Calls that name the label fail from now on. @throws AditError `not_found`, `forbidden` for one of every project. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#write(async (writing) => {
      const before = await ownLabel(writing.db, id);
      await this.#tellPrompts(writing, id);
      await writing.db.deleteFrom("promptLabels").where("id", "=", id).execute();
      const change = { actor, action: "prompt_label.delete", object: before, before } as const;
      await recordChange(writing, change, this.#store.clock);
    });
  }

  /** What is held of prompts in memory is held by labels' names too. */
  async #tellPrompts(writing: Writing, labelId: string): Promise<void> {
    const pointing = await writing.db
      .selectFrom("promptVersionLabels")
      .select("promptId")
      .where("labelId", "=", labelId)
      .execute();
    for (const { promptId } of pointing) writing.changed("prompt", promptId);
  }

  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: PromptLabel },
  ): Promise<PromptLabel> {
    const { id, actor, action, before } = change;
    const after = await ownLabel(writing.db, id);
    await recordChange(writing, { actor, action, object: after, before, after }, this.#store.clock);
    return after;
  }

  async #write<Result>(change: (writing: Writing) => Promise<Result>): Promise<Result> {
    try {
      return await this.#store.write(change);
    } catch (error) {
      if (isTaken(error)) throw taken();
      if (!isReferenced(error)) throw error;
      throw new AditError("not_found", "There is no such project.", { remedy: "Check its id." });
    }
  }
}

function visible(db: Database, projectId: string) {
  return db
    .selectFrom("promptLabels")
    .where((where) => where.or([where("projectId", "=", projectId), where("projectId", "is", null)]));
}

function searched(query: ReturnType<typeof visible>, filter: ListFilter): ReturnType<typeof visible> {
  return query.where((where) => isListed(where, filter, { search: ["name"] }));
}

function fromRow(row: Row<"promptLabels">): PromptLabel {
  const { id, projectId, name, description, colorCode, createdAt, updatedAt } = row;
  const texts = { description: description ?? undefined, colorCode: colorCode ?? undefined };
  return { id, projectId: projectId ?? undefined, name, ...texts, createdAt, updatedAt };
}

/** One of a project's own. */
async function ownLabel(db: Database, id: string): Promise<PromptLabel & { projectId: string }> {
  const row = await db.selectFrom("promptLabels").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) {
    throw new AditError("not_found", `There is no label ${JSON.stringify(id.slice(0, 64))}.`, {
      remedy: "Check its id.",
    });
  }
  const { projectId } = row;
  if (projectId !== null) return { ...fromRow(row), projectId };
  throw new AditError("forbidden", `The label ${row.name} is of every project: it stays as it is.`, {
    remedy: "Make a label of the project's own.",
  });
}

/** Those of every project have their names too. @throws AditError `already_exists` */
async function checkFree(db: Database, projectId: string, label: { id: string; name: string }): Promise<void> {
  const other = await visible(db, projectId)
    .select("id")
    .where("name", "=", label.name)
    .where("id", "!=", label.id)
    .executeTakeFirst();
  if (other !== undefined) throw taken();
}

function taken(): AditError {
  return new AditError("already_exists", "Another label has this name.", { param: "name" });
}

function checkLabelName(name: string): string {
  if (labelForm.test(name) && !isSelectorWord(name) && !looksLikeId(name)) return name;
  throw new AditError(
    "invalid_request",
    "name must be 1 to 64 letters, digits, -, _ and ., and no number, id, latest or published.",
    {
      param: "name",
      remedy: "Write it as canary.",
    },
  );
}

function textOf(text: string | undefined, param: string): string | null {
  if (text === undefined) return null;
  if (text.length <= longestText) return text;
  throw new AditError("invalid_request", `${param} has more than ${longestText} characters.`, { param });
}
