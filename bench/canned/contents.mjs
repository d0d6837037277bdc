/** What was said in calls, for searches to read through: of one question and answer each, compressed as the gateway keeps it. */
import { Buffer } from "node:buffer";
import { brotliCompressSync, constants } from "node:zlib";
import { below, pick } from "./calls.mjs";

import { defaultProjectId as projectId } from "../../packages/gateway/dist/store/migrations/people-and-projects.js";

const letters = "abcdefghijklmnopqrstuvwxyz";
const vocabulary = Array.from({ length: 4_000 }, () =>
  Array.from({ length: 2 + below(9) }, () => pick(letters)).join(""),
);
/** Each is the content of many calls: to read it is the same work as if it were one's own. */
const differentContents = 2_000;
const rowsAtOnce = 500;

/** Some hundred words in lines, a few of them quoted. */
function prose(words) {
  const line = () => Array.from({ length: 12 }, () => pick(vocabulary)).join(" ");
  return Array.from({ length: Math.ceil(words / 12) }, () => (below(8) === 0 ? `"${line()}"` : line())).join(",\n");
}

/** As of a chat completion that went by Converse: asked, sent, received, answered. */
function contentOfCall() {
  const [system, question, answer] = [prose(60), prose(60 + below(360)), prose(40 + below(200))];
  const usage = { inputTokens: 400, outputTokens: 200, totalTokens: 600 };
  const text = (value) => ({ text: JSON.stringify(value) });
  const messages = [
    { role: "system", content: system },
    { role: "user", content: question },
  ];
  return {
    form: 1,
    asked: text({ model: "us.amazon.nova-lite-v1:0", max_tokens: 800, messages }),
    exchanges: [
      {
        sent: text({ system: [{ text: system }], messages: [{ role: "user", content: [{ text: question }] }] }),
        received: text({ output: { message: { role: "assistant", content: [{ text: answer }] } }, usage }),
      },
    ],
    answered: text({ object: "chat.completion", choices: [{ message: { role: "assistant", content: answer } }] }),
  };
}

/** Keeps a content of each call that has none. @returns bytes of all contents, and compressed, of so many calls */
export async function fillContents(store) {
  const made = Array.from({ length: differentContents }, () => {
    const json = Buffer.from(JSON.stringify(contentOfCall()));
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 4,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    };
    return { bytes: json.length, content: brotliCompressSync(json, { params }) };
  });
  const ids = await store.read((db) =>
    db
      .selectFrom("calls")
      .select("calls.id")
      .where("calls.id", "not in", (select) => select.selectFrom("callContents").select("callId"))
      .execute(),
  );
  for (let index = 0; index < ids.length; index += rowsAtOnce) {
    const rows = ids.slice(index, index + rowsAtOnce).map(({ id }) => {
      const { content } = pick(made);
      return { callId: id, projectId, at: Date.now(), storedBytes: content.length, content };
    });
    await store.write(({ db }) => db.insertInto("callContents").values(rows).execute());
  }
  return {
    added: ids.length,
    bytesEach: made.reduce((sum, { bytes }) => sum + bytes, 0) / made.length,
    storedEach: made.reduce((sum, { content }) => sum + content.length, 0) / made.length,
  };
}
