/** An answer before it has a form: one list of blocks from which the whole reply and the stream are both made. */
import type { Citation } from "@adit/bedrock";

export type AnswerBlock =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string; signature?: string }
  /** `data` is base64, as the wire has it. */
  | { kind: "redacted"; data: string }
  | { kind: "toolUse"; id: string; name: string; input: object; type?: string }
  /** What a tool of AWS's own gave. */
  | { kind: "systemResult"; id: string; type: string; content: { json: object } | { text: string } }
  /** A cited text; without text, the sources of the text before it. */
  | { kind: "citations"; text?: string; citations: Citation[] };

export interface Answer {
  blocks: readonly AnswerBlock[];
  stopReason: string;
  /** The stop sequence that ended it. */
  stopSequence?: string;
  outputTokens: number;
  /** What the model wrote, where a guardrail changed its text. */
  unmasked?: string;
}
