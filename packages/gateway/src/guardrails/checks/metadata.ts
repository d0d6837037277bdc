/** What a request's metadata must hold. */
import { z } from "zod";
import { compileFinder, type Finder } from "../../routing/conditions/pattern-finder.ts";
import { PatternTooSlow, type Patience } from "../../routing/conditions/pattern.ts";
import { PatternFault } from "../../routing/conditions/pattern-syntax.ts";
import { kind } from "../check.ts";
import { fits } from "./words.ts";

const operator = z.enum(["any", "all", "none"]).default("all");

export const requiredMetadataKeys = kind(
  z.strictObject({ metadataKeys: z.array(z.string().min(1)).min(1).max(100), operator }),
  ({ metadataKeys, operator: wanted }) => ({
    grasp: "whole",
    isTextless: true,
    judge: (_texts, { metadata }) => {
      const missing = metadataKeys.filter((key) => !Object.hasOwn(metadata, key));
      const found = metadataKeys.length - missing.length;
      return {
        verdict: fits(wanted, found, metadataKeys.length),
        data: {
          explanation: `${found} of ${metadataKeys.length} metadata keys were found; wanted: ${wanted}.`,
          missing_metadata_keys: missing,
        },
      };
    },
  }),
);

const matchTypes = ["exact", "contains", "containsAll", "regex"] as const;

/** For a pattern, and for all pairs together. Values are short, but for what the caller sends as its user: that may be as long as a body. */
const [mostSteps, mostOfAll] = [100_000, 500_000] as const;

type Holds = (value: string, patience: Patience) => boolean;

export const requiredMetadataPairs = kind(
  z
    .strictObject({
      metadataPairs: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).min(1)]))
        .refine((pairs) => Object.keys(pairs).length > 0, { message: "names no pair" }),
      operator,
      matchType: z.enum(matchTypes).default("exact"),
    })
    .transform(({ metadataPairs, operator: wanted, matchType }, context) => {
      try {
        const pairs = Object.entries(metadataPairs).map(([key, value]): [string, Holds] => [
          key,
          matcher(matchType, Array.isArray(value) ? value : [String(value)]),
        ]);
        return { pairs, wanted };
      } catch (error) {
        if (!(error instanceof PatternFault)) throw error;
        context.issues.push({ code: "custom", input: undefined, path: ["metadataPairs"], message: error.message });
        return z.NEVER;
      }
    }),
  ({ pairs, wanted }) => ({
    grasp: "whole",
    isTextless: true,
    judge: (_texts, { metadata }) => {
      try {
        const patience = { steps: mostOfAll };
        const found = pairs.filter(([key, holds]) => {
          const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
          return value !== undefined && holds(value, patience);
        }).length;
        return {
          verdict: fits(wanted, found, pairs.length),
          data: { explanation: `${found} of ${pairs.length} metadata pairs were found; wanted: ${wanted}.` },
        };
      } catch (error) {
        if (!(error instanceof PatternTooSlow)) throw error;
        // This fails the check, and is no error of it: an error would let a long value through.
        return {
          verdict: false,
          data: { explanation: "A value is too long for its pattern: it was not let through." },
        };
      }
    },
  }),
);

function matcher(type: (typeof matchTypes)[number], wanted: readonly string[]): Holds {
  switch (type) {
    case "exact":
      return (value) => wanted.includes(value);
    case "contains":
      return (value) => wanted.some((text) => value.includes(text));
    case "containsAll":
      return (value) => wanted.every((text) => value.includes(text));
    case "regex": {
      const finders = wanted.map((source): Finder => compileFinder(source));
      return (value, patience) =>
        finders.some((find) => {
          const left = patience.steps - mostSteps;
          const own = { steps: Math.min(mostSteps, patience.steps) };
          const isFound = find(value, 0, own) !== undefined;
          patience.steps = own.steps + Math.max(0, left);
          return isFound;
        });
    }
  }
}
