/**
 * A canned Bedrock on bare sockets: every answer is a ready buffer, so that it costs less than any gateway before it.
 * Usage: node bench/upstream.mjs [--port N]. Prints `listening PORT`; ends when its standard input closes.
 */
import { Buffer } from "node:buffer";
import net from "node:net";
import { answersByPath, unknownPath } from "./canned/answers.mjs";
import { TimingWheel } from "./canned/timing-wheel.mjs";
import { announce } from "./machine/child.mjs";

const answers = answersByPath();
const wheel = new TimingWheel(writeNext);

/** Writes a paced stream's next event; the stream is dropped once its socket is gone. */
function writeNext(stream) {
  const { socket, answer } = stream;
  if (socket.destroyed) return;
  if (stream.sent === answer.events) {
    socket.write(answer.last);
    return;
  }
  socket.write(answer.deltas[stream.sent % answer.deltas.length]);
  stream.sent += 1;
  wheel.add(stream, answer.intervalMs);
}

function reply(socket, answer) {
  if (answer === undefined) {
    socket.write(unknownPath);
  } else if (answer.whole !== undefined) {
    socket.write(answer.whole);
  } else {
    socket.write(answer.stream.first);
    if (answer.stream.intervalMs > 0) {
      wheel.add({ socket, answer: answer.stream, sent: 1 }, answer.stream.intervalMs);
    }
  }
}

const headEnd = Buffer.from("\r\n\r\n");
const lengthPattern = /\r\ncontent-length: *(\d+)/i;

/** Reads one request after the other; bodies are counted, not kept. */
class Connection {
  #socket;
  #partial;
  #answer;
  #bodyLeft = 0;

  constructor(socket) {
    this.#socket = socket;
  }

  read(bytes) {
    if (this.#bodyLeft > 0) {
      this.#bodyLeft -= bytes.length;
      if (this.#bodyLeft <= 0) reply(this.#socket, this.#answer);
      return;
    }
    const known = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
    const end = known.indexOf(headEnd);
    if (end < 0) {
      this.#partial = known;
      return;
    }
    this.#partial = undefined;
    const head = known.latin1Slice(0, end);
    const pathStart = head.indexOf(" ") + 1;
    this.#answer = answers.get(head.slice(pathStart, head.indexOf(" ", pathStart)));
    const length = Number(lengthPattern.exec(head)?.[1] ?? 0);
    this.#bodyLeft = length - (known.length - end - headEnd.length);
    if (this.#bodyLeft <= 0) reply(this.#socket, this.#answer);
  }
}

const server = net.createServer({ noDelay: true }, (socket) => {
  const connection = new Connection(socket);
  socket.on("data", (bytes) => connection.read(bytes));
  socket.on("error", () => socket.destroy());
});

announce(server, { backlog: 16_384 });
