/** Dialogs: Radix keeps the focus inside; it goes back to where it was. */
import { Dialog as Radix } from "radix-ui";
import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from "react";
import { useFailing, useIsShown } from "./act.ts";
import { Button } from "./button.tsx";
import { TextField } from "./forms/field.tsx";
import { HiddenPage } from "./hidden-page.ts";
import { Icon } from "./icon.tsx";
import { ErrorPanel } from "./states.tsx";
import { Form } from "./forms/form.tsx";

/** Whether something that is typed would be lost, if the dialog around were closed. */
const WouldLose = createContext<{ current: boolean } | undefined>(undefined);

/** For what stands in a dialog: while `would` is true Escape, which is soon pressed by mistake, asks before it closes that. */
export function useWouldLose(would: boolean): void {
  const told = useContext(WouldLose);
  useEffect(() => {
    if (told === undefined) return undefined;
    told.current = would;
    return () => {
      told.current = false;
    };
  }, [told, would]);
}

interface DialogProps {
  title: string;
  description?: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, description, isOpen, onClose, children }: DialogProps) {
  // Radix gives the focus back to a trigger of its own, which there is none of here.
  const opener = useRef<Element>(null);
  const isHidden = useContext(HiddenPage);
  const wouldLose = useRef(false);
  const [isAsked, setIsAsked] = useState(false);
  if (isAsked && !isOpen) setIsAsked(false);
  const goBack = (event: Event) => {
    event.preventDefault();
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-overlay" hidden={isHidden} />
        <Radix.Content
          className="dialog"
          hidden={isHidden}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={goBack}
          // A press beside it is seldom meant to give up what is typed in it, or the page behind a sign-in.
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => {
            if (!wouldLose.current) return;
            event.preventDefault();
            setIsAsked(true);
          }}
          // React hands it on to the form that the dialog was opened from: that one is not sent.
          onSubmit={(event) => event.stopPropagation()}
          {...(description === undefined && { "aria-describedby": undefined })}
        >
          <Radix.Title>{title}</Radix.Title>
          {description !== undefined && <Radix.Description>{description}</Radix.Description>}
          <WouldLose value={wouldLose}>{children}</WouldLose>
          {isAsked && (
            <ConfirmDialog
              title="Close without saving?"
              verb="Close without saving"
              isOpen
              onClose={() => setIsAsked(false)}
              run={() => {
                onClose();
                return Promise.resolve();
              }}
            >
              <p>What you typed is not saved, and is gone then.</p>
            </ConfirmDialog>
          )}
          <Radix.Close className="dialog-close" aria-label="Close">
            <Icon name="cross" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  title: string;
  /** The word on the button. */
  verb: string;
  isOpen: boolean;
  onClose: () => void;
  /** To be typed first. */
  name?: string;
  /** What breaks. */
  children: ReactNode;
  run: () => Promise<unknown>;
}

/** As a page shows it: whoever types what they see cannot tell two blanks from one, nor type a mark that has no width. */
function seenOf(name: string): string {
  return name
    .replaceAll(/\p{Cf}/gu, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Asks before what cannot be undone: says what it breaks, and wants the name typed. */
export function ConfirmDialog({ title, verb, isOpen, onClose, name, children, run }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const { error, fail, clear } = useFailing(isOpen);
  const isShown = useIsShown(isOpen);
  const [isBusy, setIsBusy] = useState(false);
  const close = () => {
    setTyped("");
    clear();
    onClose();
  };
  const go = () => {
    setIsBusy(true);
    run()
      // Closed by its reader before, it may share its place with another that is open now.
      .then(() => isShown() && close(), fail)
      .finally(() => setIsBusy(false));
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={close}>
      <Form onSubmit={go}>
        <div className="prose">{children}</div>
        {name !== undefined && <TextField label={`Type ${name} to confirm`} value={typed} onChange={setTyped} />}
        {error !== undefined && <ErrorPanel error={error} />}
        <div className="form-end">
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            variant="danger"
            isBusy={isBusy}
            disabled={name !== undefined && seenOf(typed) !== seenOf(name)}
          >
            {verb}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}
