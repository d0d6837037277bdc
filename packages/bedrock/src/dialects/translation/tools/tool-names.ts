/** Names and ids of tools as AWS takes them. */
import { hashedName, nineLetters } from "../../../hashed-name.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import type { TranslationDraft } from "../translation-draft.ts";

const fittingName = /^[a-zA-Z0-9_-]{1,64}$/;
const fittingIds: Readonly<Record<ModelFacts["toolIds"], RegExp>> = {
  any: /^[a-zA-Z0-9_.:-]{1,64}$/,
  plain: /^[a-zA-Z0-9_-]{1,64}$/,
  "nine-letters": /^(?:[a-zA-Z0-9]{9}|tooluse_[a-zA-Z0-9_-]{1,56})$/,
};

/** The name as it is sent: the caller's own where AWS takes it, else an alias that is the same for the same set of tools. */
export function sentToolName(draft: TranslationDraft, name: string): string {
  if (fittingName.test(name)) {
    return name;
  }
  draft.toolAliases ??= aliasesOf(draft.terms.toolNamesIn(draft.body));
  return draft.toolAliases.get(name) ?? hashedName(name);
}

/** Aliases of all the request's names that AWS refuses. None meets another name or alias. */
function aliasesOf(names: ReadonlySet<string>): Map<string, string> {
  const count = new Map<string, number>();
  for (const name of names) {
    const sent = fittingName.test(name) ? name : cleanName(name);
    count.set(sent, (count.get(sent) ?? 0) + 1);
  }
  const aliases = new Map<string, string>();
  for (const name of names) {
    if (!fittingName.test(name)) {
      const clean = cleanName(name);
      aliases.set(name, clean.length <= 64 && count.get(clean) === 1 ? clean : freeAlias(name, count));
    }
  }
  return aliases;
}

function freeAlias(name: string, taken: Map<string, number>): string {
  let alias = hashedName(name);
  for (let salt = 0; taken.has(alias); salt += 1) {
    alias = hashedName(name, `${salt} `);
  }
  taken.set(alias, 1);
  return alias;
}

/** The name with an underscore for each letter that AWS refuses. A name of more than 64 characters stays too long. */
function cleanName(name: string): string {
  return name.slice(0, 65).replace(/[^a-zA-Z0-9_-]/g, "_");
}

/** The id as it is sent: the caller's own where the model takes it. Another one keeps its identity through a hash. */
export function sentToolId({ model }: TranslationDraft, id: string): string {
  if (fittingIds[model.toolIds].test(id)) {
    return id;
  }
  return model.toolIds === "nine-letters" ? nineLetters(id) : hashedName(id);
}

/** Alias -> the caller's name, for the reply. */
export function namesByAlias(draft: TranslationDraft): ReadonlyMap<string, string> {
  if (draft.toolAliases === undefined) {
    return noNames;
  }
  return new Map([...draft.toolAliases].map(([name, alias]) => [alias, name]));
}

const noNames: ReadonlyMap<string, string> = new Map();
