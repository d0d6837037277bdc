/** The thread of `taker-thread.ts`: begun as a file of its own, it takes over what it is told to. */
import { parentPort, workerData } from "node:worker_threads";
import { AditError } from "@adit/bedrock";
import { Store } from "../../store/store.ts";
import { giveWay } from "../give-way.ts";
import { RecordTaker, type Taken } from "./record-taker.ts";
import type { TakerAsk, TakerThreadData, TakerWord } from "./taker-thread.ts";

/** Half of what other connections have: so the work of bringing pages to the file is done here, where nobody waits for it. */
const checkpointPages = 4_000;
/** One is at work; the other is for the case that the first broke. */
const connections = 2;

const { location, folder, wantsAdded } = workerData as TakerThreadData;
let opened: Promise<RecordTaker> | undefined;

giveWay();

async function open(): Promise<RecordTaker> {
  const store = await Store.open(location, { hears: false, checkpointPages, postgres: { connections } });
  return new RecordTaker({ store, folder, wantsAdded, onRefused: (error) => say({ refused: textOf(error) }) });
}

function say(word: TakerWord): void {
  parentPort?.postMessage(word);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function take(ask: TakerAsk): Promise<Taken> {
  opened ??= open();
  // A store that could not be opened is opened with the next ask.
  opened.catch(() => (opened = undefined));
  const taker = await opened;
  return "place" in ask ? taker.takeFile(ask.place) : taker.takeLines(ask.lines);
}

parentPort?.on("message", (ask: TakerAsk) => {
  take(ask).then(
    (taken) => say({ taken }),
    (error: unknown) => {
      const isAway = AditError.isInstance(error) && error.code === "store_unavailable";
      say({ failed: textOf(isAway && error.cause !== undefined ? error.cause : error), isAway });
    },
  );
});
