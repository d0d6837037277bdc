import { listenForAbort, type CancelSignal } from "../../cancel-signal.ts";
import { Client, type Dispatcher } from "undici/index.js";
import { systemClock, type Clock } from "../../clock.ts";
import { AditError } from "../../errors/adit-error.ts";
import { abortError } from "../transport/transport-error.ts";
import { dialTls, guardedConnection, lookUpByNameServers, type Dial, type LookUp } from "./guarded-connection.ts";
import { fetchFailed, mediaAddress, type MediaAddress } from "./media-address.ts";
import { MediaReader, StatusReader, type MediaBody, type Settle, type TakeBytes } from "./media-reader.ts";

/** Bytes that were fetched for an https address, by that address. The dialects' translators take it in this shape. */
export interface FetchedMedia {
  /** Base64. */
  bytes: string;
  /** From the reply's header, lower case, without parameters; `application/octet-stream` where there was none. */
  contentType: string;
}

export interface FetchMediaOptions {
  /** False: any address is refused with `media_not_allowed`. */
  enabled: boolean;
  signal?: CancelSignal;
  /** Field of the caller's request by address, for errors, such as `messages[0].content[1].image_url.url`. */
  params?: ReadonlyMap<string, string>;
  /** Most bytes of one item. Default 25 MiB: Bedrock's largest, a video; images (3.75 MB) and documents (4.5 MB) may be less. */
  maxBytes?: number;
  /** Most bytes of all items of the call. Default 50 MiB. */
  totalBytes?: number;
  /** For each item, from the look-up to its last byte. Default 20,000 ms. */
  timeoutMs?: number;
  /** Items fetched at once. Default 4. */
  concurrency?: number;
  /** Default: the machine's. */
  clock?: Clock;
  /** Default: the name servers. */
  lookup?: LookUp;
  /** Default: TLS to port 443, certificates checked. It gets addresses that have been checked. */
  dial?: Dial;
}

/** As many images as the most patient model takes in one request; without a bound a request would make a flood against another's host. */
const mostItems = 100;

type Settled = Required<Pick<FetchMediaOptions, "maxBytes" | "timeoutMs" | "clock" | "lookup" | "dial">> & {
  take: TakeBytes;
};

/**
 * Fetches images and files from the public internet: https on port 443, no redirect, no inner address (checked after the look-up, on
 * the addresses that are then called), no proxy, no cookies or credentials, limits on time and size. Each item has a connection of its own.
 * All addresses are read before anything is sent; the first failure ends the rest.
 * Rejects with AditError `media_not_allowed`, `media_fetch_failed`, or `client_closed` when the signal aborts.
 */
export async function fetchMedia(
  urls: readonly string[],
  options: FetchMediaOptions,
): Promise<Map<string, FetchedMedia>> {
  const addresses = [...new Set(urls)].map((url) => mediaAddress(url, options.params?.get(url)));
  const [first] = addresses;
  if (addresses.length > mostItems) {
    throw new AditError(
      "media_not_allowed",
      `The request names ${addresses.length} addresses: ${mostItems} are fetched at most.`,
      {
        remedy: "Send fewer, or the bytes as data URLs.",
      },
    );
  }
  if (first !== undefined && !options.enabled) {
    throw new AditError("media_not_allowed", `The address ${first.shown} is not fetched: fetching is switched off.`, {
      remedy: "Send the bytes as a data URL.",
      ...(first.param === undefined ? {} : { param: first.param }),
    });
  }
  const { signal } = options;
  if (signal?.aborted === true) {
    throw abortError(signal.reason);
  }
  // One failure ends the others: `stop` reaches each of them.
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(abortError(signal?.reason));
  listenForAbort(signal, onAbort);
  try {
    const bodies = await fetchAll(addresses, options.concurrency ?? 4, settledOptions(options), stop);
    return new Map(
      addresses.map(({ url }, index) => {
        const body = bodies[index] as MediaBody;
        return [url, { bytes: body.bytes.toString("base64"), contentType: body.contentType }];
      }),
    );
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function settledOptions(options: FetchMediaOptions): Settled {
  let left = options.totalBytes ?? 50 * 1024 * 1024;
  return {
    maxBytes: options.maxBytes ?? 25 * 1024 * 1024,
    timeoutMs: options.timeoutMs ?? 20_000,
    clock: options.clock ?? systemClock,
    lookup: options.lookup ?? lookUpByNameServers,
    dial: options.dial ?? dialTls,
    take: (count) => {
      left -= count;
      return left >= 0;
    },
  };
}

async function fetchAll(
  addresses: readonly MediaAddress[],
  concurrency: number,
  settled: Settled,
  stop: AbortController,
): Promise<MediaBody[]> {
  const bodies: MediaBody[] = [];
  const waiting = addresses.entries();
  const work = async (): Promise<void> => {
    for (const [index, address] of waiting) {
      bodies[index] = await fetchOne(address, settled, stop.signal);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, addresses.length) }, async () => {
    try {
      await work();
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  });
  const ends = await Promise.allSettled(workers);
  if (ends.some((end) => end.status === "rejected")) {
    // The first failure is the reason of the stop; the others were ended by it.
    throw stop.signal.reason;
  }
  return bodies;
}

/** One item within its time. */
async function fetchOne(address: MediaAddress, settled: Settled, stopped: AbortSignal): Promise<MediaBody> {
  return within({ address, settled, stopped }, (ended) =>
    ask(address, settled, ended, (settle) => new MediaReader(address, settled, settle)),
  );
}

/**
 * The status with which an address on the public internet answers, under the rules of {@link fetchMedia}: nothing is read of what it has, and a
 * redirect is an answer. Rejects as that does.
 */
export async function statusAt(
  url: string,
  options: Pick<FetchMediaOptions, "timeoutMs" | "clock" | "lookup" | "dial">,
): Promise<number> {
  const address = mediaAddress(url, undefined);
  const settled = settledOptions({ enabled: true, ...options });
  return within({ address, settled, stopped: new AbortController().signal }, (ended) =>
    ask(address, settled, ended, (settle) => new StatusReader(address, settle)),
  );
}

interface Within {
  address: MediaAddress;
  settled: Settled;
  stopped: AbortSignal;
}

async function within<Result>(
  { address, settled, stopped }: Within,
  run: (ended: AbortSignal) => Promise<Result>,
): Promise<Result> {
  stopped.throwIfAborted();
  const ended = new AbortController();
  const { promise: failure, reject: fail } = withReject();
  const onStop = (): void => fail(stopped.reason);
  listenForAbort(stopped, onStop);
  const limit = settled.clock.sleep(settled.timeoutMs, ended.signal).then(
    () => fail(fetchFailed(address, `did not give all of its bytes within ${settled.timeoutMs / 1000} s`)),
    // Ended before its time was over.
    () => undefined,
  );
  try {
    return await Promise.race([run(ended.signal), failure]);
  } finally {
    stopped.removeEventListener("abort", onStop);
    ended.abort();
    await limit;
  }
}

function withReject(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_resolve, rejectIt) => {
    reject = rejectIt;
  });
  return { promise, reject };
}

/** Connects, asks and has a reader take the answer; `ended` closes the connection, whatever it is doing. */
async function ask<Result>(
  address: MediaAddress,
  settled: Settled,
  ended: AbortSignal,
  readerOf: (settle: Settle<Result>) => Dispatcher.DispatchHandler,
): Promise<Result> {
  const socket = await guardedConnection(address, settled, ended);
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  let isGiven = false;
  const client = new Client(`https://${host}`, {
    connect: (_options, callback) => {
      // Later: undici does not see a connection that is there before it has finished asking for one.
      queueMicrotask(() => {
        // A request that had not been written when its socket closed asks for another socket, and must not get one.
        if (socket.destroyed || isGiven) {
          callback(new Error("the connection closed before the answer"), null);
        } else {
          isGiven = true;
          callback(null, socket);
        }
      });
    },
    allowH2: false,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const close = (): void => {
    socket.destroy();
    void client.destroy();
  };
  ended.addEventListener("abort", close, { once: true });
  if (ended.aborted) {
    close();
  }
  return new Promise((resolve, reject) => {
    client.dispatch(
      {
        path: address.path,
        method: "GET",
        headers: { host, accept: "*/*", "accept-encoding": "identity", "user-agent": "adit" },
      },
      readerOf({ resolve, reject }),
    );
  });
}
