/** Calls as lines, poured at the pace of who reads. */
import { once } from "node:events";
import type { CancelSignal } from "@adit/bedrock";
import type { Reply } from "../http/routes/route.ts";
import type { CallRecord } from "../ledger/record/call-record.ts";
import { steadyNow } from "../steady-now.ts";
import { betweenChecksMs } from "./still-allowed.ts";

export interface LineForm {
  contentType: string;
  fileName: string;
  head: string;
  line: (record: CallRecord) => string | Promise<string>;
}

export interface Lines {
  /** Ends soon after the reader has left. */
  calls: AsyncIterable<CallRecord>;
  most: number;
  form: LineForm;
  /** Rejects with AditError where the caller may not read on. Absent for who needs no right. */
  check?: () => Promise<void>;
  /** Milliseconds by a clock that nobody sets back. */
  now?: () => number;
}

const writeCharacters = 64 * 1024;

/** Who reads slowly reads for long: whoever has lost the right meanwhile has the connection broken off, which is no end of a file. */
export async function pourLines(
  reply: Pick<Reply, "header" | "openBytes">,
  signal: CancelSignal,
  { calls, most, form, check, now = steadyNow }: Lines,
): Promise<void> {
  reply.header("content-disposition", `attachment; filename="${form.fileName}"`);
  const out = reply.openBytes(form.contentType);
  const pace = new EventTarget();
  const goOn = (): void => void pace.dispatchEvent(new Event("drain"));
  out.onDrain(goOn);
  signal.addEventListener("abort", goOn);
  let checkedAt = now();
  const write = async (text: string): Promise<void> => {
    if (check !== undefined && now() - checkedAt >= betweenChecksMs) {
      await check();
      checkedAt = now();
    }
    out.write(Buffer.from(text));
    if (!out.flush() && !signal.aborted) await once(pace, "drain");
  };
  let count = 0;
  let pending = form.head;
  for await (const record of calls) {
    if (count >= most || signal.aborted) break;
    count += 1;
    pending += await form.line(record);
    if (pending.length < writeCharacters) continue;
    await write(pending);
    pending = "";
  }
  if (pending !== "") await write(pending);
  out.end();
}
