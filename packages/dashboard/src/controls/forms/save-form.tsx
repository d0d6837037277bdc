/** Fields that are saved by one press: why it could not be done stands above the button. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Act } from "../act.ts";
import { Button } from "../button.tsx";
import { ErrorPanel } from "../states.tsx";
import { Form } from "./form.tsx";

interface SaveFormProps {
  saving: Act;
  /** `stack`: panels with fields in them; `form`: fields within one panel. */
  layout: "stack" | "form";
  verb?: string;
  /** What is said of it where it was refused. */
  refusal?: string;
  /** Of the form, for who does not see where it begins. */
  label?: string;
  /** The list that whoever makes nothing goes back to. */
  cancelPath?: "/credentials" | "/keys" | "/connectors" | "/configs" | "/guardrails" | "/prompts";
  /** False while what is filled in is nothing that can be saved. */
  isWhole?: boolean;
  children: ReactNode;
}

export function SaveForm(props: SaveFormProps) {
  const { saving, layout, verb = "Save", refusal = "It was not saved", label, cancelPath, isWhole, children } = props;
  const { run, error, isBusy } = saving;
  return (
    <Form className={layout} aria-label={label} onSubmit={run}>
      {children}
      {error !== undefined && <ErrorPanel error={error} title={refusal} />}
      <div className="form-end">
        {cancelPath !== undefined && (
          <Link to={cancelPath} className="button button-plain">
            Cancel
          </Link>
        )}
        <Button type="submit" variant="primary" isBusy={isBusy} disabled={isWhole === false}>
          {verb}
        </Button>
      </div>
    </Form>
  );
}
