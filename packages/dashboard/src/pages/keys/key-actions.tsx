import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answerOf, useControl } from "../../api/control.ts";
import type { Key } from "../../api/objects.ts";
import { useAct, useGoOn } from "../../controls/act.ts";
import { ObjectActions } from "../../controls/object-actions.tsx";
import { Button } from "../../controls/button.tsx";
import { Dialog } from "../../controls/dialog.tsx";
import { SelectField } from "../../controls/forms/field.tsx";
import { Moment } from "../../controls/show.tsx";
import { ErrorPanel } from "../../controls/states.tsx";
import { Form } from "../../controls/forms/form.tsx";

export function KeyActions({ gatewayKey, onRotated }: { gatewayKey: Key; onRotated: (secret: string) => void }) {
  const control = useControl();
  const [isRotating, setIsRotating] = useState(false);
  const { id, name, status } = gatewayKey;
  const params = { path: { id } };
  return (
    <>
      <Button icon="refresh" onClick={() => setIsRotating(true)}>
        Rotate
      </Button>
      <RotateDialog
        gatewayKey={gatewayKey}
        isOpen={isRotating}
        onClose={() => setIsRotating(false)}
        onRotated={onRotated}
      />
      <ObjectActions
        name={name}
        switching={{
          isOff: status === "disabled",
          set: (isOff) =>
            answerOf(control.api.PUT("/v1/api-keys/{id}", { params, body: { status: isOff ? "disabled" : "active" } })),
          words: (
            <>
              <p>Whoever shows it gets 401 from now on, and so do its key pairs. It can be switched on again.</p>
              <LastUse gatewayKey={gatewayKey} />
            </>
          ),
        }}
        deleting={{
          run: () => answerOf(control.api.DELETE("/v1/api-keys/{id}", { params })),
          typed: name,
          listPath: "/keys",
          words: (
            <>
              <p>Whoever shows it gets 401 from now on. Its key pairs go with it. It cannot be brought back.</p>
              <LastUse gatewayKey={gatewayKey} />
            </>
          ),
        }}
      />
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
  const goOn = useGoOn();
  const [overlap, setOverlap] = useState("86400");
  const { run, error, isBusy } = useAct(async () => {
    const made = await answerOf(
      control.api.POST("/v1/api-keys/{id}/rotate", {
        params: { path: { id: gatewayKey.id } },
        body: { overlap_seconds: Number(overlap) },
      }),
    );
    const { key } = made;
    const unseen = `${gatewayKey.name} has a new text that nobody has seen: rotate it again.`;
    if (key !== null) await goOn(unseen, () => onRotated(key));
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
      <Form onSubmit={run}>
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
      </Form>
    </Dialog>
  );
}
