import { describe, expect, it } from "vitest";
import { newState } from "../generate/testing/shared-state.ts";
import { keyPaths } from "../invoke/testing/key-paths.ts";
import { recordingsOf, type RecordedCall } from "../validate/testing/recorded-calls.ts";
import { answerCompatible } from "./compatible.ts";
import { compatibleRoute } from "./routes.ts";

const calls = recordingsOf("MantleChatCompletions", "MantleListModels", "MantleResponses");

function arrived({ request, operation }: RecordedCall) {
  const body = Buffer.from(request.body === undefined || request.body === null ? "" : JSON.stringify(request.body));
  const method = operation === "MantleListModels" ? "GET" : "POST";
  return { method, path: request.path ?? "", query: "", headers: request.headers ?? {}, body, tooLarge: false };
}

function answerTo(call: RecordedCall) {
  const request = arrived(call);
  const route = compatibleRoute(request);
  if (route === undefined) throw new Error(`no route for ${request.path}`);
  return answerCompatible(route, { request, region: "us-east-1", account: "123456789012" }, newState());
}

/** Bodies of a recorded or an emulated answer: one, or the events of a stream. */
function recordedBodies({ response }: RecordedCall): object[] {
  return response.events?.map(({ payload }) => payload) ?? [response.body_json ?? {}];
}

function emulatedBodies(call: RecordedCall): object[] {
  const { parts, isStream } = answerTo(call);
  return parts.map((part) => JSON.parse(isStream ? part.toString().replace(/^data: /, "") : part.toString()) as object);
}

function paths(bodies: readonly object[]): Set<string> {
  return new Set(
    bodies.flatMap((body) =>
      keyPaths(body, isFree).map((path) => `${"type" in body ? String(body.type) : ""} ${path}`),
    ),
  );
}

/** What the model chose to say, and what the caller's tools are like. */
function isFree(path: string): boolean {
  return /tools\[function\]\.parameters|^metadata\./.test(path);
}

/** Which items the model writes is its own choice. */
function isOfOutput(path: string): boolean {
  return /output\[/.test(path);
}

describe("the compatible endpoints against recorded traffic", () => {
  it.each(calls.map((call) => [call.id, call] as const))("answers %s in the recorded shape", (_id, call) => {
    expect(answerTo(call).status).toBe(200);
    const alike = calls.filter((each) => each.operation === call.operation && isClosed(each) === isClosed(call));
    const sameKind = alike.filter(
      (each) => (each.response.events === undefined) === (call.response.events === undefined),
    );
    const known = new Set(sameKind.flatMap((each) => [...paths(recordedBodies(each))]));
    const emulated = paths(emulatedBodies(call));
    expect([...emulated].filter((path) => !known.has(path))).toEqual([]);
    const recorded = [...paths(recordedBodies(call))].filter((path) => !isOfOutput(path));
    expect(recorded.filter((path) => !emulated.has(path))).toEqual([]);
  });

  it.each(calls.filter(({ response }) => response.events !== undefined).map((call) => [call.id, call] as const))(
    "streams %s in the recorded order",
    (_id, call) => {
      const kinds = (bodies: object[]) =>
        bodies.map((body) => ("type" in body ? String(body.type) : "")).filter((kind, at, all) => kind !== all[at - 1]);
      const emulated = emulatedBodies(call);
      expect(kinds(emulated)).toEqual(kinds(recordedBodies(call)));
      expect(emulated.map((event) => (event as { sequence_number: number }).sequence_number)).toEqual(
        emulated.map((_event, index) => index),
      );
    },
  );
});

function isClosed({ model_id: id }: RecordedCall): boolean {
  return id.startsWith("openai.gpt-5");
}
