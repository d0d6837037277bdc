/** The thread of `search-thread.ts`: begun as a file of its own, it reads content through for one search after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { AditError } from "@adit/bedrock";
import { storeAway } from "../../store/store-faults.ts";
import { Store } from "../../store/store.ts";
import { giveWay } from "../give-way.ts";
import { searchCalls } from "./call-search.ts";
import type { SearchAsk, SearchFault, SearchThreadData, SearchWord } from "./search-thread.ts";

const { location } = workerData as SearchThreadData;
/** One is at work; the other is for the case that the first broke. */
const connections = 2;
let opened: Promise<Store> | undefined;
/** Each is an answer's worth, so none waits for long; and no two contents are in memory at once. */
let turn: Promise<void> = Promise.resolve();
/** Searches that are asked for and not left. */
const waited = new Set<number>();

giveWay();

function open(): Promise<Store> {
  opened ??= Store.open(location, { hears: false, postgres: { connections } }).catch((error: unknown) => {
    throw forCaller(error);
  });
  // One that could not be opened is opened with the next search.
  opened.catch(() => (opened = undefined));
  return opened;
}

/** Why a store cannot be opened is told in the words of the database, or of the system, which are for the operator alone. */
function forCaller(error: unknown): unknown {
  return AditError.isInstance(error) && error.code === "store_unavailable" ? storeAway(error) : error;
}

async function run({ number, search, page }: Extract<SearchAsk, { search: unknown }>): Promise<void> {
  const isOver = (): boolean => !waited.has(number);
  try {
    const found = await searchCalls(await open(), { ...search, isOver }, page);
    say({ number, found });
  } catch (error) {
    say({ number, failed: faultOf(error) });
  }
  waited.delete(number);
}

function faultOf(error: unknown): SearchFault {
  if (!AditError.isInstance(error)) {
    return { code: undefined, message: textOf(error), param: undefined, remedy: undefined, cause: undefined };
  }
  const { code, message, param, remedy, cause } = error;
  return { code, message, param, remedy, cause: cause === undefined ? undefined : textOf(cause) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function say(word: SearchWord): void {
  parentPort?.postMessage(word);
}

parentPort?.on("message", (ask: SearchAsk) => {
  if ("isLeft" in ask) {
    waited.delete(ask.number);
    return;
  }
  waited.add(ask.number);
  turn = turn.then(() => run(ask));
});
