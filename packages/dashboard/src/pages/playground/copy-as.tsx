/** A column's request, for other clients. */
import { CodeBlock } from "../../controls/copy.tsx";
import { Dialog } from "../../controls/dialog.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { keyPlaceholder } from "../keys/snippets.ts";
import { formsOf } from "./copy-forms.ts";
import type { ChatCall } from "./settings.ts";

export function CopyAsDialog({ call, onClose }: { call: ChatCall | undefined; onClose: () => void }) {
  return (
    <Dialog
      title="Copy as"
      description="What is written now is the question. Put your key in."
      isOpen={call !== undefined}
      onClose={onClose}
    >
      {call !== undefined && (
        <Tabs
          label="Forms"
          tabs={formsOf(call, { origin: location.origin, key: keyPlaceholder }).map(({ id, label, code }) => ({
            id,
            label,
            content: <CodeBlock code={code} label={`the request for ${label}`} />,
          }))}
        />
      )}
    </Dialog>
  );
}
