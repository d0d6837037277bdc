/** Which kinds of request may be made. */
import { didYouMean } from "@adit/bedrock/gateway";
import { z } from "zod";
import { kind, type CheckContext, type RequestType } from "../check.ts";

const served: Readonly<Record<RequestType, true>> = {
  chatComplete: true,
  complete: true,
  embed: true,
  messages: true,
  createModelResponse: true,
  converse: true,
  invoke: true,
};
/** Portkey's names for what is not asked here, or not under its guardrails. */
const elsewhere = (
  "rerank moderate proxy realtime stream-complete stream-chatComplete stream-messages messagesCountTokens " +
  "imageGenerate imageEdit createSpeech createTranscription createTranslation " +
  "uploadFile listFiles retrieveFile deleteFile retrieveFileContent " +
  "createBatch retrieveBatch cancelBatch listBatches getBatchOutput " +
  "listFinetunes createFinetune retrieveFinetune cancelFinetune " +
  "getModelResponse deleteModelResponse listResponseInputItems"
).split(" ");
const known: ReadonlySet<string> = new Set([...Object.keys(served), ...elsewhere]);

/** A list, or its text with commas, as Portkey takes both. A name that is none would block nothing. */
const types = z
  .union([z.array(z.string()), z.string()])
  .transform((given) => listOf(given))
  .superRefine((given, context) => {
    const other = given.find((type) => !known.has(type));
    if (other === undefined) return;
    const words = `names ${JSON.stringify(other.slice(0, 64))}, which is no type of request.`;
    context.addIssue({ code: "custom", message: `${words}${didYouMean(other, Object.keys(served))}` });
  })
  .optional();

export const allowedRequestTypes = kind(
  z
    .strictObject({ allowedTypes: types, blockedTypes: types })
    .refine(({ allowedTypes = [], blockedTypes = [] }) => !allowedTypes.some((type) => blockedTypes.includes(type)), {
      message: "names a type as allowed and as blocked",
    }),
  ({ allowedTypes, blockedTypes }) => ({
    grasp: "whole",
    isTextless: true,
    judge: (_texts, { requestType, metadata }) => {
      // Without a list of its own the check goes by the request's metadata.
      const allowed = allowedTypes ?? inMetadata(metadata, "supported_endpoints");
      const blocked = blockedTypes ?? inMetadata(metadata, "blocked_endpoints");
      const verdict = !blocked.includes(requestType) && (allowed.length === 0 || allowed.includes(requestType));
      return {
        verdict,
        data: { explanation: `Requests of the type ${requestType} are ${verdict ? "" : "not "}allowed.` },
      };
    },
  }),
);

function inMetadata(metadata: CheckContext["metadata"], name: string): string[] {
  return Object.hasOwn(metadata, name) ? listOf(metadata[name] ?? "") : [];
}

function listOf(given: string | readonly string[]): string[] {
  const entries = typeof given === "string" ? given.split(",") : given;
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== "");
}
