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
      const isFound = found.has(languageOf.get(format.toLowerCase()) ?? format.toLowerCase());
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

/** Of CommonMark, in a list or a quotation too: three marks at least, with the language behind them where a block begins. */
const fenceForm = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})\s*(?:\{?\.)?([\w+#-]*)([^]*)$/;
/** Behind words on their line, as Portkey finds it. Begun where marks begin alone: a long row of them would be read once for each. */
const lateFenceForm = /(?<!`)(`{3,})([\w+#-]+)\s*$/;

/** The languages of the blocks between fences; one that is not closed goes to the text's end, as where an answer was cut off. */
function languagesIn(text: string): Set<string> {
  const found = new Set<string>();
  let open: string | undefined;
  for (const line of fencedLinesIn(text)) {
    if (open !== undefined && !isClosed(line, open)) continue;
    // Behind the end of one block the next may open on the same line.
    const form = open === undefined ? fenceForm : lateFenceForm;
    open = undefined;
    const [, marks, name = "", rest = ""] = form.exec(line) ?? lateFenceForm.exec(line) ?? [];
    // Marks behind these make it code within a line.
    if (marks === undefined || (marks.startsWith("`") && rest.includes("`"))) continue;
    open = marks;
    const language = name.toLowerCase().slice(0, longestName);
    if (language !== "") found.add(languageOf.get(language) ?? language);
  }
  return found;
}

/** The lines that hold the marks of a fence, one after the other: a list of all lines would take many times the text's own memory. */
function* fencedLinesIn(text: string): Generator<string> {
  const anyFence = /`{3}|~{3}/g;
  for (let from = 0; from < text.length;) {
    anyFence.lastIndex = from;
    const at = anyFence.exec(text)?.index;
    if (at === undefined) return;
    const end = text.indexOf("\n", at);
    const next = end === -1 ? text.length : end;
    yield text.slice(text.lastIndexOf("\n", at) + 1, next);
    from = next + 1;
  }
}

function isClosed(line: string, open: string): boolean {
  const [, marks = "", name = "", rest = ""] = fenceForm.exec(line) ?? [];
  return marks.startsWith(open) && (`${name}${rest.trim()}` === "" || lateFenceForm.test(rest));
}
