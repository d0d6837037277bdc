/** Gateway keys by their names: ids are not known when a file is written. */
import type { GatewayKey } from "../../access/gateway-key.ts";
import { allNamed } from "./all-named.ts";
import type { Place } from "./apply-step.ts";

/**
 * The keys of this name by age: those of nobody, as a file makes them, and those of people. A person who names a key as one of the file's
 * changes nothing of what the file says of its own.
 */
export async function keysNamed(
  name: string,
  { parts, projectId }: Place,
): Promise<{ unowned: readonly GatewayKey[]; owned: readonly GatewayKey[] }> {
  const named = await allNamed(name, (page) => parts.gatewayKeys.list(projectId, page));
  return {
    unowned: named.filter(({ ownerId }) => ownerId === undefined),
    owned: named.filter(({ ownerId }) => ownerId !== undefined),
  };
}
