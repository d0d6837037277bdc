/** Calls as lines, poured at the pace of who reads. */
import { once } from "node:events";
import type { CancelSignal } from "@adit/bedrock";
import type { Reply } from "../http/routes/route.ts";
import type { CallRecord } from "../ledger/record/call-record.ts";

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
}

const writeCharacters = 64 * 1024;

export async function pourLines(reply: Reply, signal: CancelSignal, { calls, most, form }: Lines): Promise<void> {
  reply.header("content-disposition", `attachment; filename="${form.fileName}"`);
  const out = reply.openBytes(form.contentType);
  const pace = new EventTarget();
  const goOn = (): void => void pace.dispatchEvent(new Event("drain"));
  out.onDrain(goOn);
  signal.addEventListener("abort", goOn);
  const write = async (text: string): Promise<void> => {
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
