/** What a check is: parameters as they are written, and a judgement of a text. Checks are pure, but for those that ask somebody. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import type { z } from "zod";
import type { Patience } from "../routing/conditions/pattern.ts";
import type { JsonPlace } from "./checks/json-number.ts";

/** When a check is made: before the request goes out, or after the answer has come. */
export type Phase = "before" | "after";

/** Portkey's names for what is asked; the last two are Bedrock's own operations, of which Portkey has none. */
export type RequestType =
  | "chatComplete"
  | "complete"
  | "embed"
  | "messages"
  | "createModelResponse"
  | "converse"
  | "invoke";

/** What checks can see of a call. */
export interface CheckContext {
  phase: Phase;
  requestType: RequestType;
  /** The body as the target gets it; `isChanged` where checks have changed it. */
  request: { json: JsonObject; isStreaming: boolean; isChanged: boolean };
  /** The answer; undefined before it has come. */
  response: { json: JsonObject | undefined; status: number } | undefined;
  /** Without the provider's prefix, as it goes on the wire. */
  model: string;
  /** As the caller wrote it. */
  modelAsked: string;
  provider: string;
  metadata: Readonly<Record<string, string>>;
  /** True where nobody can wait: a judgement that takes long is made at once all the same. */
  isAtOnce?: boolean;
  /** Of a text whose beginning has gone out already: where in its JSON it goes on. */
  jsonPlace?: JsonPlace | undefined;
  /** Steps that the patterns of all checks may still take together. */
  patience: Patience;
  tools: CheckTools;
}

/** What checks ask that ask somebody. All reject with Error, whose message may be told. */
export interface CheckTools {
  /** Posts JSON to a host that the operator listed, and gives the JSON that it answers. */
  post(url: string, body: JsonObject, options: PostOptions): Promise<JsonValue>;
  /** Resolves where the name has an address. */
  lookUp(host: string, timeoutMs: number): Promise<void>;
  /** Resolves where the address on the public internet, https and port 443, has an answer; undefined where none may be asked. */
  reach: ((url: string, timeoutMs: number) => Promise<void>) | undefined;
  /** Calls an operation of bedrock-runtime, by the target's own credential or by a virtual key's. */
  bedrock(path: string, body: JsonObject, options: BedrockOptions): Promise<JsonObject>;
  /** What AWS says stands behind the target's application inference profile, an id or ARN; undefined where it does not say. */
  modelBehind(): Promise<string | undefined>;
}

export interface PostOptions {
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
}

export interface BedrockOptions {
  virtualKey: string | undefined;
  region: string | undefined;
  timeoutMs: number;
}

/** What is judged: the texts of the message or answer, each in its place. */
export type Texts = readonly string[];

export interface Judgement {
  verdict: boolean;
  /** What the caller may be told of it. Never a piece of the text. */
  data?: JsonObject | null;
  /** The texts as they are to be, place by place, where the check changed one. */
  texts?: string[];
  /** The request's whole body as it is to be, where the check changed more than texts. */
  request?: JsonObject;
  /** Why the check could not judge. It has passed then, unless it fails on errors. */
  error?: string;
}

export type Judge = (texts: Texts, context: CheckContext) => Judgement | Promise<Judgement>;

/** What a judgement of a piece of a text says of the whole. */
export type Grasp =
  /** What fails in a piece fails in the whole: a stream can be judged while it comes. */
  | "piece"
  /** Only the whole text can be judged. */
  | "whole";

export interface ReadyCheck {
  judge: Judge;
  grasp: Grasp;
  /** True for a check that changes texts: it is shown all messages, for what goes out with the last goes out again with each turn. */
  changes?: boolean;
  /** True for a check that changes texts where whom it asks says so: whether a stream waits for that is its guardrail's to say. */
  mayChange?: boolean;
  /** True for a check that changes more of a request than its texts. */
  changesRequest?: boolean;
  /** True for a check that looks at no text: it is shown none. */
  isTextless?: boolean;
  /** True for a check that asks somebody: it takes its time, and is made after those that do not. */
  asks?: boolean;
  /** What AWS bills for it: units of each policy of a guardrail, or units of these names; absent: nothing. */
  bills?: "policies" | readonly string[];
  /** An address that it calls: refused before anything is sent, where the operator has not listed it. */
  host?: string;
  /** Slug of a virtual key that it calls by. */
  virtualKey?: string | undefined;
  /** AWS's region that it calls in, where it names one. */
  region?: string | undefined;
}

/** One kind of check. */
export interface CheckKind {
  parameters: z.ZodType;
  ready(parameters: unknown): ReadyCheck;
}

/** A kind whose `ready` knows the type that its shape gives. */
export function kind<Shape extends z.ZodType>(
  parameters: Shape,
  ready: (parameters: z.output<Shape>) => ReadyCheck,
): CheckKind {
  // What is given to it has been read by this very shape.
  return { parameters, ready: (given) => ready(given as z.output<Shape>) };
}

/** A judge of the texts together, with a line break between two, as Portkey joins them. Without a text there is nothing to judge. */
export function ofText(judge: (text: string, context: CheckContext) => Judgement | Promise<Judgement>): Judge {
  return (texts, context) => {
    const text = texts.filter((part) => part !== "").join("\n");
    return text === "" ? { verdict: false, data: null, error: "There is no text to judge." } : judge(text, context);
  };
}

/** Turns a verdict over where the parameters say so. */
export function turned(holds: boolean, not: boolean | undefined): boolean {
  return not === true ? !holds : holds;
}
