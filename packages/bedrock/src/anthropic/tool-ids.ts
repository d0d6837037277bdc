import { hashedName } from "../hashed-name.ts";

/** What Claude's own format takes, at any length: "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'". */
const fitting = /^[a-zA-Z0-9_-]+$/;

/** The id of a call as Claude's own format takes it: that of another model may have dots and colons (recorded with Kimi: `functions.f:0`). */
export function claudeToolId(id: string): string {
  return fitting.test(id) ? id : hashedName(id);
}
