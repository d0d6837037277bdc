/** `/v1/vault`: the master key's state, and its rotation while the gateway runs. */
import { recordRotation } from "../../vault/rotation.ts";
import { administering, operation } from "../operation.ts";
import { momentOf } from "../schemas/schema.ts";
import { vaultRotated, vaultState } from "../schemas/vault.ts";

const tag = "vault";
const need = administering("vault", "gateway");

export function vaultOperations() {
  return [
    operation({
      id: "getVault",
      method: "GET",
      path: "/v1/vault",
      tag,
      summary: "Which master key seals, by name, and how many secrets are under it.",
      need,
      answer: vaultState,
      run: async ({ parts }) => {
        const { keysFrom, masterKeys } = await parts.vault.state();
        const master_keys = masterKeys.map(({ id, state, createdAt, sealedRecords }) => ({
          id,
          state,
          created_at: momentOf(createdAt),
          sealed_records: sealedRecords,
        }));
        return { body: { object: "vault", keys_from: keysFrom, master_keys } };
      },
    }),
    operation({
      id: "rotateMasterKey",
      method: "POST",
      path: "/v1/vault/rotate",
      tag,
      summary:
        "Wrap every secret's data key anew under the next master key. It may be asked for again where it was broken off.",
      need,
      answer: vaultRotated,
      // In transactions of its own, a batch each: it may take long, and goes on where it was broken off.
      changes: false,
      isDoneOnce: true,
      run: async ({ parts, actor, noteDone }) => {
        const { store, vault } = parts;
        const report = await vault.rotate();
        const answer = { object: "vault.rotation", ...report };
        await recordRotation(store, report, actor);
        // Apart: two that came at once have both been done, and are both in the audit log.
        await store.write((writing) => noteDone(writing, answer));
        return { body: answer };
      },
    }),
  ];
}
