import { describe, expect, it } from "vitest";
import { lastTurn, type TemplateStyle } from "./prompt-templates.ts";

describe("lastTurn", () => {
  it.each<[TemplateStyle, string, string]>([
    ["claude", "\n\nHuman: A\n\nAssistant: B\n\nHuman: C\n\nAssistant:", "C"],
    ["claude", "Human: C Assistant:", "C"],
    [
      "llama",
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n<|image|>C<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
      "C",
    ],
    [
      "llama",
      "<|begin_of_text|><|header_start|>user<|header_end|>\n\nC<|eot|><|header_start|>assistant<|header_end|>",
      "C",
    ],
    ["llama", "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nC [/INST]", "C"],
    ["inst", "<s>[INST] A [/INST] B</s>[INST] C [/INST]", "C"],
    [
      "deepseek",
      "<｜begin▁of▁sentence｜>S<｜User｜>A<｜Assistant｜>B<｜end▁of▁sentence｜><｜User｜>C<｜Assistant｜><think>\n",
      "C",
    ],
    ["transcript", "User: A\nBot: B\nUser: C\nBot:", "C"],
    ["transcript", "Be brief\n\nUser: C\nChatbot:", "C"],
    ["transcript", "Just words", "Just words"],
    ["inst", "Just words", "Just words"],
  ])("reads %s", (style, prompt, user) => {
    expect(lastTurn(style, prompt)).toMatchObject({ user, prompt });
  });

  it("keeps what stands before, so that tokens count it", () => {
    expect(lastTurn("inst", "<s>[INST] A [/INST] B</s>[INST] C [/INST]").before).toContain("A [/INST] B");
  });

  it("is quick on a long prompt without an end", () => {
    const started = performance.now();
    for (const style of ["claude", "llama", "inst", "deepseek", "transcript"] as const)
      lastTurn(style, "User: [INST] Human: <｜User｜>".repeat(20_000));
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});
