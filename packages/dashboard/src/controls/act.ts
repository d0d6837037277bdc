import { useState } from "react";

export interface Act {
  /** Begins it; a second time while it is under way does nothing. */
  run: () => void;
  isBusy: boolean;
  error: unknown;
  clear: () => void;
}

/** Something that a press of a button does: it is under way, done, or has failed. */
export function useAct(act: () => Promise<unknown>): Act {
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const run = () => {
    if (isBusy) return;
    setIsBusy(true);
    setError(undefined);
    act()
      .catch(setError)
      .finally(() => setIsBusy(false));
  };
  return { run, isBusy, error, clear: () => setError(undefined) };
}
