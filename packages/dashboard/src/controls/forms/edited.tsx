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
  /** These terms are what was saved, in the gateway's spelling. */
  accept: () => void;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The terms follow what is saved, until something is typed. */
export function useEdited<Terms>(saved: Terms): Edited<Terms> {
  const [base, setBase] = useState(saved);
  const [terms, setTerms] = useState(saved);
  const takeSaved = () => {
    setBase(saved);
    setTerms(saved);
  };
  const isUnsaved = !isSame(terms, base);
  const isNewer = !isSame(saved, base);
  if (isNewer && !isUnsaved) takeSaved();
  return {
    terms,
    setTerms,
    isUnsaved,
    isOvertaken: isNewer && isUnsaved,
    takeSaved,
    accept: () => setBase(terms),
  };
}

/** What is typed, on top of what is saved. */
export type Merged<Terms> = Pick<Edited<Terms>, "terms" | "setTerms" | "isUnsaved" | "accept">;

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
    accept: () =>
      setHeld((now) =>
        isSame(now.saved, held.saved) ? { ...now, base: terms } : on(now.saved, { base: terms, terms: now.terms }),
      ),
  };
}

interface SavedCheck<Saved> {
  /** Of the query that read it. */
  queryKey: readonly unknown[];
  /** As the page has it. */
  saved: Saved;
  /** Of it, what the form would save over. */
  termsOf: (saved: Saved) => unknown;
}

/**
 * To be waited for before something is saved: that nobody saved another version since the page read it. Where somebody did, nothing is saved,
 * and {@link EditedGuard} says so: whoever then saves again means it.
 */
export function useSavedCheck<Saved>({ queryKey, saved, termsOf }: SavedCheck<Saved>): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await queries.refetchQueries({ queryKey, exact: true }, { throwOnError: true });
    const now = queries.getQueryData<Saved>(queryKey);
    if (now === undefined || isSame(termsOf(now), termsOf(saved))) return;
    throw new ApiError("It was not saved: somebody saved another version since this page read it.", {
      status: 412,
      code: "precondition_failed",
    });
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
