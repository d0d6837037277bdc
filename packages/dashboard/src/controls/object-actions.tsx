/** Switching something off and on, and deleting it: both say what they would break, and the first can be undone. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useAct, useIsShown } from "./act.ts";
import { Button } from "./button.tsx";
import { ConfirmDialog } from "./dialog.tsx";
import { useSay } from "./messages.tsx";
import { ErrorPanel } from "./states.tsx";

interface Switching {
  isOff: boolean;
  set: (isOff: boolean) => Promise<unknown>;
  /** What happens to those who use it. */
  words: ReactNode;
}

interface Deleting {
  run: () => Promise<unknown>;
  words: ReactNode;
  /** To be typed first: its name or its slug. */
  typed: string;
  /** Where the way leads when it is gone. */
  listPath: "/credentials" | "/keys" | "/connectors" | "/configs" | "/guardrails" | "/prompts";
}

interface ObjectActionsProps {
  name: string;
  switching?: Switching;
  deleting: Deleting;
}

export function ObjectActions({ name, switching, deleting }: ObjectActionsProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const isShown = useIsShown();
  const [asked, setAsked] = useState<"switch" | "delete">();
  const close = () => setAsked(undefined);
  const remove = async () => {
    await deleting.run();
    say(`${name} was deleted.`);
    // What was typed of it is gone with it: nobody is asked whether to leave that. Who has gone elsewhere meanwhile stays there.
    if (isShown()) await navigate({ to: deleting.listPath, ignoreBlocker: true });
    void queries.invalidateQueries();
  };
  return (
    <>
      {switching !== undefined && (
        <SwitchButton name={name} switching={switching} isAsked={asked === "switch"} onAsk={setAsked} />
      )}
      <Button variant="danger" onClick={() => setAsked("delete")}>
        Delete
      </Button>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={deleting.typed}
        isOpen={asked === "delete"}
        onClose={close}
        run={remove}
      >
        {deleting.words}
      </ConfirmDialog>
    </>
  );
}

interface SwitchProps {
  name: string;
  switching: Switching;
  isAsked: boolean;
  onAsk: (asked: "switch" | undefined) => void;
}

function SwitchButton({ name, switching: { isOff, set, words }, isAsked, onAsk }: SwitchProps) {
  const queries = useQueryClient();
  const say = useSay();
  const turn = async (toOff: boolean) => {
    await set(toOff);
    if (toOff) say(`${name} is switched off.`, () => turn(false));
    else say(`${name} is switched on.`);
    await queries.invalidateQueries();
  };
  const switchOn = useAct(() => turn(false));
  return (
    <>
      {switchOn.error !== undefined && <ErrorPanel error={switchOn.error} title="It was not switched on" />}
      <Button isBusy={switchOn.isBusy} onClick={() => (isOff ? switchOn.run() : onAsk("switch"))}>
        {isOff ? "Switch on" : "Switch off"}
      </Button>
      <ConfirmDialog
        title={`Switch ${name} off?`}
        verb="Switch off"
        isOpen={isAsked}
        onClose={() => onAsk(undefined)}
        run={() => turn(true)}
      >
        {words}
      </ConfirmDialog>
    </>
  );
}
