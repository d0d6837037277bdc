/** Which kinds of request may be made. */
import { z } from "zod";
import { kind, type CheckContext } from "../check.ts";

/** A list, or its text with commas, as Portkey takes both. */
const types = z
  .union([z.array(z.string()), z.string()])
  .transform((given) => listOf(given))
  .optional();

export const allowedRequestTypes = kind(
  z
    .strictObject({ allowedTypes: types, blockedTypes: types })
    .refine(({ allowedTypes = [], blockedTypes = [] }) => !allowedTypes.some((type) => blockedTypes.includes(type)), {
      message: "names a type as allowed and as blocked",
    }),
  ({ allowedTypes, blockedTypes }) => ({
    grasp: "whole",
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
