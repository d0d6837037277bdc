import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import { useAct } from "../../controls/act.ts";
import { Button } from "../../controls/button.tsx";
import { ConfirmDialog, Dialog } from "../../controls/dialog.tsx";
import { SelectField } from "../../controls/field.tsx";
import { useSay } from "../../controls/messages.tsx";
import { Moment } from "../../controls/show.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import type { Key } from "./key-page.tsx";

export function KeyActions({ gatewayKey, onRotated }: { gatewayKey: Key; onRotated: (secret: string) => void }) {
  const control = useControl();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const [asked, setAsked] = useState<"rotate" | "switch" | "delete">();
  const { id, name, status } = gatewayKey;
  const isOff = status === "disabled";
  const close = () => setAsked(undefined);
  const setStatus = async (next: "active" | "disabled") => {
    await answerOf(control.api.PUT("/v1/api-keys/{id}", { params: { path: { id } }, body: { status: next } }));
    say(next === "disabled" ? "Switched off. It can be switched on again." : "Switched on.");
    await queries.invalidateQueries();
  };
  const remove = async () => {
    await answerOf(control.api.DELETE("/v1/api-keys/{id}", { params: { path: { id } } }));
    say(`${name} was deleted.`);
    await navigate({ to: "/keys" });
    void queries.invalidateQueries();
  };
  return (
    <>
      <Button icon="refresh" onClick={() => setAsked("rotate")}>
        Rotate
      </Button>
      <Button onClick={() => (isOff ? void setStatus("active") : setAsked("switch"))}>
        {isOff ? "Switch on" : "Switch off"}
      </Button>
      <Button variant="danger" onClick={() => setAsked("delete")}>
        Delete
      </Button>
      <RotateDialog gatewayKey={gatewayKey} isOpen={asked === "rotate"} onClose={close} onRotated={onRotated} />
      <ConfirmDialog
        title={`Switch ${name} off?`}
        verb="Switch off"
        isOpen={asked === "switch"}
        onClose={close}
        run={() => setStatus("disabled")}
      >
        <p>Whoever shows it gets 401 from now on, and so do its key pairs. It can be switched on again.</p>
        <LastUse gatewayKey={gatewayKey} />
      </ConfirmDialog>
      <ConfirmDialog
        title={`Delete ${name}?`}
        verb="Delete"
        name={name}
        isOpen={asked === "delete"}
        onClose={close}
        run={remove}
      >
        <p>Whoever shows it gets 401 from now on. Its key pairs go with it. It cannot be brought back.</p>
        <LastUse gatewayKey={gatewayKey} />
      </ConfirmDialog>
    </>
  );
}

function LastUse({ gatewayKey: { last_used_at } }: { gatewayKey: Key }) {
  if (last_used_at === null) return <p>It was never used.</p>;
  return (
    <p>
      It was last used <Moment at={last_used_at} isRelative /> (<Moment at={last_used_at} />
      ).
    </p>
  );
}

const overlaps = [
  ["0", "at once"],
  ["3600", "after an hour"],
  ["86400", "after a day"],
  ["604800", "after a week"],
] as const;

interface RotateProps {
  gatewayKey: Key;
  isOpen: boolean;
  onClose: () => void;
  onRotated: (secret: string) => void;
}

function RotateDialog({ gatewayKey, isOpen, onClose, onRotated }: RotateProps) {
  const control = useControl();
  const queries = useQueryClient();
  const [overlap, setOverlap] = useState("86400");
  const { run, error, isBusy } = useAct(async () => {
    const made = await answerOf(
      control.api.POST("/v1/api-keys/{id}/rotate", {
        params: { path: { id: gatewayKey.id } },
        body: { overlap_seconds: Number(overlap) },
      }),
    );
    if (made.key !== null) onRotated(made.key);
    onClose();
    await queries.invalidateQueries();
  });
  return (
    <Dialog
      title={`Rotate ${gatewayKey.name}`}
      description="A new text for the same rights. It is shown once."
      isOpen={isOpen}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <SelectField
          label="The old text stops"
          value={overlap}
          onChange={setOverlap}
          hint="Until then both count: time to bring the new one to every place that has the old one."
        >
          {overlaps.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </SelectField>
        {error !== undefined && <ErrorPanel error={error} />}
        <div className="form-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            Rotate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
