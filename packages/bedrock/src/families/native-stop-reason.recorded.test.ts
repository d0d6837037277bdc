/** The reason that is read off a native answer as it passes, against what the families' own readers find in it. */
import { expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { chunksOf } from "../wire/testing/native-chunks.ts";
import { exchangesOf, isTruncated, recordingsFolder, type Recording } from "../wire/testing/recordings.ts";
import { familyOf } from "./family-of.ts";
import { nativeStopReason } from "./native-stop-reason.ts";
import { replyContext, streamed } from "./testing/open-families.ts";

const modelOf = ({ resolved_model_id: resolved, model_id: id }: Recording): string => resolved ?? id;
const answered = (operation: string): Recording[] =>
  exchangesOf(operation).filter(
    (exchange) =>
      exchange.response.status === 200 &&
      familyOf(factsOfModel(modelOf(exchange))) !== undefined &&
      !isTruncated(exchange),
  );

/** What the family's reader finds; undefined where its format is another than the model's. */
function byFamily(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Claude's word for it stays Claude's. */
const inClaudesWord = (reason: string | undefined): string | undefined =>
  reason === "content_filtered" ? "refusal" : reason;

interface Told {
  id: string;
  /** By the family's reader, which says that a model ended by itself where it says nothing. */
  reason: string;
  own: string | undefined;
}

function told(id: string, reason: string | undefined, own: string | undefined): Told[] {
  const isSilent = own === undefined && reason === "end_turn";
  return reason === undefined || isSilent ? [] : [{ id, reason, own }];
}

const wholes = answered("InvokeModel").flatMap((exchange) => {
  const model = modelOf(exchange);
  const answer = exchange.response.body_json as JsonObject;
  const read = (): string | undefined =>
    familyOf(factsOfModel(model))?.response(answer, replyContext(model)).stopReason;
  return told(exchange.id, byFamily(read), nativeStopReason(answer));
});

const streams = answered("InvokeModelWithResponseStream").flatMap((exchange) => {
  const chunks = chunksOf(exchange);
  const read = (): string | undefined => {
    const end = streamed(modelOf(exchange), chunks).events.find((event) => event.type === "messageStop");
    return end?.type === "messageStop" ? end.stopReason : undefined;
  };
  const own = chunks
    .slice(-2)
    .map(nativeStopReason)
    .findLast((each) => each !== undefined);
  return told(exchange.id, byFamily(read), own);
});

it.skipIf(recordingsFolder() === undefined)("nearly all tell a reason", () => {
  expect(wholes.length).toBeGreaterThan(180);
  expect(streams.length).toBeGreaterThan(90);
});

it.each([...wholes, ...streams])("$id: $reason", ({ reason, own }) => {
  expect([reason, inClaudesWord(reason)]).toContain(own);
});

it("is not the stop sequence that was met, which servers of OpenAI's format write beside it", () => {
  for (const [finish_reason, reason] of [
    ["stop", "end_turn"],
    ["length", "max_tokens"],
  ] as const) {
    expect(nativeStopReason({ choices: [{ index: 0, finish_reason, stop_reason: "max_tokens" }] })).toBe(reason);
  }
});
