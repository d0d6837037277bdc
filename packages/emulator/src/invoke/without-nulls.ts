/** A member of a body that is null is an absent one. What no schema names is the caller's own JSON and stays. */
import { isRecord } from "../validate/read-shape.ts";
import { narrowed } from "./schema-faults.ts";
import type { Schema } from "./schema.ts";

/** The same value without the null members that its schema names. */
export function withoutNullMembers(value: unknown, schema: Schema): unknown {
  const own = narrowed(value, schema);
  if (own !== undefined && own !== schema) return withoutNullMembers(value, own);
  if (own?.kind === "list" && Array.isArray(value)) return value.map((item) => withoutNullMembers(item, own.of));
  return own?.kind === "object" && isRecord(value) ? cleaned(value, own.members) : value;
}

function cleaned(value: Record<string, unknown>, members: Readonly<Record<string, Schema>>): object {
  const entries = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const schema = Object.hasOwn(members, name) ? members[name] : undefined;
    if (schema === undefined) return [[name, member]];
    return member === null ? [] : [[name, withoutNullMembers(member, schema)]];
  });
  return Object.fromEntries(entries);
}
