/** C10: a secret in every place that takes one, at every door: found in nothing that comes out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { House } from "../support/house.ts";
import { wholeText } from "./canaries.ts";
import {
  adminKey,
  bad,
  expectNoneShown,
  expectSilence,
  expectSilentLog,
  good,
  openCanaryHouse,
  withoutRetries,
  type Ask,
} from "./canary-places.ts";
import { doors, type Door } from "./doors.ts";

let house: House;
beforeAll(async () => {
  house = await openCanaryHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  expectSilentLog(house);
  await house.close();
});

/** Places that the door takes: Bedrock's own body holds none, and no place of a chat's conversation is another's. */
function placesAt<Place extends readonly [string, Ask]>(door: Door, places: readonly Place[]): Place[] {
  return places.filter(([, { body }]) => body === undefined || (!door.isNative && !("messages" in body)));
}

/** Whole, and streamed where the door streams. */
async function sendBoth(
  door: Door,
  { body, headers }: Ask,
  { others = {}, before }: { others?: Record<string, string>; before?: () => void } = {},
): Promise<string[]> {
  const key = headers?.["authorization"] === undefined ? { authorization: `Bearer ${adminKey}` } : {};
  const answers: string[] = [];
  for (const { path, more } of [{ path: door.path, more: {} }, ...(door.stream === undefined ? [] : [door.stream])]) {
    const asked = { ...door.body("hello"), ...body, ...more };
    before?.();
    answers.push(await wholeText(await house.post(path, asked, { ...key, ...headers, ...others })));
  }
  return answers;
}

describe.each(doors)("$name", (door) => {
  test.each(placesAt(door, good))("with %s, on success", async (_name, place) => {
    const answers = await sendBoth(door, place);
    for (const answer of answers) expect(answer).toMatch(/^200/);
    expectSilence(house, answers);
    for (const call of house.emulator.requests) expect(call.verdict).toMatch(/ ok$/);
  });

  test.each(placesAt(door, good))("with %s, refused in words that repeat what was sent", async (_name, place) => {
    // A role is assumed first, so that the refusal meets the call itself.
    await sendBoth(door, place);
    const { headers } = house.emulator.requests.findLast(({ operation }) => operation !== "AssumeRole")!;
    const sent = headers["x-amz-security-token"] ?? headers["authorization"]!.replace(/^Bearer /, "");
    const answers: string[] = [];
    for (const type of ["UnrecognizedClientException", "ValidationException"]) {
      const before = (): void => {
        house.emulator.faultNext({ kind: "refuse", type, message: `The request held ${sent}` });
      };
      answers.push(...(await sendBoth(door, place, { others: withoutRetries(place), before })));
    }
    for (const answer of answers) expect(answer).toMatch(/^4[\s\S]*The request held/);
    expectSilence(house, answers);
  });

  test.each(placesAt(door, bad))("with %s, which is wrong", async (_name, place) => {
    const answers = await sendBoth(door, place, { others: withoutRetries(place) });
    for (const answer of answers) expect(answer).toMatch(/^4/);
    expectNoneShown(house, answers);
  });
});
