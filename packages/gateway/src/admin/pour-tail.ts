/** Calls as they end, as server-sent events, to whoever follows them. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import type { Reply } from "../http/routes/route.ts";
import { logView } from "../ledger/search/call-view.ts";
import type { TailBatch } from "../ledger/search/tail.ts";
import { steadyNow } from "../steady-now.ts";
import { betweenChecksMs } from "./still-allowed.ts";

export interface Tailing {
  batches: AsyncIterable<TailBatch>;
  /** Rejects with AditError where the caller may not follow any more. */
  check: () => Promise<void>;
  /** Milliseconds by a clock that nobody sets back: else a key that is revoked would go on following for as long. */
  now?: () => number;
}

/** Whoever reads too slowly is shown no more than the socket holds, and told of the gap: the rest is in the logs. */
export async function pourTail(
  reply: Pick<Reply, "openEvents">,
  { batches, check, now = steadyNow }: Tailing,
): Promise<void> {
  const events = reply.openEvents();
  // nginx and Apache pass no head on before the first bytes behind it: a follower would not know that it follows until the next call.
  events.write(": following\n\n");
  events.flush();
  let checkedAt = now();
  let isReady = true;
  let isBehind = false;
  events.onDrain(() => (isReady = true));
  for await (const { records, hasGap } of batches) {
    if (now() - checkedAt >= betweenChecksMs) {
      const refusal = await refusalOf(check());
      if (refusal !== undefined) {
        events.write(`event: error\ndata: ${JSON.stringify(openAiErrorBody(refusal, false))}\n\n`);
        break;
      }
      checkedAt = now();
    }
    if (!isReady) {
      isBehind ||= hasGap || records.length > 0;
      continue;
    }
    if (hasGap || isBehind) events.write("event: gap\ndata: {}\n\n");
    isBehind = false;
    for (const record of records)
      events.write(`event: log\nid: ${record.id}\ndata: ${JSON.stringify(logView(record))}\n\n`);
    isReady = events.flush();
  }
  events.end();
}

async function refusalOf(checking: Promise<void>): Promise<AditError | undefined> {
  try {
    await checking;
    return undefined;
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
}
