/** Code in a text, by the fences of Markdown that name its language. */
import { z } from "zod";
import { kind, ofText, turned } from "../check.ts";

const formats = [
  ..."SQL Python TypeScript JavaScript Java C# C++ C Ruby PHP Swift Kotlin Go Rust Scala R Perl Shell".split(" "),
  ..."HTML CSS XML JSON YAML Markdown Dockerfile".split(" "),
] as const;

/** What fences call them. */
const languageOf: ReadonlyMap<string, string> = new Map([
  ...formats.map((format) => [format.toLowerCase(), format] as const),
  ...([
    ["py", "Python"],
    ["python3", "Python"],
    ["ts", "TypeScript"],
    ["tsx", "TypeScript"],
    ["js", "JavaScript"],
    ["jsx", "JavaScript"],
    ["cs", "C#"],
    ["csharp", "C#"],
    ["cpp", "C++"],
    ["rb", "Ruby"],
    ["kt", "Kotlin"],
    ["golang", "Go"],
    ["rs", "Rust"],
    ["pl", "Perl"],
    ["sh", "Shell"],
    ["bash", "Shell"],
    ["zsh", "Shell"],
    ["yml", "YAML"],
    ["md", "Markdown"],
    ["docker", "Dockerfile"],
  ] as const),
]);

const longestName = 32;

export const containsCode = kind(
  z.strictObject({ format: z.string().min(1), not: z.boolean().optional() }),
  ({ format, not }) => ({
    grasp: "whole",
    judge: ofText((text) => {
      const found = languagesIn(text);
      const isFound = found.has(languageOf.get(format.toLowerCase()) ?? format);
      return {
        verdict: turned(isFound, not),
        data: {
          explanation: `The text has ${isFound ? "a" : "no"} block of code in ${format}.`,
          foundFormats: [...found],
        },
      };
    }),
  }),
);

/** The languages of the blocks that begin, and end, with a fence on a line of its own. */
function languagesIn(text: string): Set<string> {
  const found = new Set<string>();
  let open: string | undefined;
  for (const line of text.split("\n")) {
    const fence = /^\s{0,3}```/.exec(line);
    if (fence === null) continue;
    if (open !== undefined) {
      if (open !== "") found.add(languageOf.get(open) ?? open);
      open = undefined;
    } else {
      open = (/^[\w+#-]*/.exec(line.slice(fence[0].length))?.[0] ?? "").toLowerCase().slice(0, longestName);
    }
  }
  return found;
}
