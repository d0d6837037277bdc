/** Signing in and out, and one's own password. */
import { z } from "zod";
import { role } from "./people.ts";
import { exampleMoment, moment, named } from "./schema.ts";

const password = z.string().max(1_024).meta({ writeOnly: true });

export const signIn = named("SignIn", z.strictObject({ email: z.string().max(254), password }), {
  email: "ada@example.com",
  password: "...",
});

export const passwordChange = named("PasswordChange", z.strictObject({ password, new_password: password }), {
  password: "...",
  new_password: "...",
});

/** Which members there are goes by who asks. */
export const session = named(
  "Session",
  z.strictObject({
    object: z.literal("session"),
    kind: z.enum(["admin_key", "gateway_key", "person"]),
    person: z
      .strictObject({
        id: z.string(),
        email: z.string(),
        name: z.string(),
        role,
        projects: z.record(z.string(), role).optional().describe("Roles by the projects' ids."),
      })
      .optional(),
    key: z
      .strictObject({ id: z.string(), name: z.string(), project_id: z.string(), scopes: z.array(z.string()) })
      .optional(),
    expires_at: moment.optional(),
    csrf_token: z.string().optional().describe("Goes into x-adit-csrf-token with each change."),
  }),
  {
    object: "session",
    kind: "person",
    person: { id: "psn_01890a5d-ac96-774b-bcce-b302099a8057", email: "ada@example.com", name: "Ada", role: "admin" },
    expires_at: exampleMoment,
    csrf_token: "...",
  },
);
