import { useEffect, useRef, useState } from "react";
import { asApiError } from "../api/api-error.ts";
import { useSay } from "./messages.tsx";

export interface Act {
  /** Begins it; a second time while it is under way does nothing. */
  run: () => void;
  isBusy: boolean;
  error: unknown;
  clear: () => void;
}

/** Whether its place is still shown: who has left it, or has closed it, may be typing elsewhere by now. */
export function useIsShown(isOpen = true): () => boolean {
  const isShown = useRef(false);
  useEffect(() => {
    isShown.current = isOpen;
    return () => {
      isShown.current = false;
    };
  }, [isOpen]);
  return () => isShown.current;
}

/** Leads on from what was begun here, once it is done. Who has gone elsewhere meanwhile stays there, and is told. */
export function useGoOn(): (done: string, go: () => unknown) => Promise<void> {
  const say = useSay();
  const isShown = useIsShown();
  return async (done, go) => {
    if (isShown()) await go();
    else say(done);
  };
}

/**
 * Takes the error of something that was begun here. It stands where it arose; for whoever has left that place meanwhile, or has closed it, it is
 * said: they would take it for done.
 */
export function useFailing(isOpen = true): { error: unknown; fail: (error: unknown) => void; clear: () => void } {
  const say = useSay();
  const [error, setError] = useState<unknown>();
  const isShown = useIsShown(isOpen);
  const fail = (fault: unknown) => {
    if (isShown()) setError(fault);
    else say(`It was not done: ${asApiError(fault).message}`);
  };
  return { error, fail, clear: () => setError(undefined) };
}

/** Something that a press of a button does: it is under way, done, or has failed. */
export function useAct(act: () => Promise<unknown>): Act {
  const { error, fail, clear } = useFailing();
  const [isBusy, setIsBusy] = useState(false);
  const run = () => {
    if (isBusy) return;
    setIsBusy(true);
    clear();
    act()
      .catch(fail)
      .finally(() => setIsBusy(false));
  };
  return { run, isBusy, error, clear };
}
