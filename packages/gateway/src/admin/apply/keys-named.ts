/** Gateway keys by their names: ids are not known when a file is written. */
import type { GatewayKey } from "../../access/gateway-key.ts";
import type { Place } from "./apply-step.ts";

/** Keys of one name are looked for among these many. */
const compared = 1_000;

/**
 * The keys of this name by age: those of nobody, as a file makes them, and those of people. A person who names a key as one of the file's
 * changes nothing of what the file says of its own.
 */
export async function keysNamed(
  name: string,
  { parts, projectId }: Place,
): Promise<{ unowned: readonly GatewayKey[]; owned: readonly GatewayKey[] }> {
  const found = await parts.gatewayKeys.list(projectId, { limit: compared, search: name });
  const named = found.filter((key) => key.name === name);
  return {
    unowned: named.filter(({ ownerId }) => ownerId === undefined),
    owned: named.filter(({ ownerId }) => ownerId !== undefined),
  };
}
