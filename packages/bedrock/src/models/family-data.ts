/** The tables of families and of the lines of models within them, `data/families.json`, with the types that their readers rely on. */
import families from "./data/families.json" with { type: "json" };
import type { ModelFacts, ModelFamily } from "./model-facts.ts";
import { StemTable } from "./stem-table.ts";

/** What holds for a whole family. */
export type FamilyRow = Pick<
  ModelFacts,
  "can" | "thinking" | "effort" | "reasonsUnasked" | "reasoningBack" | "toolIds" | "schemas"
> & { sampling: Sampling };

type Sampling = Omit<ModelFacts["sampling"], "topKPath"> & { topKPath?: readonly string[] };

/** Where the models whose ids begin with one of `stems` differ from their family. */
export interface LineRow {
  stems: readonly string[];
  family: ModelFamily;
  /** The source, or the reason. */
  why?: string;
  can?: Partial<ModelFacts["can"]>;
  promptBody?: boolean;
  alwaysThinks?: boolean;
  bindsThinking?: boolean;
  thinking?: ModelFacts["thinking"];
  effort?: ModelFacts["effort"];
  sampling?: Partial<Sampling>;
  betas?: readonly string[];
}

/** Rows by family. */
export const familyRows = families.families as Readonly<Record<ModelFamily, FamilyRow>>;

export const familyNames = Object.keys(familyRows) as ModelFamily[];

const familyLines = families.lines as readonly LineRow[];
const lines = new StemTable(familyLines);

/** Anthropic's beta flags that some model takes. */
export const betasOfAnyModel: ReadonlySet<string> = new Set(familyLines.flatMap((line) => line.betas ?? []));

/** Those that Bedrock refuses for every model, as far as was tried. */
export const betasOfNoModel: ReadonlySet<string> = new Set(families.refusedBetas.flags);

/** The line of the longest stem that `baseId` begins with; undefined where no stem fits. */
export function lineOf(baseId: string): LineRow | undefined {
  return lines.find(baseId);
}
