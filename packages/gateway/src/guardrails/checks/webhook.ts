/** Asks a service of the user's own, at a host that the operator listed. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind, type CheckContext, type Judgement, type Texts } from "../check.ts";
import { answerTexts } from "../answer-texts.ts";
import { requestTexts } from "../request-texts.ts";
import { textInPlace } from "../placed-text.ts";

const defaultTimeoutMs = 3_000;
const longestTimeoutMs = 60_000;

/** How the request is framed and whom it reaches: with one of these of another's making it does not arrive, and the check judges nothing. */
const framing: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
]);
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, "must be a header's name");
const headerValue = z.string().regex(/^[\t\x20-\x7e]{0,8192}$/, "must be visible ASCII");

/** As an object, or as its text, as Portkey's forms send it. */
const headers = z
  .union([
    z.record(headerName, headerValue),
    z.string().transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.issues.push({ code: "custom", input: undefined, message: "is no JSON" });
        return z.NEVER;
      }
    }).pipe(z.record(headerName, headerValue)),
  ])
  .superRefine((sent, context) => {
    for (const name of Object.keys(sent)) {
      if (!framing.has(name.toLowerCase())) continue;
      context.addIssue({ code: "custom", path: [name], message: "is written by the gateway alone" });
    }
  })
  .default({}); // prettier-ignore

const timeout = z.number().int().min(1).max(longestTimeoutMs).default(defaultTimeoutMs);

export const webhook = kind(
  z.strictObject({ webhookURL: z.string().min(1), headers, timeout }),
  ({ webhookURL, headers: sent, timeout: timeoutMs }) => ({
    grasp: "whole",
    asks: true,
    mayChange: true,
    host: webhookURL,
    judge: async (texts, context) => {
      const answer = await context.tools.post(webhookURL, bodyOf(texts, context), { headers: sent, timeoutMs });
      return judgementFrom(answer, texts, context);
    },
  }),
);

/** Tells, and judges nothing: what it cannot tell is an error that the reply shows. */
export const log = kind(
  z.strictObject({ logURL: z.string().min(1), headers, timeout }),
  ({ logURL, headers: sent, timeout: timeoutMs }) => ({
    grasp: "whole",
    asks: true,
    host: logURL,
    judge: async (texts, context) => {
      await context.tools.post(logURL, bodyOf(texts, context), { headers: sent, timeoutMs });
      return { verdict: true, data: null };
    },
  }),
);

/** Portkey's shape of what a webhook gets. */
function bodyOf(texts: Texts, context: CheckContext): JsonObject {
  const { phase, request, response, requestType, provider, metadata } = context;
  const text = joined(texts);
  return {
    request: {
      json: request.json,
      text: phase === "before" ? text : askedIn(context),
      isStreamingRequest: request.isStreaming,
      isTransformed: request.isChanged,
    },
    response: {
      json: response?.json ?? {},
      text: phase === "after" ? text : "",
      statusCode: response?.status ?? null,
    },
    provider,
    requestType,
    metadata: { ...metadata },
    eventType: phase === "before" ? "beforeRequestHook" : "afterRequestHook",
  };
}

function joined(texts: Texts): string {
  return texts.filter((part) => part !== "").join("\n");
}

/** What an answer was asked by. A body that no check could read has none: it is in `json` all the same. */
function askedIn({ requestType, request }: CheckContext): string {
  try {
    return joined(requestTexts(requestType, request.json, "last").map(({ text }) => text));
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return "";
  }
}

function judgementFrom(answer: JsonValue, texts: Texts, context: CheckContext): Judgement {
  const verdict = isJsonObject(answer) ? answer["verdict"] : undefined;
  if (!isJsonObject(answer) || typeof verdict !== "boolean") {
    throw new Error("The webhook answered without a verdict.");
  }
  const data = isJsonObject(answer["data"]) ? answer["data"] : null;
  const changed = isJsonObject(answer["transformedData"]) ? answer["transformedData"] : {};
  const part = changed[context.phase === "before" ? "request" : "response"];
  if (!isJsonObject(part)) return { verdict, data };
  const { json, text } = part;
  if (isJsonObject(json) && context.phase === "before") return { verdict, data, request: json };
  // Portkey's webhooks send the whole answer back, and a text of it beside that may stand as it was.
  const written = isJsonObject(json) ? textsOfAnswer(json, context) : undefined;
  if (written !== undefined && !areSame(written, texts)) return { verdict, data, texts: inPlaces(written, texts) };
  return typeof text === "string" ? { verdict, data, texts: inPlaces([text], texts) } : { verdict, data };
}

/** Of what a webhook makes of an answer's JSON the texts are taken; undefined where it says nothing. */
function textsOfAnswer(json: JsonObject, { requestType, response }: CheckContext): string[] | undefined {
  if (Object.keys(json).length === 0) return undefined;
  try {
    // Where they stood, for what says one of them again may have been left as it was. An answer of another form is read by itself.
    const inPlace = answerTexts(requestType, response?.json ?? {}).map((placed) => textInPlace(json, placed));
    if (inPlace.every((text) => text !== undefined)) return inPlace;
    return answerTexts(requestType, json).map(({ text }) => text);
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return [];
  }
}

function areSame(some: Texts, others: Texts): boolean {
  return some.length === others.length && some.every((text, index) => text === others[index]);
}

/**
 * Where they are not as many as the places, one text stands for all. With as many lines as it was shown it is the same, changed within them, and
 * each place gets its own lines; else the first place gets all, and the others are emptied.
 */
function inPlaces(written: Texts, places: Texts): string[] {
  if (written.length === places.length) return [...written];
  const lines = joined(written).split("\n");
  const counts = places.map((each) => (each === "" ? 0 : each.split("\n").length));
  if (counts.reduce((sum, count) => sum + count, 0) === lines.length) {
    let at = 0;
    return counts.map((count) => lines.slice(at, (at += count)).join("\n"));
  }
  const first = Math.max(
    places.findIndex((each) => each !== ""),
    0,
  );
  return places.map((_each, index) => (index === first ? joined(written) : ""));
}
