import { CodeBlock } from "../../controls/copy.tsx";
import { Tabs } from "../../controls/tabs.tsx";
import { exampleModel, keyPlaceholder, snippetsFor } from "./snippets.ts";

export function SnippetTabs({ secret, model = exampleModel }: { secret: string | undefined; model?: string }) {
  const snippets = snippetsFor({ origin: location.origin, key: secret ?? keyPlaceholder, model });
  return (
    <Tabs
      label="Clients"
      tabs={snippets.map(({ id, label, code }) => ({
        id,
        label,
        content: <CodeBlock code={code} label={`the lines for ${label}`} />,
      }))}
    />
  );
}
