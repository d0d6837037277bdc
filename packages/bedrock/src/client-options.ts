import type { BedrockClientOptions } from "./client-calls.ts";
import { aFunction, anObject, yesOrNo, type KnownOptions } from "./known-options.ts";

/** What a client may be made with. */
export const clientOptions: KnownOptions<keyof BedrockClientOptions> = {
  environment: anObject,
  clock: anObject,
  transport: anObject,
  autoProfile: yesOrNo,
  random: aFunction,
};
