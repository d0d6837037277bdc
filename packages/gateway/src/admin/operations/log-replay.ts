/** `POST /v1/logs/{log}/replay`: any logged request again, edited or not. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { GatewayKeys } from "../../access/gateway-keys.ts";
import { callScope, hasScope, type CallerPrincipal } from "../../access/principal.ts";
import { refusesKeeping } from "../../http/request/refuses-keeping.ts";
import type { CallRecord } from "../../ledger/record/call-record.ts";
import { replay, type ReplayTools } from "../../ledger/replay/replay.ts";
import { callingModels, operation, type Call, type CallTools } from "../operation.ts";
import { gatewayRole } from "../rights.ts";
import { logReplay, logReplayed } from "../schemas/logs.ts";
import { contentOf, recordOf, type LogTools } from "./logs.ts";

export interface LogReplayTools extends CallTools, Pick<LogTools, "drain"> {
  replay: ReplayTools;
}

export function logReplayOperations(tools: LogReplayTools) {
  return [
    operation({
      id: "replayLog",
      method: "POST",
      path: "/v1/logs/{log}/replay",
      tag: "logs",
      summary: "Ask a logged request again, as it was or edited. It is a call: it counts against limits, and costs.",
      // It shows what had been asked and answered, as the log does.
      need: { alsoScope: "logs.read", ...callingModels },
      body: logReplay,
      answer: logReplayed,
      // A call of a model is no change that could be undone, and holds no transaction.
      changes: false,
      run: async (call) => {
        const { body, incoming } = call;
        tools.checkRoom();
        const record = await recordOf(call, tools);
        const principal = await callerOf(call, record);
        const content = await contentOf(call, record, tools);
        // They were read as JSON.
        const members = (body.body ?? {}) as JsonObject;
        const edits = {
          body: body.model === undefined ? members : { ...members, model: body.model },
          path: body.path,
          virtualKey: body.virtual_key,
          config: body.config as string | JsonObject | undefined,
        };
        const isUnkept = refusesKeeping(incoming.headers);
        const asked = { record, content, edits, principal, isUnkept, signal: incoming.signal };
        const { original, ...replayed } = await replay(asked, tools.replay);
        return {
          body: {
            object: "log-replay",
            ...replayed,
            original: { id: record.id, status: original.status, response: original.response ?? null },
            difference: replayed.difference.map(({ path, before, after }) => ({
              path,
              before: before ?? null,
              after: after ?? null,
            })),
          },
        };
      },
    }),
  ];
}

/**
 * Keys call for themselves, within the project of the call that is asked again: what is kept of it stays there. A person calls no
 * models: the key that had called calls again, with its limits and rights.
 */
async function callerOf(
  { principal, parts }: Pick<Call<unknown, unknown>, "principal" | "parts">,
  record: CallRecord,
): Promise<CallerPrincipal> {
  const { projectId } = record;
  if (principal.kind === "gateway_key") return principal;
  if (principal.kind === "admin_key") return { ...principal, projectId };
  const isGatewayKey = (value: string): boolean => GatewayKeys.isKey(value);
  if (record.keyId === undefined) {
    if (gatewayRole(principal) === "admin") return { kind: "admin_key", isGatewayKey, projectId };
    throw new AditError("forbidden", "The admin key had made this call: an admin of the gateway may ask it again.", {
      remedy: "Ask an admin, or replay with a gateway key.",
    });
  }
  const key = await parts.gatewayKeys.get(record.keyId);
  // It may have lost the right since, and whoever brings logs of elsewhere need never have had it.
  const mayCall = hasScope(key, callScope);
  const fault = (await parts.gatewayKeys.faultOf(key.id)) ?? (mayCall ? undefined : `lacks the scope ${callScope}`);
  if (fault !== undefined) {
    throw new AditError("forbidden", `The gateway key that had made this call ${fault}.`, {
      remedy: "Replay with a gateway key.",
    });
  }
  // It calls, and changes nothing: what its owner may change is not asked.
  return { kind: "gateway_key", key: { owner: undefined, ...key }, signedRegion: undefined, isGatewayKey };
}
