import type { IncomingMessage, ServerResponse } from "node:http";
import { exampleApiKey, exampleCredential } from "./auth/example-keys.ts";
import { Keyring } from "./auth/keyring.ts";
import { FaultBook } from "./faults/fault-book.ts";
import { countFrom, faultFrom, quotasFrom, scenarioFrom } from "./faults/parse.ts";
import { needClock, needGoodOptions, type Emulator, type EmulatorOptions } from "./options.ts";
import { Quotas } from "./quotas/quotas.ts";
import { Recordings } from "./replay/recordings.ts";
import { headersFrom, readBody, splitTarget } from "./server/arrived-request.ts";
import { exchange } from "./server/exchange.ts";
import type { House } from "./server/house.ts";
import { openPort, type Listeners } from "./server/port.ts";
import { RequestLog } from "./server/request-log.ts";
import { http1Wire, http2Wire, type Wire } from "./server/wire.ts";
import { Metadata } from "./services/metadata.ts";
import { Roles } from "./services/sts/roles.ts";

/**
 * Starts an emulator of Bedrock's runtime and control plane, STS, and the metadata endpoints on one port. Rejects where the port is
 * taken, the folder of recordings cannot be read, or an option does not exist; with a ScenarioError for a fault or a quota that is none.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  needGoodOptions(options);
  const { credentials = [exampleCredential], apiKeys = [exampleApiKey] } = options;
  const scenario = options.scenario && scenarioFrom(options.scenario);
  const quotas = [...quotasFrom(options.quotas ?? []), ...(scenario?.quotas ?? [])];
  const keyring = new Keyring(credentials, apiKeys);
  const house: House = {
    keyring,
    roles: new Roles(options.roles, keyring),
    metadata: new Metadata(keyring, options.containerToken),
    models: {
      cache: new Map(),
      quotas: new Quotas(quotas, () => house.clock()),
      clock: () => house.clock(),
    },
    faults: new FaultBook(scenario),
    recordings: options.recordings === undefined ? undefined : new Recordings(options.recordings),
    requests: new RequestLog(),
    // Asked anew each time: a test may put another clock in the place of the machine's.
    clock: options.clock ?? (() => Date.now()),
    log: options.log ?? (() => {}),
  };
  const place = { host: options.host ?? "127.0.0.1", port: options.port ?? 0 };
  const port = await openPort(listenersOf(house), place);
  const { address } = port;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    credential: credentials[0] ?? exampleCredential,
    requests: house.requests.requests,
    addCredential: (credential) => keyring.add(credential),
    setClock: (clock) => {
      needClock(clock);
      house.clock = clock;
    },
    faultNext: (given, count) => {
      const fault = faultFrom(given, "fault");
      house.faults.addNext(fault, count === undefined ? (fault.times ?? 1) : countFrom(count));
    },
    clearRequests: () => house.requests.clear(),
    close: () => port.close(),
  };
}

function listenersOf(house: House): Listeners {
  return {
    http1: (request: IncomingMessage, response: ServerResponse) => {
      const { method = "GET", url = "/", rawHeaders } = request;
      void take({ method, target: url, rawHeaders, chunks: request, wire: http1Wire(request, response) }, house);
    },
    http2: (stream, rawHeaders) => {
      const headers = headersFrom(rawHeaders);
      const [method, target] = [headers[":method"] ?? "GET", headers[":path"] ?? "/"];
      void take({ method, target, rawHeaders, chunks: stream, wire: http2Wire(stream) }, house);
    },
  };
}

interface Arrival {
  method: string;
  target: string;
  rawHeaders: readonly string[];
  chunks: AsyncIterable<Buffer>;
  wire: Wire;
}

async function take(arrival: Arrival, house: House): Promise<void> {
  const { method, target, rawHeaders, chunks, wire } = arrival;
  try {
    const body = await readBody(chunks);
    await exchange({ method, ...splitTarget(target), headers: headersFrom(rawHeaders), ...body }, wire, house);
  } catch (error) {
    // The caller left while its body was read, or the answer could not be written: there is nobody to tell.
    house.log(`${method} ${target.split("?")[0]} broke off: ${error instanceof Error ? error.message : String(error)}`);
    wire.reset();
  }
}
