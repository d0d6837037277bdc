/**
 * Models of bedrock-mantle, one a line: id, when it came (seconds since 1970). Its ids have no version behind them.
 * Sources: a recorded answer of `/v1/models` (2026-08-19); Claude's newest and GPT-5.5 from AWS's list of the endpoint, with a date that is not known.
 */
const table = `
anthropic.claude-fable-5              | 1782345600
anthropic.claude-haiku-4-5            | 1759276800
anthropic.claude-opus-4-7             | 1782345600
anthropic.claude-opus-4-8             | 1782345600
anthropic.claude-opus-5               | 1782345600
anthropic.claude-sonnet-5             | 1782345600
deepseek.v3.1                         | 1764460800
deepseek.v3.2                         | 1769385600
google.gemma-3-12b-it                 | 1764460800
google.gemma-3-27b-it                 | 1764460800
google.gemma-3-4b-it                  | 1764460800
google.gemma-4-26b-a4b                | 1777852800
google.gemma-4-31b                    | 1778112000
google.gemma-4-e2b                    | 1778112000
minimax.minimax-m2                    | 1764460800
minimax.minimax-m2.1                  | 1769396433
minimax.minimax-m2.5                  | 1769396433
mistral.devstral-2-123b               | 1765843200
mistral.magistral-small-2509          | 1764460800
mistral.ministral-3-14b-instruct      | 1763923865
mistral.ministral-3-3b-instruct       | 1763923654
mistral.ministral-3-8b-instruct       | 1763923750
mistral.mistral-large-3-675b-instruct | 1763923896
mistral.voxtral-mini-3b-2507          | 1764460800
mistral.voxtral-small-24b-2507        | 1764460800
moonshotai.kimi-k2-thinking           | 1764460800
moonshotai.kimi-k2.5                  | 1769558400
nvidia.nemotron-nano-12b-v2           | 1763769600
nvidia.nemotron-nano-3-30b            | 1765065600
nvidia.nemotron-nano-9b-v2            | 1763769600
nvidia.nemotron-super-3-120b          | 1768780800
openai.gpt-5.4                        | 1777507200
openai.gpt-5.4-2026-03-05             | 1777507200
openai.gpt-5.5                        | 1782345600
openai.gpt-5.6-luna                   | 1782345600
openai.gpt-5.6-sol                    | 1782345600
openai.gpt-5.6-terra                  | 1781827200
openai.gpt-oss-120b                   | 1764460800
openai.gpt-oss-20b                    | 1764460800
openai.gpt-oss-safeguard-120b         | 1764460800
openai.gpt-oss-safeguard-20b          | 1764460800
qwen.qwen3-235b-a22b-2507             | 1764460800
qwen.qwen3-32b                        | 1764460800
qwen.qwen3-coder-30b-a3b-instruct     | 1764460800
qwen.qwen3-coder-480b-a35b-instruct   | 1764460800
qwen.qwen3-coder-next                 | 1770163200
qwen.qwen3-next-80b-a3b-instruct      | 1764460800
qwen.qwen3-vl-235b-a22b-instruct      | 1764460800
writer.palmyra-vision-7b              | 1771804800
xai.grok-4.3                          | 1778630400
zai.glm-4.6                           | 1764460800
zai.glm-4.7                           | 1769558400
zai.glm-4.7-flash                     | 1769644800
zai.glm-5                             | 1771770206
`;

export interface MantleModel {
  id: string;
  /** Seconds since 1970. */
  created: number;
}

/** Every listed model, by id. */
export const mantleModels: ReadonlyMap<string, MantleModel> = new Map(
  table
    .trim()
    .split("\n")
    .map((line): [string, MantleModel] => {
      const [id = "", created = ""] = line.split("|").map((cell) => cell.trim());
      return [id, { id, created: Number(created) }];
    }),
);
