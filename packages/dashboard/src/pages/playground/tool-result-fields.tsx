import { useState } from "react";
import { Button } from "../../controls/button.tsx";
import { AreaField } from "../../controls/forms/field.tsx";
import type { ToolCall } from "./chat-call.ts";
import type { ToolResult } from "./conversation.ts";
import { Form } from "../../controls/forms/form.tsx";

interface ToolResultProps {
  calls: readonly ToolCall[];
  /** Undefined while anything runs. */
  onSend: ((results: readonly ToolResult[]) => void) | undefined;
}

/** The reader stands in for the tools that the model called. */
export function ToolResultFields({ calls, onSend }: ToolResultProps) {
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  return (
    <Form
      className="form"
      onSubmit={() => onSend?.(calls.map(({ id, name }) => ({ id, name, content: given[id] ?? "" })))}
    >
      {calls.map(({ id, name }) => (
        <AreaField
          key={id}
          label={`What ${name} gives`}
          rows={2}
          className="mono"
          value={given[id] ?? ""}
          onChange={(content) => setGiven({ ...given, [id]: content })}
        />
      ))}
      <div>
        <Button type="submit" icon="play" disabled={onSend === undefined}>
          Send the results
        </Button>
      </div>
    </Form>
  );
}
