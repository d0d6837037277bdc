import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { rejectionOf } from "../../auth/testing/refusal.ts";
import { systemClock } from "../../clock.ts";
import { Secret } from "../../secret.ts";
import { CompatibleEndpoint, type CompatibleStream } from "../compatible-endpoint/compatible-endpoint.ts";
import { exchangeStream, type StreamReply } from "./stream-reply.ts";
import { eventFrame, plainStream } from "../testing/frames.ts";
import { TestUpstream } from "../testing/upstream.ts";
import { streamLimits } from "../transport/time-limits.ts";
import { Transport } from "../transport/transport.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function serve(answer: (response: ServerResponse) => void): Promise<{ url: string; transport: Transport }> {
  const upstream = await TestUpstream.start((response) => answer(response));
  closers.push(() => upstream.close());
  const transport = new Transport();
  closers.push(() => transport.close());
  return { url: upstream.url, transport };
}

async function bedrockStream(answer: (response: ServerResponse) => void): Promise<StreamReply> {
  const { url, transport } = await serve((response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    answer(response);
  });
  const call = { method: "POST", origin: url, path: "/", headers: {}, body: "{}", limits: streamLimits };
  const { result } = await exchangeStream(transport, call);
  if (result.reply === undefined) throw result.error;
  return result.reply;
}

async function openAiStream(answer: (response: ServerResponse) => void): Promise<CompatibleStream> {
  const { url, transport } = await serve((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    answer(response);
  });
  const endpoint = new CompatibleEndpoint({ transport, clock: systemClock });
  return endpoint.stream({ baseUrl: url, apiKey: new Secret("sk-x"), body: "{}" });
}

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
const done = "data: [DONE]\n\n";

/** Frames as HTTP chunks of their own that come in few reads of the network: the socket is corked meanwhile. */
function inOneRead(response: ServerResponse, pieces: readonly (Uint8Array | string)[]): void {
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.uncork();
}

describe("the end of a read", () => {
  const count = 50;

  it("comes once for many frames of Bedrock's stream, and the last before the stream's end", async () => {
    const whole = plainStream(...Array.from({ length: count }, () => "x"));
    const stream = await bedrockStream((response) => {
      response.write(eventFrame("messageStart", { role: "assistant" }));
      setTimeout(() => {
        inOneRead(response, framesOf(whole).slice(1));
        response.end();
      }, 30);
    });
    const seen: string[] = [];
    await stream.pump({
      onTextDelta: () => void seen.push("text"),
      onEvent: (event) => void seen.push(event.type),
      onReadEnd: () => void seen.push("end"),
    });
    expect(seen.filter((what) => what === "text")).toHaveLength(count);
    expect(seen.filter((what) => what === "end").length).toBeLessThan(count / 4);
    expect(seen.at(-1)).toBe("end");
  });

  it("gives many chunks of an OpenAI target in one piece, and every byte before the stream's end", async () => {
    const pieces = Array.from({ length: count }, (_, index) => chunk(String(index)));
    const stream = await openAiStream((response) => {
      response.write(chunk("first"));
      setTimeout(() => {
        inOneRead(response, [...pieces, done]);
        response.end();
      }, 30);
    });
    const given: string[] = [];
    await stream.pump({ onBytes: (bytes) => void given.push(bytes.toString("utf8")) });
    expect(given.join("")).toBe([chunk("first"), ...pieces, done].join(""));
    expect(given.length).toBeLessThan(count / 4);
  });

  it("gives what came before a fault before the fault", async () => {
    const stream = await openAiStream((response) => {
      response.write(chunk("first"));
      setTimeout(() => inOneRead(response, [chunk("second"), "data: no JSON\n\n"]), 30);
    });
    let text = "";
    const pumping = stream.pump({ onBytes: (bytes) => void (text += bytes.toString("utf8")) });
    expect(await rejectionOf(pumping)).toMatchObject({ code: "corrupt_stream" });
    expect(text).toBe(chunk("first") + chunk("second"));
  });
});

describe("a receiver that fails", () => {
  const fails = (): never => {
    throw new Error("full disk");
  };
  /** All of it comes in one read, so that it has ended before it is pumped. */
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

  it.each(["onTextDelta", "onEvent", "onReadEnd"])(
    "in %s is an error of a whole Bedrock stream, too",
    async (where) => {
      const stream = await bedrockStream((response) => response.end(plainStream("x")));
      await later();
      const sink = { onTextDelta: () => {}, onEvent: () => {}, onReadEnd: () => {}, [where]: fails };
      expect(await rejectionOf(stream.pump(sink))).toMatchObject({ code: "internal" });
    },
  );

  it("is an error of a whole stream of an OpenAI target, too", async () => {
    const stream = await openAiStream((response) => response.end(chunk("x") + done));
    await later();
    expect(await rejectionOf(stream.pump({ onBytes: fails }))).toMatchObject({ code: "internal" });
  });

  it("at the last read's end is an error, though the stream was whole", async () => {
    const stream = await bedrockStream((response) => {
      response.write(eventFrame("messageStart", { role: "assistant" }));
      setTimeout(() => response.end(Buffer.concat(framesOf(plainStream("x")).slice(1))), 30);
    });
    let ends = 0;
    const sink = {
      onTextDelta: () => {},
      onEvent: () => {},
      onReadEnd: () => {
        ends += 1;
        if (ends > 1) fails();
      },
    };
    expect(await rejectionOf(stream.pump(sink))).toMatchObject({ code: "internal" });
  });
});

/** The frames of a stream by their length prefixes. */
function framesOf(whole: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < whole.length; at += whole.readUInt32BE(at)) {
    frames.push(whole.subarray(at, at + whole.readUInt32BE(at)));
  }
  return frames;
}
