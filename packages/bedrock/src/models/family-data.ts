/** The tables of families and of the lines of models within them, `data/families.json`, with the types that their readers rely on. */
import families from "./data/families.json" with { type: "json" };
import type { ModelFacts, ModelFamily } from "./model-facts.ts";

/** What holds for a whole family. */
export type FamilyRow = Pick<ModelFacts, "can" | "thinking" | "effort"> & { sampling: Sampling };

type Sampling = Omit<ModelFacts["sampling"], "topKPath"> & { topKPath?: readonly string[] };

/** Where the models whose ids begin with one of `stems` differ from their family. */
export interface LineRow {
  stems: readonly string[];
  family: ModelFamily;
  /** The source, or the reason. */
  why?: string;
  can?: Partial<ModelFacts["can"]>;
  promptBody?: boolean;
  thinking?: ModelFacts["thinking"];
  effort?: ModelFacts["effort"];
  sampling?: Partial<Sampling>;
  betas?: readonly string[];
}

/** Rows by family. */
export const familyRows = families.families as Readonly<Record<ModelFamily, FamilyRow>>;

export const familyNames = Object.keys(familyRows) as ModelFamily[];

const linesByStem: ReadonlyMap<string, LineRow> = new Map(
  (families.lines as readonly LineRow[]).flatMap((line) => line.stems.map((stem): [string, LineRow] => [stem, line])),
);

const longestStem = Math.max(...[...linesByStem.keys()].map((stem) => stem.length));
const boundaries = /[-.:]/;

/**
 * The line of the longest stem that `baseId` begins with; undefined where no stem fits. A stem ends where a part of the id does:
 * `anthropic.claude-opus-4-1` holds `anthropic.claude-opus-4-1-20250805-v1:0` and not `anthropic.claude-opus-4-10`.
 */
export function lineOf(baseId: string): LineRow | undefined {
  for (let end = Math.min(baseId.length, longestStem); end > 0; end -= 1) {
    if (end === baseId.length || boundaries.test(baseId.charAt(end))) {
      const line = linesByStem.get(baseId.slice(0, end));
      if (line !== undefined) {
        return line;
      }
    }
  }
  return undefined;
}
