/** The master key, by name: never the key. */
import { z } from "zod";
import { exampleMoment, moment, named } from "./schema.ts";

export const vaultState = named(
  "Vault",
  z.strictObject({
    object: z.literal("vault"),
    keys_from: z
      .enum(["environment", "file"])
      .describe("Where this gateway's master key is: ADIT_MASTER_KEY, or the data folder."),
    master_keys: z
      .array(
        z.strictObject({
          id: z.string(),
          state: z.enum(["current", "retiring"]),
          created_at: moment,
          sealed_records: z.int().describe("Secrets whose data keys it has wrapped."),
        }),
      )
      .describe("Two of them while a rotation is not done."),
  }),
  {
    object: "vault",
    keys_from: "file",
    master_keys: [{ id: "mk_4f1c", state: "current", created_at: exampleMoment, sealed_records: 12 }],
  },
);

export const vaultRotated = named(
  "VaultRotated",
  z.strictObject({
    object: z.literal("vault.rotation"),
    from: z.string(),
    to: z.string(),
    rewrapped: z.int().describe("Data keys that were wrapped anew in this run."),
  }),
  { object: "vault.rotation", from: "mk_4f1c", to: "mk_9b02", rewrapped: 12 },
);
