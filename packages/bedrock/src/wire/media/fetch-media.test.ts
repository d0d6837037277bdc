/** The attacks on a gateway that fetches what its callers name, each seen in a real product, and the faults of the servers it meets. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Dispatcher } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { rejectionOf } from "../../auth/testing/refusal.ts";
import type { AditError } from "../../errors/adit-error.ts";
import { fetchMedia, statusAt, type FetchMediaOptions } from "./fetch-media.ts";
import { dialTls, lookUpByNameServers, type DialTarget } from "./guarded-connection.ts";
import { mediaAddress } from "./media-address.ts";
import { MediaReader, type MediaBody } from "./media-reader.ts";
import { selfSignedCertificate } from "./testing/self-signed-certificate.ts";

const png = Buffer.from("89504e470d0a1a0a0000", "hex");
const certificate = selfSignedCertificate("pictures.example", "other.example");
const publicAddress = "93.184.215.14";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A TLS server on loopback, and options with which every checked address leads to it. */
async function begin(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  addresses: (host: string, count: number) => string[] = () => [publicAddress],
): Promise<{
  options: FetchMediaOptions;
  seen: IncomingMessage[];
  looked: string[];
  dialled: DialTarget[];
  server: Server;
}> {
  const seen: IncomingMessage[] = [];
  const looked: string[] = [];
  const dialled: DialTarget[] = [];
  const server = createServer(certificate, (request, response) => {
    seen.push(request);
    answer(response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const options: FetchMediaOptions = {
    enabled: true,
    lookup: async (host) => {
      looked.push(host);
      return addresses(host, looked.length);
    },
    dial: (target) => {
      dialled.push(target);
      return dialTls({ ...target, addresses: ["127.0.0.1"], port }, { ca: certificate.cert });
    },
  };
  return { options, seen, looked, dialled, server };
}

function picture(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "image/png" }).end(png);
}

async function refusalOf(urls: string | string[], options: FetchMediaOptions): Promise<AditError> {
  return rejectionOf(fetchMedia(typeof urls === "string" ? [urls] : urls, options));
}

/** Options that fail the test's expectation when anything is looked up or called. */
function untouched(): { options: FetchMediaOptions; touched: string[] } {
  const touched: string[] = [];
  const options: FetchMediaOptions = {
    enabled: true,
    lookup: async (host) => {
      touched.push(host);
      return [publicAddress];
    },
    dial: (target) => {
      touched.push(target.host);
      return Promise.reject(new Error("called"));
    },
  };
  return { options, touched };
}

describe("a public https address", () => {
  it("is fetched with its bytes and type, each once", async () => {
    const { options, seen, dialled } = await begin((response, request) => {
      const type = request.url === "/a.png?size=2" ? "Image/PNG; q=1" : "application/pdf";
      response.writeHead(200, { "content-type": type }).end(request.url === "/b" ? "%PDF" : png);
    });
    const first = "https://pictures.example/a.png?size=2#top";
    const found = await fetchMedia([first, "https://other.example/b", first], options);
    expect([...found]).toEqual([
      [first, { bytes: png.toString("base64"), contentType: "image/png" }],
      ["https://other.example/b", { bytes: Buffer.from("%PDF").toString("base64"), contentType: "application/pdf" }],
    ]);
    expect(new Set(seen.map((request) => request.url))).toEqual(new Set(["/a.png?size=2", "/b"]));
    expect(seen.every((request) => request.method === "GET")).toBe(true);
    expect(seen[0]?.headers).toMatchObject({ "accept-encoding": "identity", accept: "*/*" });
    expect(new Set(seen.map((request) => request.headers.host))).toEqual(
      new Set(["other.example", "pictures.example"]),
    );
    expect(seen.length).toBe(2);
    expect(dialled.every((target) => target.port === 443 && target.addresses.join() === publicAddress)).toBe(true);
  });

  it("is fetched by a name in another alphabet, and with a trailing dot", async () => {
    const { options, looked } = await begin(picture);
    const dotted = "https://pictures.example./a";
    // Full-width letters and an ideographic full stop, which IDNA maps to plain ones.
    const wide = "https://\uff50ictures\u3002example/a";
    const found = await fetchMedia([dotted, wide], options);
    expect([...found.keys()]).toEqual([dotted, wide]);
    expect(looked).toEqual(["pictures.example", "pictures.example"]);
  });

  it("must have a certificate for its name that is trusted", async () => {
    const { options } = await begin(picture);
    expect((await refusalOf("https://unknown.example/a", options)).message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
    const { dial } = options;
    const untrusting: FetchMediaOptions = { ...options };
    untrusting.dial = async (target) => {
      const socket = await dial?.(target);
      const port = socket?.remotePort ?? 0;
      socket?.destroy();
      return dialTls({ ...target, addresses: ["127.0.0.1"], port });
    };
    const error = await refusalOf("https://pictures.example/a", untrusting);
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  it("is fetched no more at once than the concurrency says", async () => {
    const waiting: ServerResponse[] = [];
    let most = 0;
    const { options } = await begin((response) => {
      most = Math.max(most, waiting.push(response));
      // Three at a time are answered, once a fourth has had the time to come.
      if (waiting.length === 3) setTimeout(() => waiting.splice(0).forEach((one) => picture(one)), 20);
    });
    const urls = Array.from({ length: 9 }, (_, index) => `https://pictures.example/${index}`);
    const found = await fetchMedia(urls, { ...options, concurrency: 3 });
    expect([...found.keys()]).toEqual(urls);
    expect(most).toBe(3);
  });

  it("leaves no connection open", async () => {
    const { options, server } = await begin(picture);
    const closed = new Promise((resolve) => server.once("secureConnection", (socket) => socket.once("close", resolve)));
    await fetchMedia(["https://pictures.example/a"], options);
    await closed;
    expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(0);
  });
});

describe("an address that is refused before anything is looked up", () => {
  const inner = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://0x7f000001/",
    "https://0x7f.0.0.0x1/",
    "https://2130706433/",
    "https://127.0.0.1./",
    "https://\uff11\uff12\uff17\u3002\uff10\u3002\uff10\u3002\uff11/",
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/latest/meta-data/",
    "https://10.0.0.8/",
    "https://100.64.1.1/",
    "https://0/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[2001:0:4136:e378::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
  ];

  it.each(inner)("%s: an inner address", async (url) => {
    const { options, touched } = untouched();
    const error = await refusalOf(url, options);
    expect(error).toMatchObject({ code: "media_not_allowed", status: 400 });
    expect(error.message).toContain("is not on the public internet");
    expect(touched).toEqual([]);
  });

  it.each([
    ["http://pictures.example/a", "begins with http: and only https: is fetched"],
    ["file:///etc/passwd", "begins with file: and only https: is fetched"],
    ["ftp://pictures.example/a", "begins with ftp:"],
    ["gopher://pictures.example/a", "begins with gopher:"],
    ["javascript:alert(1)", "begins with javascript:"],
    ["data:image/png;base64,AAAA", "is a data URL"],
    ["s3://bucket/key", "is a place in Amazon S3"],
    ["https://user@pictures.example/a", "holds a user or password"],
    ["https://user:pass@pictures.example/a", "holds a user or password"],
    ["https://:pass@pictures.example/a", "holds a user or password"],
    ["https://pictures.example:8443/a", "names port 8443"],
    ["https://pictures.example:80/a", "names port 80"],
    ["https://[fe80::1%25eth0]/a", "is not a URL"],
    ["https://[::1", "is not a URL"],
    ["https://a b/", "is not a URL"],
    ["https://", "is not a URL"],
    ["pictures.example/a", "is not a URL"],
    ["", "is not a URL"],
  ])("%s", async (url, words) => {
    const { options, touched } = untouched();
    const error = await refusalOf(["https://pictures.example/fine", url], options);
    expect(error).toMatchObject({ code: "media_not_allowed", status: 400 });
    expect(error.message).toContain(words);
    expect(touched).toEqual([]);
  });

  it("one that is longer than any address is", async () => {
    const error = await refusalOf(`https://pictures.example/${"a".repeat(9_000)}`, untouched().options);
    expect(error.message).toBe("The address of 9025 characters is longer than 8192 characters.");
  });

  it("is any address where fetching is switched off", async () => {
    const { options, touched } = untouched();
    const url = "https://pictures.example/a";
    const error = await refusalOf(url, { ...options, enabled: false, params: new Map([[url, "messages[0]"]]) });
    expect(error).toMatchObject({ code: "media_not_allowed", status: 400, param: "messages[0]" });
    expect(touched).toEqual([]);
    expect((await fetchMedia([], { ...options, enabled: false })).size).toBe(0);
  });

  it("is named by its path in the request, without query, user and password", async () => {
    const url = "https://anna:hunter2@pictures.example/a?X-Amz-Signature=f00d#hunter3";
    const params = new Map([[url, "messages[0].content[1].image_url.url"]]);
    const error = await refusalOf(url, { ...untouched().options, params });
    expect(error.param).toBe("messages[0].content[1].image_url.url");
    expect(error.describe()).toContain("https://pictures.example/a");
    expect(error.describe()).not.toMatch(/anna|hunter|f00d/);
  });
});

describe("a name that leads inside", () => {
  it.each([
    "127.0.0.1",
    "169.254.169.254",
    "10.1.2.3",
    "::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::1",
    `${publicAddress} 10.0.0.1`,
    `10.0.0.1 ${publicAddress}`,
    "2606:4700::1111 fd00::1",
    `${publicAddress} ${publicAddress} ${publicAddress} ${publicAddress} ${publicAddress} 10.0.0.1`,
    "not-an-address",
  ])("is refused: %s", async (answers) => {
    const { options, seen, dialled } = await begin(picture, () => answers.split(" "));
    const error = await refusalOf("https://pictures.example/a?token=hunter2", options);
    expect(error).toMatchObject({ code: "media_not_allowed", status: 400 });
    expect(error.message).toBe(
      "The address https://pictures.example/a leads to a host that is not on the public internet.",
    );
    expect(dialled).toEqual([]);
    expect(seen).toEqual([]);
  });

  it("by its second answer is never asked for one (DNS rebinding)", async () => {
    const { options, looked, dialled } = await begin(picture, (_host, count) =>
      count === 1 ? [publicAddress] : ["127.0.0.1"],
    );
    const found = await fetchMedia(["https://pictures.example/a"], options);
    expect(found.size).toBe(1);
    expect(looked).toEqual(["pictures.example"]);
    expect(dialled.map((target) => target.addresses)).toEqual([[publicAddress]]);
  });

  it("by a redirect is not followed", async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      const location = "https://169.254.169.254/latest/meta-data/iam/security-credentials/";
      const { options, looked, seen } = await begin((response) => response.writeHead(status, { location }).end());
      const error = await refusalOf("https://pictures.example/a", options);
      expect(error).toMatchObject({ code: "media_not_allowed", status: 400 });
      expect(error.message).toContain(`answered ${status}, a redirect`);
      expect(error.describe()).not.toContain("169.254");
      expect([looked.length, seen.length]).toEqual([1, 1]);
    }
  });

  it("with a public address goes to that very address, whatever else the machine knows of the name", async () => {
    const answers = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5", "2606:4700::1111"];
    const { options, dialled } = await begin(picture, () => answers);
    await fetchMedia(["https://pictures.example/a"], options);
    // Four at most, of both kinds where there are both.
    expect(dialled[0]?.addresses).toEqual(["1.1.1.1", "2606:4700::1111", "1.1.1.2", "1.1.1.3"]);
  });
});

describe("dialTls", () => {
  it("connects to the addresses given and looks up nothing, trying the next where one fails", async () => {
    const { server } = await begin(picture);
    const { port } = server.address() as AddressInfo;
    const signal = new AbortController().signal;
    // A name that no resolver can know: only the given addresses can have led to the server.
    const socket = await dialTls(
      { addresses: ["::1", "127.0.0.1"], host: "pictures.example", port, signal },
      { ca: certificate.cert },
    );
    expect(socket.remoteAddress).toBe("127.0.0.1");
    socket.destroy();
  });

  it("ends when its signal does", async () => {
    const { server } = await begin(picture);
    const { port } = server.address() as AddressInfo;
    const dial = dialTls({ addresses: ["127.0.0.1"], host: "a.example", port, signal: AbortSignal.abort() });
    await expect(dial).rejects.toThrow("ended");
  });
});

describe("lookUpByNameServers", () => {
  it("ends when its signal does", async () => {
    const abort = new AbortController();
    const found = lookUpByNameServers("pictures.example", abort.signal);
    abort.abort();
    await expect(found).rejects.toMatchObject({ code: "ECANCELLED" });
  });
});

describe("a server that misbehaves", () => {
  const url = "https://pictures.example/a";

  it.each([204, 206, 401, 404, 500, 503])("answers %i", async (status) => {
    const { options } = await begin((response) => response.writeHead(status, { "content-type": "image/png" }).end());
    const error = await refusalOf(url, options);
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain(`answered ${status}`);
  });

  it("drips: its time is over", async () => {
    let timer: NodeJS.Timeout | undefined;
    const { options } = await begin((response) => {
      response.writeHead(200, { "content-type": "image/png" });
      timer = setInterval(() => response.write("a"), 10);
    });
    const error = await refusalOf(url, { ...options, timeoutMs: 150 });
    clearInterval(timer);
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain("within 0.15 s");
  });

  it("says nothing: its time is over, at the look-up, the connection and the answer", async () => {
    const { options, server } = await begin(() => {});
    const closed = new Promise((resolve) => server.once("secureConnection", (socket) => socket.once("close", resolve)));
    expect((await refusalOf(url, { ...options, timeoutMs: 100 })).message).toContain("within 0.1 s");
    await closed;
    const never = new Promise<never>(() => {});
    expect((await refusalOf(url, { ...options, timeoutMs: 50, lookup: () => never })).message).toContain("0.05 s");
    expect((await refusalOf(url, { ...options, timeoutMs: 50, dial: () => never })).message).toContain("0.05 s");
  });

  it("never ends: the bytes are counted as they come", async () => {
    let sent = 0;
    const { options, server } = await begin((response) => {
      response.writeHead(200, { "content-type": "image/png" });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {
          sent += 65_536;
        }
        response.once("drain", more);
      };
      more();
    });
    const closed = new Promise((resolve) => server.once("secureConnection", (socket) => socket.once("close", resolve)));
    const error = await refusalOf(url, { ...options, maxBytes: 1_000_000 });
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain("holds more than 1000000 bytes");
    await closed;
    expect(sent).toBeLessThan(50_000_000);
  });

  it("sends a picture in chunks of one byte: none of them is kept as a piece of its own", async () => {
    const controller = { abort: () => {} } as unknown as Dispatcher.DispatchController;
    const read = new Promise<MediaBody>((resolve, reject) => {
      const limits = { maxBytes: 1_000_000, take: () => true };
      const reader = new MediaReader(mediaAddress(url, undefined), limits, { resolve, reject });
      reader.onResponseData(controller, Buffer.from("b"));
      // Whoever kept it would find the last letter everywhere.
      const piece = Buffer.alloc(1);
      for (const letter of "edrock") {
        piece.write(letter);
        reader.onResponseData(controller, piece);
      }
      reader.onResponseEnd();
    });
    expect((await read).bytes.toString()).toBe("bedrock");
  });

  it("announces too much: nothing of the body is awaited", async () => {
    const { options } = await begin((response) => {
      response.writeHead(200, { "content-type": "image/png", "content-length": "1000001" });
      response.flushHeaders();
    });
    const error = await refusalOf(url, { ...options, maxBytes: 1_000_000, timeoutMs: 10_000 });
    expect(error.message).toContain("holds more than 1000000 bytes");
  });

  it("takes exactly as many bytes as are allowed, and all items together no more than allowed", async () => {
    const { options } = await begin(picture);
    const two = [url, "https://pictures.example/b"];
    const exact = { ...options, maxBytes: png.length, totalBytes: 2 * png.length };
    expect((await fetchMedia(two, exact)).size).toBe(2);
    expect((await refusalOf(two, { ...exact, maxBytes: png.length - 1 })).message).toContain("holds more than 9 bytes");
    const error = await refusalOf(two, { ...exact, totalBytes: 2 * png.length - 1 });
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain("together larger than is taken");
  });

  it("sends a compressed body, a bomb perhaps: it is not unpacked", async () => {
    for (const encoding of ["gzip", "br", "identity, gzip", "GZIP"]) {
      const { options } = await begin((response) =>
        response
          .writeHead(200, { "content-type": "image/png", "content-encoding": encoding })
          .end(gzipSync(Buffer.alloc(1_000_000))),
      );
      const error = await refusalOf(url, options);
      expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
      expect(error.message).toContain("compressed");
    }
  });

  it.each([
    ["content-encoding: identity\r\ncontent-encoding: gzip\r\ncontent-length: 4", "abcd"],
    ["transfer-encoding: gzip, chunked", "4\r\nabcd\r\n0\r\n\r\n"],
    ["transfer-encoding: gzip\r\ntransfer-encoding: chunked", "4\r\nabcd\r\n0\r\n\r\n"],
  ])("names the coding in another way: %s", async (fields, body) => {
    const { options, server } = await begin(picture);
    server.prependListener("secureConnection", (socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n${fields}\r\n\r\n${body}`),
    );
    expect((await refusalOf(url, options)).message).toContain("compressed");
  });

  it.each(["000", "099", "101"])("answers with the status %s: its words are ours", async (status) => {
    const { options, server } = await begin(picture);
    server.prependListener("secureConnection", (socket) => socket.end(`HTTP/1.1 ${status} x\r\n\r\n`));
    const words = `broke off: it answered with the status ${Number(status)}, which was not to come`;
    expect((await refusalOf(url, options)).message).toContain(words);
    expect((await rejectionOf(statusAt(url, options))).message).toContain(words);
  });

  it("announces an answer without end: it is not heard to the end of its time", async () => {
    const { options, server } = await begin(() => {});
    server.prependListener("secureConnection", (socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"));
        socket.once("drain", more);
      };
      socket.on("error", () => {});
      more();
    });
    expect((await refusalOf(url, options)).message).toContain("announced an answer more than 1000 times");
    expect((await rejectionOf(statusAt(url, options))).message).toContain("announced an answer more than 1000 times");
  });

  it.each(["multipart/form-data; boundary=x", "message/rfc822", "image", "nonsense", "font/woff2"])(
    "sends a type that is no media: %s",
    async (type) => {
      const { options } = await begin((response) => response.writeHead(200, { "content-type": type }).end("a"));
      const error = await refusalOf(url, options);
      expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
      expect(error.message).toContain("content type");
    },
  );

  it.each([
    ["no type", {}, "application/octet-stream"],
    ["S3's for what was put without one", { "content-type": "binary/octet-stream" }, "binary/octet-stream"],
  ])("names %s: it is bytes", async (_case, headers, contentType) => {
    const { options } = await begin((response) => response.writeHead(200, headers).end(png));
    expect((await fetchMedia([url], options)).get(url)?.contentType).toBe(contentType);
  });

  it("sends an empty body, half of one, or closes", async () => {
    const empty = await begin((response) => response.writeHead(200, { "content-type": "image/png" }).end());
    expect((await refusalOf(url, empty.options)).message).toContain("empty body");
    const half = await begin((response) => {
      response.writeHead(200, { "content-type": "image/png", "content-length": "100" });
      response.write(png, () => response.destroy());
    });
    expect(await refusalOf(url, half.options)).toMatchObject({ code: "media_fetch_failed", status: 400 });
    const closing = await begin((response) => response.destroy());
    expect(await refusalOf(url, closing.options)).toMatchObject({ code: "media_fetch_failed", status: 400 });
  });

  it("closes before it is asked: another connection is not made", async () => {
    const { options } = await begin(picture);
    let dials = 0;
    const error = await refusalOf(url, {
      ...options,
      timeoutMs: 2_000,
      dial: async (target) => {
        dials += 1;
        const socket = await options.dial?.(target);
        socket?.destroy();
        return socket as Socket;
      },
    });
    expect(error).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(error.message).toContain("the connection closed before the answer");
    expect(dials).toBe(1);
  });

  it("speaks no HTTP", async () => {
    const { options, server } = await begin(picture);
    server.prependListener("secureConnection", (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
    expect(await refusalOf(url, options)).toMatchObject({ code: "media_fetch_failed", status: 400 });
  });

  it("cannot be found or reached", async () => {
    const { options } = await begin(picture);
    const gone = Object.assign(new Error("queryA ENOTFOUND pictures.example"), { code: "ENOTFOUND" });
    const missing = await refusalOf(url, { ...options, lookup: () => Promise.reject(gone) });
    expect(missing).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(missing.message).toContain("could not be looked up: ENOTFOUND");
    expect(await refusalOf(url, { ...options, lookup: async () => [] })).toMatchObject({ code: "media_fetch_failed" });
    const refused = await refusalOf(url, {
      ...options,
      dial: (target) => dialTls({ ...target, addresses: ["127.0.0.1"], port: 1 }),
    });
    expect(refused).toMatchObject({ code: "media_fetch_failed", status: 400 });
    expect(refused.message).toContain("ECONNREFUSED");
  });
});

describe("the end of a call", () => {
  it("comes with its signal: client_closed, and the connections are closed", async () => {
    const { options, server } = await begin(() => {});
    const abort = new AbortController();
    const closed = new Promise((resolve) => {
      server.once("secureConnection", (socket) => {
        socket.once("close", resolve);
        abort.abort();
      });
    });
    const error = await refusalOf("https://pictures.example/a", { ...options, signal: abort.signal });
    expect(error).toMatchObject({ code: "client_closed", status: 499 });
    await closed;
    const late = await refusalOf("https://pictures.example/a", { ...options, signal: abort.signal });
    expect(late.code).toBe("client_closed");
  });

  it("comes with the first failure: the others are ended, the rest not begun", async () => {
    const { options, seen } = await begin((response, request) => {
      if (request.url === "/bad") {
        response.writeHead(404).end();
      }
    });
    const urls = ["slow", "bad", "later", "last"].map((name) => `https://pictures.example/${name}`);
    const error = await refusalOf(urls, { ...options, concurrency: 2, timeoutMs: 10_000 });
    expect(error.message).toContain("/bad answered 404");
    expect(seen.map((request) => request.url)).not.toContain("/last");
  });
});

describe("whether an address answers", () => {
  it("is told by its status: a redirect, and a page of any type and length, are answers", async () => {
    const { options, seen } = await begin((response, request) => {
      if (request.url === "/moved") response.writeHead(301, { location: "https://other.example/" }).end();
      else if (request.url === "/gone") response.writeHead(404).end();
      else response.writeHead(200, { "content-type": "x/y", "content-length": String(1e12) }).flushHeaders();
    });
    const statuses = ["moved", "gone", "page"].map((path) => statusAt(`https://pictures.example/${path}`, options));
    expect(await Promise.all(statuses)).toEqual([301, 404, 200]);
    expect(seen).toHaveLength(3);
  });

  it("is asked of no inner address", async () => {
    const inner = await begin(picture, () => ["10.0.0.1"]);
    expect(await rejectionOf(statusAt("https://pictures.example/", inner.options))).toMatchObject({
      code: "media_not_allowed",
    });
    expect(await rejectionOf(statusAt("https://127.0.0.1/", inner.options))).toMatchObject({
      code: "media_not_allowed",
    });
    expect(inner.dialled).toEqual([]);
  });
});
