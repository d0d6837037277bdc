import { Badge, countOf } from "../../controls/show.tsx";
import type { CredentialUse } from "./credential-use.ts";

/** How it went of late, in few words. Undefined: no call was signed by it. */
export function UseBadge({ use }: { use: CredentialUse | undefined }) {
  if (use === undefined || use.calls === 0) return <Badge kind="off">no call</Badge>;
  const { calls, failed } = use;
  const words = `${countOf(calls)} ${calls === 1 ? "call" : "calls"}`;
  if (failed === 0) return <Badge kind="good">{words}</Badge>;
  return <Badge kind={failed === calls ? "bad" : "waiting"}>{`${words}, ${countOf(failed)} failed`}</Badge>;
}
