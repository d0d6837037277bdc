import type { ServerResponse } from "node:http";
import { Bedrock, type BedrockOptions } from "../../bedrock.ts";
import { TestUpstream, type Answer } from "./upstream.ts";

/** The secret of the key pair below: nothing that a caller can read may hold it. */
export const librarySecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/** AWS's public documentation key, as options. */
export const libraryKeys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: librarySecret };

/** Makes libraries over small servers, and closes all of them. */
export class LibraryBench {
  readonly #closers: (() => Promise<void>)[] = [];

  /** A server that answers every call of AWS, STS included. */
  async upstream(answer: Answer): Promise<TestUpstream> {
    const upstream = await TestUpstream.start(answer);
    this.#closers.push(() => upstream.close());
    return upstream;
  }

  /** A library whose environment is only what is given, and that calls the upstream for every service. */
  library(
    upstream: TestUpstream,
    options: BedrockOptions = libraryKeys,
    environment: Record<string, string> = {},
  ): Bedrock {
    const bedrock = new Bedrock({
      ...options,
      environment: {
        AWS_ENDPOINT_URL: upstream.url,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_CONFIG_FILE: "/nonexistent/config",
        AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
        ...environment,
      },
    });
    this.#closers.push(() => bedrock.close());
    return bedrock;
  }

  /** Both at once. */
  async open(
    answer: Answer,
    options?: BedrockOptions,
    environment?: Record<string, string>,
  ): Promise<{ upstream: TestUpstream; bedrock: Bedrock }> {
    const upstream = await this.upstream(answer);
    return { upstream, bedrock: this.library(upstream, options, environment) };
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) {
      await close();
    }
  }
}

/** Answers with a whole body; `type` is AWS's name of an error. */
export function answerJson(response: ServerResponse, status: number, body: unknown, type?: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-requestid": `request-${status}`,
    ...(type === undefined ? {} : { "x-amzn-errortype": type }),
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Begins an event stream, each frame an HTTP chunk of its own; it is left open. */
export function beginStream(response: ServerResponse, ...frames: Uint8Array[]): void {
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "request-200" });
  for (const frame of frames) {
    response.write(frame);
  }
}

/** All items of an iterable. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What came before an iteration threw, and what it threw; it must throw. */
export async function untilThrown<Item>(items: AsyncIterable<Item>): Promise<{ list: Item[]; error: unknown }> {
  const list: Item[] = [];
  try {
    for await (const item of items) list.push(item);
  } catch (error) {
    return { list, error };
  }
  throw new Error("The iteration was to throw.");
}
