/** Forms of what is saved already: nothing that was typed is lost by a press elsewhere, or by what somebody else saves meanwhile. */
import { useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../api/api-error.ts";
import { Button } from "../button.tsx";
import { ConfirmDialog } from "../dialog.tsx";
import { changedIn } from "./changed-in.ts";
import { Callout } from "../states.tsx";

export interface Edited<Terms> {
  terms: Terms;
  setTerms: (terms: Terms) => void;
  isUnsaved: boolean;
  /** Something else was saved since these terms were read. */
  isOvertaken: boolean;
  /** Takes what is saved; what was typed is gone. */
  takeSaved: () => void;
  /** The terms of this press are saved; `asSaved` as the gateway spells them. What was typed since stays. */
  accept: (asSaved?: Terms) => void;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The terms follow what is saved, until something is typed. */
export function useEdited<Terms>(saved: Terms): Edited<Terms> {
  const [held, setHeld] = useState({ seen: saved, newest: saved, base: saved, terms: saved });
  const { newest, base, terms } = held;
  const isUnsaved = !isSame(terms, base);
  const latest = isSame(saved, held.seen) ? newest : saved;
  if (latest !== newest || (!isUnsaved && !isSame(latest, base))) {
    setHeld({ seen: saved, newest: latest, ...(isUnsaved ? { base, terms } : { base: latest, terms: latest }) });
  }
  return {
    terms,
    setTerms: (next) => setHeld((now) => ({ ...now, terms: next })),
    isUnsaved,
    isOvertaken: isUnsaved && !isSame(newest, base),
    takeSaved: () => setHeld((now) => ({ ...now, base: now.newest, terms: now.newest })),
    // What was saved may be here already, or come a moment later: neither is somebody else's.
    accept: (asSaved = terms) =>
      setHeld((now) => ({
        ...now,
        newest: asSaved,
        base: asSaved,
        terms: isSame(now.terms, terms) ? asSaved : now.terms,
      })),
  };
}

/** What is typed, on top of what is saved. */
export interface Merged<Terms> extends Pick<Edited<Terms>, "terms" | "setTerms" | "isUnsaved"> {
  /** These terms are what was saved; `asSaved` where they read otherwise once they are, as without their secrets. */
  accept: (asSaved?: Terms) => void;
}

/** For forms that save the fields that were touched, and no others: those follow what somebody else saves meanwhile. */
export function useMerged<Terms extends object>(saved: Terms): Merged<Terms> {
  const [held, setHeld] = useState({ saved, base: saved, terms: saved });
  const on = (next: Terms, { base, terms }: { base: Terms; terms: Terms }) => ({
    saved: next,
    base: next,
    terms: { ...next, ...changedIn(terms, base) },
  });
  if (!isSame(saved, held.saved)) setHeld(on(saved, held));
  const { terms, base } = held;
  return {
    terms,
    setTerms: (next) => setHeld((now) => ({ ...now, terms: next })),
    isUnsaved: !isSame(terms, base),
    // What was saved may be here already, or come a moment later.
    accept: (asSaved = terms) =>
      setHeld((now) =>
        isSame(now.saved, held.saved)
          ? { ...now, base: asSaved, terms: { ...asSaved, ...changedIn(now.terms, terms) } }
          : on(now.saved, { base: terms, terms: now.terms }),
      ),
  };
}

interface SavedProps<Saved, Terms> {
  /** Of the query that read it. */
  queryKey: readonly unknown[];
  /** As the page has it. */
  saved: Saved;
  /** Of it, what the form would save over. */
  termsOf: (saved: Saved) => Terms;
}

interface SavedCheck<Terms> {
  /**
   * To be waited for before something is saved: that nobody saved another version since the page read it. Where somebody did, nothing is saved,
   * and {@link EditedGuard} says so: whoever then saves again means it.
   */
  check: () => Promise<void>;
  /** Once it is saved and read anew: its terms; undefined where it could not be read. */
  now: () => Terms | undefined;
}

export function useSavedCheck<Saved, Terms>({ queryKey, saved, termsOf }: SavedProps<Saved, Terms>): SavedCheck<Terms> {
  const queries = useQueryClient();
  return {
    check: async () => {
      await queries.refetchQueries({ queryKey, exact: true }, { throwOnError: true });
      const now = queries.getQueryData<Saved>(queryKey);
      if (now === undefined || isSame(termsOf(now), termsOf(saved))) return;
      throw new ApiError("It was not saved: somebody saved another version since this page read it.", {
        status: 412,
        code: "precondition_failed",
      });
    },
    now: () => {
      const now = queries.getQueryState<Saved>(queryKey);
      return now?.data === undefined || now.isInvalidated ? undefined : termsOf(now.data);
    },
  };
}

/** Stands in the form of it. */
export function EditedGuard<Terms>({ edited, isBusy }: { edited: Edited<Terms>; isBusy: boolean }) {
  const { isUnsaved, isOvertaken, takeSaved } = edited;
  return (
    <>
      <LeaveGuard isUnsaved={isUnsaved && !isBusy} />
      {isOvertaken && !isBusy && (
        <Callout kind="warning">
          <p>Somebody saved another version meanwhile. What you save now comes after it, without its changes.</p>
          <Button onClick={takeSaved}>Take that version, drop what I typed</Button>
        </Callout>
      )}
    </>
  );
}

/** Asks before the page is left with what is not saved. Parts of the same page may be looked at. */
export function LeaveGuard({ isUnsaved }: { isUnsaved: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isUnsaved && current.pathname !== next.pathname,
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      title="Leave without saving?"
      verb="Leave"
      isOpen={status === "blocked"}
      onClose={() => reset?.()}
      run={() => {
        proceed?.();
        return Promise.resolve();
      }}
    >
      <p>What you typed on this page is not saved, and is gone when you leave it.</p>
    </ConfirmDialog>
  );
}
