/** A config as text and as a tree, side by side, checked by the gateway as it is written. */
import { lazy, Suspense, useState } from "react";
import { asApiError } from "../../api/api-error.ts";
import { Button } from "../../controls/button.tsx";
import { exactJson } from "../../controls/forms/exact-json.ts";
import { jsonFault } from "../../controls/forms/form-text.ts";
import type { JsonFault } from "../../controls/forms/json-editor.tsx";
import { Panel } from "../../controls/page.tsx";
import { Loading } from "../../controls/states.tsx";
import { ConfigTree } from "./config-tree.tsx";
import { DryRunPanel, isRefused, useDryRun, useDryRunModel } from "./dry-run.tsx";

const JsonEditor = lazy(() =>
  import("../../controls/forms/json-editor.tsx").then((file) => ({ default: file.JsonEditor })),
);

interface ConfigEditorProps {
  text: string;
  onChange: (text: string) => void;
  isReadOnly?: boolean;
}

export function configIn(text: string): Record<string, unknown> | undefined {
  return jsonFault(text) === undefined ? (exactJson(text) as Record<string, unknown>) : undefined;
}

export function ConfigEditor({ text, onChange, isReadOnly = false }: ConfigEditorProps) {
  const [shown, setShown] = useState<{ path: string }>();
  const [model, setModel] = useDryRunModel();
  const config = configIn(text);
  const query = useDryRun(config, model);
  const faults = config === undefined ? [] : faultsOf(query);
  const { change, undo } = useTreeChanges(text, onChange);
  return (
    <>
      <div className="config-sides">
        <Panel title="Text" lead="As requests name it. Faults are marked as you write.">
          <Suspense fallback={<Loading what="the editor" />}>
            <JsonEditor
              label="The config as JSON"
              value={text}
              onChange={onChange}
              faults={faults}
              shown={shown}
              isReadOnly={isReadOnly}
            />
          </Suspense>
        </Panel>
        <Panel
          title="Tree"
          lead={isReadOnly ? "A press leads to its place in the text." : "A press opens a part. Both sides are one."}
          actions={
            !isReadOnly && (
              <Button icon="refresh" disabled={undo === undefined} onClick={undo}>
                Undo
              </Button>
            )
          }
        >
          <ConfigTree
            config={config}
            faults={faults}
            onShow={(path) => setShown({ path })}
            onChange={isReadOnly ? undefined : change}
          />
        </Panel>
      </div>
      <DryRunPanel query={query} model={model} onModel={setModel} />
    </>
  );
}

/** Changes of the tree write the text anew. Each can be undone until the text is changed in another way. */
function useTreeChanges(text: string, onChange: (text: string) => void) {
  const [done, setDone] = useState<readonly { before: string; after: string }[]>([]);
  const last = done.at(-1);
  return {
    change: (config: object) => {
      const after = JSON.stringify(config, undefined, 2);
      setDone([...(last?.after === text ? done : []), { before: text, after }]);
      onChange(after);
    },
    undo:
      last?.after === text
        ? () => {
            setDone(done.slice(0, -1));
            onChange(last.before);
          }
        : undefined,
  };
}

function faultsOf({ error, data }: ReturnType<typeof useDryRun>): JsonFault[] {
  if (error !== null) {
    if (!isRefused(error)) return [];
    const { message, param } = asApiError(error);
    return [{ path: param ?? "config", message }];
  }
  return (data?.warnings ?? []).map((warning) => ({ ...warning, isWarning: true }));
}
