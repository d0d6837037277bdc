/** A gateway key as the door needs it: with the networks that it may be used from, and what its owner is now. */
import { AditError } from "@adit/bedrock";
import type { Database } from "../store/store.ts";
import type { Role, Row } from "../store/tables/tables.ts";
import { AddressList } from "../http/request/address-list.ts";
import { gatewayKeyFromRow } from "./gateway-key-row.ts";
import type { AdmittedKey } from "./gateway-key.ts";
import type { Roles } from "./roles.ts";

export interface Admittable {
  key: AdmittedKey;
  addresses: AddressList | undefined;
  /** Why the key does not count, whatever else is said of it: its owner's own right is gone. */
  ownerFault: string | undefined;
}

interface OwnerColumns {
  ownerDisabled: number | null;
  ownerRole: Role | null;
  ownerRoleHere: Role | null;
}

const ownerColumns = [
  "people.disabled as ownerDisabled",
  "people.role as ownerRole",
  "projectMembers.role as ownerRoleHere",
] as const;

/** Each with what its owner is in the gateway and in the key's project. */
export function keysWithOwners(db: Database) {
  return db
    .selectFrom("gatewayKeys")
    .leftJoin("people", "people.id", "gatewayKeys.ownerId")
    .leftJoin("projectMembers", (join) =>
      join
        .onRef("projectMembers.personId", "=", "gatewayKeys.ownerId")
        .onRef("projectMembers.projectId", "=", "gatewayKeys.projectId"),
    )
    .selectAll("gatewayKeys")
    .select(ownerColumns);
}

export function admittable(row: Row<"gatewayKeys"> & OwnerColumns): Admittable {
  const key = gatewayKeyFromRow(row);
  const addresses = key.allowedAddresses === undefined ? undefined : new AddressList(key.allowedAddresses);
  const ownerFault = key.ownerId === undefined ? undefined : faultOf(row);
  return { key: { owner: rolesOf(row), ...key }, addresses, ownerFault };
}

function rolesOf({ projectId, ownerRole, ownerRoleHere }: { projectId: string } & OwnerColumns): Roles | undefined {
  if (ownerRole === null) return undefined;
  return { role: ownerRole, projects: ownerRoleHere === null ? {} : { [projectId]: ownerRoleHere } };
}

/** Whoever is switched off or taken out of the project calls by no key either. An admin of the gateway is in every project. */
function faultOf({ ownerDisabled, ownerRole, ownerRoleHere }: OwnerColumns): string | undefined {
  if (ownerDisabled !== 0) return "belongs to a person who is switched off";
  const isHere = ownerRole === "admin" || ownerRoleHere !== null;
  return isHere ? undefined : "belongs to a person who is not in its project";
}

/** @throws AditError `invalid_request` for a person whose key would not count. Who is not there at all is found where the key is written. */
export async function checkOwner(db: Database, projectId: string, ownerId: string): Promise<void> {
  const person = await db
    .selectFrom("people")
    .leftJoin("projectMembers", (join) =>
      join.onRef("projectMembers.personId", "=", "people.id").on("projectMembers.projectId", "=", projectId),
    )
    .select(ownerColumns)
    .where("people.id", "=", ownerId)
    .executeTakeFirst();
  const fault = person && faultOf(person);
  if (fault === undefined) return;
  throw new AditError("invalid_request", `The key would not count: it ${fault}.`, {
    param: "user_id",
    remedy: "Give the person a role in the project first, or make a key of the kind service.",
  });
}
