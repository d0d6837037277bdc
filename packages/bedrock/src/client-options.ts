import type { BedrockClientOptions } from "./client-calls.ts";
import { aFunction, anObject, needKnownOptions, yesOrNo, type KnownOptions } from "./known-options.ts";

const known: KnownOptions<keyof BedrockClientOptions> = {
  environment: anObject,
  clock: anObject,
  transport: anObject,
  autoProfile: yesOrNo,
  random: aFunction,
};

/** Throws AditError `invalid_request` for what a client cannot be made with. */
export function checkClientOptions(options: BedrockClientOptions): void {
  needKnownOptions(options, known, "new BedrockClient");
}
