/** Content of calls for tests, as the gateway keeps it. */
import { brotliCompressSync, constants } from "node:zlib";
import type { Store } from "../../store/store.ts";
import type { KeptContent } from "../content/call-content.ts";
import type { CallRecord } from "../record/call-record.ts";

export interface Said {
  record: CallRecord;
  /** The request as it came. */
  asked: string;
}

const rowsAtOnce = 200;

export async function keepContents(store: Pick<Store, "write">, said: readonly Said[]): Promise<void> {
  const rows = said.map(({ record: { id, projectId, at }, asked }) => {
    const kept: KeptContent = {
      form: 1,
      asked: { text: asked },
      exchanges: [],
      answered: undefined,
      answeredEvents: undefined,
    };
    const content = brotliCompressSync(JSON.stringify(kept), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    return { callId: id, projectId, at, storedBytes: content.length, content };
  });
  for (let index = 0; index < rows.length; index += rowsAtOnce) {
    const some = rows.slice(index, index + rowsAtOnce);
    await store.write(({ db }) => db.insertInto("callContents").values(some).execute());
  }
}
