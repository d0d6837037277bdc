/** Requests that a proxy before the gateway might read otherwise than the gateway does: refused, and nothing after them is read. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goodHeaders, lengthRoute, listening, RawClient, until, type TestListener } from "../testing/listening.ts";

const start = `POST /v1/length HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\n`;
const second = `POST /v1/length HTTP/1.1\r\nhost: x\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: 2\r\n\r\n{}`;

describe("framing that two readers may read in two ways", () => {
  let listener: TestListener;
  beforeAll(async () => {
    listener = await listening([lengthRoute]);
  });
  afterAll(() => listener.stop());

  it.each([
    [
      "content-length beside transfer-encoding",
      `${start}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "transfer-encoding beside content-length",
      `${start}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n`,
    ],
    ["two content-lengths", `${start}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ["two equal content-lengths", `${start}content-length: 2\r\ncontent-length: 2\r\n\r\n{}`],
    ["a list of content-lengths", `${start}content-length: 2, 2\r\n\r\n{}`],
    ["a signed content-length", `${start}content-length: +2\r\n\r\n{}`],
    ["a content-length in hexadecimal", `${start}content-length: 0x2\r\n\r\n{}`],
    ["chunked not at the end", `${start}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["chunked spelled oddly", `${start}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ["a folded header", `${start}x-a: b\r\n folded: 1\r\ncontent-length : 2\r\n\r\n{}`],
    ["a space before the colon", `${start}content-length : 2\r\n\r\n{}`],
    ["a bare CR in a header", `${start}x-a: b\rcontent-length: 2\r\n\r\n{}`],
    ["a NUL in a header", `${start}x-a: b\0c\r\ncontent-length: 2\r\n\r\n{}`],
    ["a chunk size that is none", `${start}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ["a chunk size too large for any number", `${start}transfer-encoding: chunked\r\n\r\nfffffffffffffffffff\r\n{}`],
    ["a chunk longer than it says", `${start}transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`],
    [
      "no host",
      `POST /v1/length HTTP/1.1\r\nauthorization: ${goodHeaders.authorization}\r\ncontent-length: 2\r\n\r\n{}`,
    ],
    ["two hosts", `${start}Host: y\r\ncontent-length: 2\r\n\r\n{}`],
    ["two equal hosts", `${start}HOST: x\r\ncontent-length: 2\r\n\r\n{}`],
    ["two hosts' worth of version", `POST /v1/length HTTP/1.1 HTTP/1.1\r\nhost: x\r\n\r\n`],
    ["no method", `/v1/length HTTP/1.1\r\nhost: x\r\n\r\n`],
    ["a control character in the path", `POST /v1/\x01length HTTP/1.1\r\nhost: x\r\n\r\n`],
  ])("refuses %s", async (_name, request) => {
    const client = new RawClient(listener.port);
    client.send(request + second);
    await until(() => client.isClosed);
    expect(client.received).not.toContain('{"length"');
    expect(client.statuses.length).toBeLessThanOrEqual(1);
    for (const status of client.statuses) expect(status).toBe(400);
    client.destroy();
  });

  it.each(["HTTP/0.9", "HTTP/1.0", "HTTP/2.0"])(
    "answers a first line of %s by HTTP/1.1, and closes",
    async (version) => {
      const client = new RawClient(listener.port);
      client.send(`${start.replace("HTTP/1.1", version)}content-length: 2\r\n\r\n{}`);
      await until(() => client.isClosed);
      expect(client.received).toContain('{"length"');
      client.destroy();
    },
  );

  it("gives what the parser refuses a body of JSON, with ids and without the caller's bytes", async () => {
    const client = new RawClient(listener.port);
    client.send(`${start}x-secret\0: hunter2\r\n\r\n`);
    await until(() => client.isClosed);
    const [head = "", body = ""] = client.received.split("\r\n\r\n");
    expect(head).toMatch(/x-adit-request-id: req_/);
    expect(head).toMatch(/x-portkey-trace-id: /);
    expect((JSON.parse(body) as { error: { type: string } }).error.type).toBe("invalid_request_error");
    expect(client.received).not.toContain("hunter2");
    client.destroy();
  });
});
