/** `adit person EMAIL`: the way in for the first person, and for one who has forgotten the password. */
import { randomBytes } from "node:crypto";
import { AditError, Secret, type Environment } from "@adit/bedrock";
import { People } from "../access/people.ts";
import type { Role } from "../store/tables/tables.ts";
import { Misuse } from "./misuse.ts";
import { withStore } from "./store.ts";

const roles: readonly Role[] = ["admin", "member", "viewer"];

export interface PersonOptions {
  name: string | undefined;
  role: string | undefined;
}

/** Adds the person, or gives the one who is there a new password. The password is shown once. */
export async function runPerson(email: string, options: PersonOptions, variables: Environment): Promise<number> {
  const role = roleNamed(options.role ?? "member");
  const password = randomBytes(18).toString("base64url");
  const actor = { kind: "command" as const };
  return withStore(variables, async (store) => {
    const people = new People(store);
    const known = await people.byEmail(email);
    if (known === undefined) {
      const input = { email, name: options.name ?? email, role, password: new Secret(password) };
      const made = await people.create(input, actor);
      process.stderr.write(`Added ${made.email} as ${made.role}. The password, shown once:\n`);
    } else {
      if (options.role !== undefined || options.name !== undefined) throw isThere(known.email);
      await people.setPassword(known.id, new Secret(password), actor);
      process.stderr.write(`${known.email} has a new password, and is signed out everywhere. Shown once:\n`);
      if (known.disabled)
        process.stderr.write(`${known.email} is switched off, and signs in once an admin has changed that.\n`);
    }
    process.stdout.write(`${password}\n`);
    return 0;
  });
}

function roleNamed(text: string): Role {
  const role = roles.find((one) => one === text);
  if (role !== undefined) return role;
  throw new Misuse(`--role must be one of ${roles.join(", ")}.`);
}

function isThere(email: string): AditError {
  return new AditError("already_exists", `${email} is there already.`, {
    remedy: "Leave --role and --name out to set a new password.",
  });
}
