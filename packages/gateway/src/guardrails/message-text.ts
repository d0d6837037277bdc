/** The texts of requests and answers that checks judge, each with its path: what a check changes goes back to where it stood. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { RequestType } from "./check.ts";

type Path = readonly (string | number)[];

export interface PlacedText {
  path: Path;
  text: string;
}

/** The texts of a request: of its last message, or of all. @throws AditError `unsupported_parameter` for a text given as tokens. */
export function requestTexts(type: RequestType, body: JsonObject, scope: "last" | "all"): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return listTexts(body["messages"], ["messages"], scope);
    case "messages":
      return [
        ...(scope === "all" ? contentTexts(body["system"], ["system"]) : []),
        ...listTexts(body["messages"], ["messages"], scope),
      ];
    case "createModelResponse":
      return [
        ...(scope === "all" ? contentTexts(body["instructions"], ["instructions"]) : []),
        ...(typeof body["input"] === "string"
          ? [{ path: ["input"], text: body["input"] }]
          : listTexts(body["input"], ["input"], scope)),
      ];
    case "complete":
      return readableTexts(body["prompt"], "prompt");
    case "embed":
      return readableTexts(body["input"], "input");
  }
}

function readableTexts(value: JsonValue | undefined, name: string): PlacedText[] {
  const entries = Array.isArray(value) ? value : [];
  if (entries.some((entry) => typeof entry === "number" || Array.isArray(entry))) {
    throw new AditError("unsupported_parameter", `${name} is given as tokens, which no guardrail can read.`, {
      param: name,
      remedy: "Send it as text.",
    });
  }
  return contentTexts(value, [name]);
}

function listTexts(list: JsonValue | undefined, path: Path, scope: "last" | "all"): PlacedText[] {
  if (!Array.isArray(list)) return [];
  const from = scope === "all" ? 0 : Math.max(0, list.length - 1);
  return list.slice(from).flatMap((message, index) => {
    if (typeof message === "string") return [{ path: [...path, from + index], text: message }];
    if (!isJsonObject(message)) return [];
    return ["content", "content_blocks", "output", "text"].flatMap((name) =>
      contentTexts(message[name], [...path, from + index, name]),
    );
  });
}

/** A text, or the texts of parts: those of tools' results stand a step deeper. */
function contentTexts(content: JsonValue | undefined, path: Path): PlacedText[] {
  if (typeof content === "string") return [{ path, text: content }];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part, index) => {
    if (typeof part === "string") return [{ path: [...path, index], text: part }];
    if (!isJsonObject(part)) return [];
    const own = typeof part["text"] === "string" ? [{ path: [...path, index, "text"], text: part["text"] }] : [];
    return [...own, ...contentTexts(part["content"], [...path, index, "content"])];
  });
}

/** The texts of a whole answer: of all its choices, for one that is not looked at would be the way around. */
export function answerTexts(type: RequestType, body: JsonObject): PlacedText[] {
  switch (type) {
    case "chatComplete":
      return choicesOf(body).flatMap(({ choice, path }) =>
        isJsonObject(choice["message"])
          ? contentTexts(choice["message"]["content"], [...path, "message", "content"])
          : [],
      );
    case "complete":
      return choicesOf(body).flatMap(({ choice, path }) => contentTexts(choice["text"], [...path, "text"]));
    case "messages":
      return contentTexts(body["content"], ["content"]);
    case "createModelResponse":
      return listTexts(body["output"], ["output"], "all");
    case "embed":
      return [];
  }
}

function choicesOf(body: JsonObject): { choice: JsonObject; path: Path }[] {
  const choices = Array.isArray(body["choices"]) ? body["choices"] : [];
  return choices.flatMap((choice, index) => (isJsonObject(choice) ? [{ choice, path: ["choices", index] }] : []));
}

/** Texts that say the answer's again, beside it: those of `content_blocks`, by the message that they belong to. */
export function repeatedTexts(type: RequestType, body: JsonObject): PlacedText[][] {
  if (type !== "chatComplete") return [];
  return choicesOf(body).map(({ choice, path }) => {
    const message = choice["message"];
    return isJsonObject(message) ? contentTexts(message["content_blocks"], [...path, "message", "content_blocks"]) : [];
  });
}

/** The value with other texts at these paths, in one walk; what does not change is the same object. */
export function withTexts(value: JsonObject, placed: readonly PlacedText[]): JsonObject {
  if (placed.length === 0) return value;
  const root: Branch = new Map();
  for (const { path, text } of placed) addTo(root, path, text);
  const changed = rebuilt(value, root);
  return isJsonObject(changed) ? changed : value;
}

/** New texts by the steps that lead to them. */
type Branch = Map<string | number, Branch | string>;

function addTo(root: Branch, path: Path, text: string): void {
  let branch = root;
  for (const [index, step] of path.entries()) {
    if (index === path.length - 1) {
      branch.set(step, text);
      return;
    }
    const below = branch.get(step);
    const next: Branch = below instanceof Map ? below : new Map<string | number, Branch | string>();
    branch.set(step, next);
    branch = next;
  }
}

function rebuilt(value: JsonValue, branch: Branch | string): JsonValue {
  if (typeof branch === "string") return branch;
  if (Array.isArray(value)) {
    const copy = [...value];
    for (const [step, below] of branch) if (typeof step === "number") copy[step] = rebuilt(copy[step] ?? null, below);
    return copy;
  }
  if (!isJsonObject(value)) return value;
  const copy = { ...value };
  for (const [step, below] of branch) copy[step] = rebuilt(copy[step] ?? null, below);
  return copy;
}
