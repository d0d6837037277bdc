/** The emulator's own list of models, read from the two tables beside this file. */
import { otherModels } from "./other-models.ts";
import { textModels } from "./text-models.ts";

export interface ModelRow {
  /** Without geography, such as `amazon.nova-lite-v1:0`. */
  id: string;
  name: string;
  /** First part of the id. */
  provider: string;
  /** Letters of the tables: t, i, v, a. */
  input: string;
  /** Letters of the tables: t, i, v, a, e. */
  output: string;
  /** Geographies whose inference profiles hold it, such as `us`, `global`. */
  geographies: readonly string[];
  /** Refused on demand by its bare id. */
  profileOnly: boolean;
  /** The region in which it is not, though it is elsewhere. */
  onDemandIn: string | undefined;
  lifecycle: "active" | "legacy" | "retired";
  /** Most output tokens; undefined: no text model, or not known. */
  maxOutputTokens: number | undefined;
  /** Converse serves it. */
  chat: boolean;
}

const rows = new Map<string, ModelRow>();
for (const cells of cellsOf(textModels)) {
  const [id = "", name = "", input = "", geographies = "", marks = "", limit = ""] = cells;
  rows.set(id, {
    ...rowOf({ id, name, input, output: "t", geographies, marks }),
    maxOutputTokens: Number(limit),
    chat: true,
  });
}
for (const cells of cellsOf(otherModels)) {
  const [id = "", name = "", input = "", output = "", geographies = "", marks = ""] = cells;
  rows.set(id, { ...rowOf({ id, name, input, output, geographies, marks }), maxOutputTokens: undefined, chat: false });
}

/** Every listed model. */
export const catalogue: ReadonlyMap<string, ModelRow> = rows;

/** Providers whose ids AWS uses; an id of another provider is no model id. */
export const providers: ReadonlyMap<string, string> = new Map([
  ["ai21", "AI21 Labs"],
  ["amazon", "Amazon"],
  ["anthropic", "Anthropic"],
  ["cohere", "Cohere"],
  ["deepseek", "DeepSeek"],
  ["google", "Google"],
  ["luma", "Luma AI"],
  ["meta", "Meta"],
  ["minimax", "MiniMax"],
  ["mistral", "Mistral AI"],
  ["moonshot", "Moonshot AI"],
  ["moonshotai", "Moonshot AI"],
  ["nvidia", "NVIDIA"],
  ["openai", "OpenAI"],
  ["qwen", "Qwen"],
  ["stability", "Stability AI"],
  ["twelvelabs", "TwelveLabs"],
  ["writer", "Writer"],
  ["xai", "xAI"],
  ["zai", "Z.AI"],
]);

function* cellsOf(table: string): Generator<string[]> {
  for (const line of table.split("\n")) {
    if (line.trim() !== "") yield line.split("|").map((cell) => cell.trim());
  }
}

function rowOf(cells: Record<"id" | "name" | "input" | "output" | "geographies" | "marks", string>) {
  const marks = cells.marks.split(" ");
  return {
    id: cells.id,
    name: cells.name,
    provider: cells.id.slice(0, cells.id.indexOf(".")),
    input: cells.input,
    output: cells.output,
    geographies: cells.geographies === "" ? [] : cells.geographies.split(" "),
    profileOnly: marks.some((mark) => mark.startsWith("P")),
    onDemandIn: marks.find((mark) => mark.startsWith("P!"))?.slice(2),
    lifecycle: lifecycleOf(marks),
  };
}

function lifecycleOf(marks: readonly string[]): ModelRow["lifecycle"] {
  if (marks.includes("X")) return "retired";
  return marks.includes("L") ? "legacy" : "active";
}
