/** Searches that read through what is kept of calls: in a thread of their own where the program was built, else here, a piece at a time. */
import type { CancelSignal } from "@adit/bedrock";
import type { Store } from "../../store/store.ts";
import { searchCalls, type CallPage, type CallSearch, type FoundCalls } from "./call-search.ts";
import { SearchThread } from "./search-thread.ts";
import { canHaveThread } from "../intake/taker-thread.ts";

/** What is looked for; who no longer waits is told by the signal. */
export type AskedSearch = Omit<CallSearch, "isOver">;

export interface ContentSearch {
  /** One answer's worth, the newest first. Ends soon after the signal is aborted. @throws AditError `invalid_request`, `store_unavailable` */
  find(search: AskedSearch, page: CallPage, signal: CancelSignal): Promise<FoundCalls>;
  close(): Promise<void>;
}

export function contentSearchOn(store: Store): ContentSearch {
  if (canHaveThread) return new SearchThread({ location: store.location });
  return {
    find: (search, page, signal) => searchCalls(store, { ...search, isOver: () => signal.aborted }, page),
    close: () => Promise.resolve(),
  };
}
