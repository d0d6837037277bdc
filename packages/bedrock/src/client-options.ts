import type { BedrockClientOptions } from "./client-calls.ts";
import {
  aClock,
  aFunction,
  anObject,
  aSignal,
  aSource,
  aString,
  aTransport,
  needMembers,
  yesOrNo,
  type KnownOptions,
  type OptionForm,
} from "./known-options.ts";

/** What a client may be made with. */
export const clientOptions: KnownOptions<keyof BedrockClientOptions> = {
  environment: anObject,
  clock: aClock,
  transport: aTransport,
  autoProfile: yesOrNo,
  random: aFunction,
};

const aTap: OptionForm = {
  words: "an ExchangeTap, with sent and received",
  fits: (value) => ["sent", "received"].every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
};

const aBody: OptionForm = {
  words: "an object, bytes, or a text",
  fits: (value) => typeof value === "string" || (typeof value === "object" && !Array.isArray(value)),
};

const ofEveryCall: ReadonlyMap<string, OptionForm> = new Map([
  ["region", aString],
  ["credentials", aSource],
  ["baseUrl", aString],
  ["signal", aSignal],
  ["limits", anObject],
  ["retry", anObject],
  ["headers", anObject],
  ["onAttempt", aFunction],
  ["tap", aTap],
  ["action", aString],
  ["path", aString],
  ["id", aString],
  ["body", aBody],
]);

const ofModelCalls: ReadonlyMap<string, OptionForm> = new Map([
  ...ofEveryCall,
  ["model", aString],
  ["autoProfile", yesOrNo],
]);

/** Throws AditError `invalid_request` for a call that no types have looked at, and that lacks something or holds something else. */
export function needCall(call: unknown, method: string, ...needed: string[]): void {
  needMembers(call, ofEveryCall, ["region", "credentials", ...needed], `BedrockClient.${method}`);
}

/** The same for a call of a model. */
export function needModelCall(call: unknown, method: string, ...needed: string[]): void {
  const taker = `BedrockClient.${method}`;
  needMembers(call, ofModelCalls, ["region", "credentials", "model", "body", ...needed], taker);
}
