import net from "node:net";
import { ReplyReader } from "./reply-reader.mjs";
import { WordCounter } from "./word-counter.mjs";

/**
 * One kept-alive connection with at most one request under way. The owner is told
 * `onText(connection, words, isFirst)` for text that arrived and `onDone(connection, error)` at each exchange's end; a lost connection is opened again at the next send.
 */
export class Connection {
  #job;
  #owner;
  #socket;
  #words;
  #reader;
  busy = false;
  /** Milliseconds of performance.now(): when the request was due, when its first text came (0: not yet). */
  dueAt = 0;
  firstAt = 0;

  constructor(job, owner) {
    this.#job = job;
    this.#owner = owner;
    this.#words = new WordCounter(job.countedWord);
  }

  send(dueAt) {
    this.busy = true;
    this.dueAt = dueAt;
    this.firstAt = 0;
    this.#words.reset();
    if (this.#socket === undefined) this.#open();
    this.#socket.write(this.#job.request);
  }

  /** Leaves without a goodbye, as a caller does who closes the page. */
  drop() {
    const socket = this.#socket;
    this.#socket = undefined;
    this.busy = false;
    socket?.destroy();
  }

  #open() {
    const socket = net.connect({ port: this.#job.port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    const reader = new ReplyReader(
      (bytes) => this.#readText(bytes),
      (status) => this.#end(status === this.#job.status ? this.#wrongCount() : `status ${status}`),
    );
    this.#reader = reader;
    socket.on("data", (bytes) => {
      if (this.#socket === socket) this.#reader.push(bytes);
    });
    socket.on("error", (error) => this.#lost(socket, error.message));
    socket.on("close", () => this.#lost(socket, "The connection was closed."));
  }

  #readText(bytes) {
    const before = this.#words.count;
    this.#words.push(bytes);
    const words = this.#words.count - before;
    if (words === 0) return;
    const isFirst = this.firstAt === 0;
    if (isFirst) this.firstAt = performance.now();
    this.#owner.onText(this, words, isFirst);
  }

  /** A reply without its text, or with some of it lost, is no success. */
  #wrongCount() {
    const { wordsPerReply } = this.#job;
    const right = wordsPerReply === undefined ? this.#words.count > 0 : this.#words.count === wordsPerReply;
    return right ? undefined : `${this.#words.count} pieces of text where ${wordsPerReply ?? "some"} were due`;
  }

  #lost(socket, reason) {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.destroy();
    if (this.busy) this.#end(reason);
  }

  #end(error) {
    this.busy = false;
    this.#owner.onDone(this, error);
  }
}
