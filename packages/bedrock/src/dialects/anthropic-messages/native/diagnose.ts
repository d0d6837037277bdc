import type { ConverseRequest } from "../../../converse/request.ts";
import type { AditError } from "../../../errors/adit-error.ts";
import type { JsonObject, JsonValue } from "../../../json.ts";
import { betasOfAnyModel } from "../../../models/family-data.ts";
import { hasUnsignedReasoning } from "../../translation/reasoning-history.ts";
import { hasReasoningTurns } from "../../translation/reasoning-turns.ts";
import { fieldPathIn, isEssential } from "./field-path.ts";
import { flagsIn, placesOfRefused, type RefusedPart } from "./refused-parts.ts";

/**
 * What of a native body made AWS refuse the request, where its words name a part that the model does not know and that can be left out:
 * a beta flag, a field, a tool's type. Empty for every other refusal. Words: recorded (CountTokens' list of types, InvokeModel's
 * schema), and reported in anthropics/claude-code #49370, #82549.
 */
export function diagnoseRefusal(error: AditError, body: JsonObject): RefusedPart[] {
  const words = error.status === 400 ? error.aws?.message : undefined;
  if (words === undefined || phrases.test(JSON.stringify(body))) {
    return [];
  }
  const flags = flagsIn(body);
  // All of them are kept with each part: so many that a stranger's request could fill the memory with them teach nothing.
  if ([...flags].join().length > longestFlags) {
    return [];
  }
  const parts = [...refusedTools(words, flags), ...refusedFields(words, body, flags), ...refusedTurns(words)];
  return [...refusedBetas(words, flags), ...parts.filter((part) => placesOfRefused(body, flags, [part]).length > 0)];
}

/** Characters; Claude Code sends some 200. */
const longestFlags = 2_000;

/**
 * AWS's words repeat names that the caller chose: a request which itself holds these words could make it say that a field is unknown which
 * others need, and what one caller's request teaches holds for all. So could a name that reads like a path (`"output_config.effort": 1`), or
 * like two flags.
 */
const phrases =
  /not permitted|found using 'type'|invalid beta flag|Unexpected value|final block in an assistant|signature: Field required/i;

/** `Unexpected value(s) `a`, `b` for the `anthropic-beta` header`: Anthropic's own words, which name the flags. */
const namedFlags = /Unexpected value\(s\) (.*?) for the `anthropic-beta` header/;
const quoted = /`([^`]+)`/g;

const plainName = /^[\w-]+$/;

function refusedBetas(words: string, flags: ReadonlySet<string>): RefusedPart[] {
  const named = namedFlags.exec(words)?.[1];
  if (named !== undefined) {
    if ([...flags].some((flag) => !plainName.test(flag))) {
      return [];
    }
    const guilty = [...named.matchAll(quoted)].map(([, flag = ""]) => flag);
    return guilty.filter((flag) => flags.has(flag)).map((flag) => ({ kind: "beta", flag }));
  }
  const sent = [...flags];
  if (!/invalid beta flag/i.test(words)) {
    return [];
  }
  if (sent.length === 1) {
    return sent.map((flag) => ({ kind: "beta", flag }));
  }
  // AWS does not say which: those that no model is known to take. Among several known ones the guilty one is not guessed.
  const strange = sent.filter((flag) => !betasOfAnyModel.has(flag));
  return strange.map((flag) => ({ kind: "beta", flag, among: sent }));
}

/** Recorded: `tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', ...` */
const unknownTool = /tools\.\d+: Input tag '([^']+)' found using 'type' does not match/g;

function refusedTools(words: string, flags: ReadonlySet<string>): RefusedPart[] {
  return [...words.matchAll(unknownTool)].map(([, type = ""]) => ({ kind: "tool", type, flags: [...flags] }));
}

/** `tools.0.custom.defer_loading: Extra inputs are not permitted` */
const extraInput = /(?<![\w.-])([A-Za-z_][\w.-]*): Extra inputs are not permitted/g;
/** Recorded shape: `Malformed input request: #/messages/0: extraneous key [X] is not permitted, please reformat your input and try again.` */
const extraneousKey = /#([\w/.-]*): extraneous key \[([^\]]+)\] is not permitted/g;
/** A way of showing thoughts that the model does not know: `thinking.adaptive.display: Input should be 'summarized' or 'omitted'`. */
const unknownDisplay = /(?<![\w.-])(thinking\.[\w.]*display): Input should be/g;

/** Of public reports: `messages.1: The final block in an assistant message cannot be `thinking`.` */
function refusedTurns(words: string): RefusedPart[] {
  return /final block in an assistant message cannot be `(?:redacted_)?thinking`/.test(words)
    ? [{ kind: "thinkingTurn" }]
    : [];
}

/** Of public reports (maximhq/bifrost#6942): `messages.1.content.0.thinking.signature: Field required`. */
function refusedThinking(words: string): RefusedPart[] {
  return /thinking\.signature: Field required/.test(words) ? [{ kind: "unsignedThinking" }] : [];
}

/** The same of a request of Converse, where thinking is all that Adit's own translation may have to leave out. */
export function diagnoseConverseRefusal(error: AditError, { messages = [] }: ConverseRequest): RefusedPart[] {
  const words = error.status === 400 ? error.aws?.message : undefined;
  if (words === undefined) {
    return [];
  }
  const turns = hasReasoningTurns(messages) ? refusedTurns(words) : [];
  const parts = [...turns, ...(hasUnsignedReasoning(messages) ? refusedThinking(words) : [])];
  return parts.length > 0 && !phrases.test(JSON.stringify(messages)) ? parts : [];
}

function refusedFields(words: string, body: JsonObject, flags: ReadonlySet<string>): RefusedPart[] {
  const named = [
    ...[...words.matchAll(extraInput), ...words.matchAll(unknownDisplay)].map(([, path = ""]) => path.split(".")),
    ...[...words.matchAll(extraneousKey)].map(([, path = "", key = ""]) => [...path.split("/").slice(1), key]),
  ];
  if (named.length > 0 && hasOddName(body)) {
    return [];
  }
  return named.flatMap((steps) => {
    const path = fieldPathIn(body, steps);
    return path === undefined || isEssential(path) ? [] : [{ kind: "field", path, flags: [...flags] }];
  });
}

/** True where a member has a name that AWS's paths could be read wrongly for. Schemas and arguments of tools have their own names. */
function hasOddName(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) {
    return value.some(hasOddName);
  }
  return (
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(
      ([name, inner]) => !plainName.test(name) || (name !== "input_schema" && name !== "input" && hasOddName(inner)),
    )
  );
}
