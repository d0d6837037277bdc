import { useNavigate, useSearch } from "@tanstack/react-router";
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface Tab {
  id: string;
  label: string;
  content: ReactNode;
  /** What is typed in it stays, while another part is looked at. */
  isKept?: boolean;
}

interface TabsProps {
  tabs: readonly Tab[];
  label: string;
  value?: string | undefined;
  onChange?: (id: string) => void;
}

export function Tabs({ tabs, label, value, onChange }: TabsProps) {
  const state = value === undefined ? { defaultValue: tabs[0]?.id ?? "" } : { value };
  return (
    <Radix.Root className="tabs" {...state} {...(onChange !== undefined && { onValueChange: onChange })}>
      <Radix.List className="tab-list" aria-label={label}>
        {tabs.map(({ id, label: words }) => (
          <Radix.Trigger key={id} value={id} className="tab">
            {words}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content, isKept }) => (
        <Radix.Content
          key={id}
          value={id}
          className="tab-content"
          {...(isKept === true && { forceMount: true as const })}
        >
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

/** The parts of a page: which of them is shown stands in the address. */
export function PageTabs({ tabs, label }: Pick<TabsProps, "tabs" | "label">) {
  const { tab } = useSearch({ strict: false });
  const navigate = useNavigate();
  const show = (id: string) =>
    void navigate({ to: ".", search: (before) => ({ ...before, tab: id }), replace: true, resetScroll: false });
  return <Tabs label={label} tabs={tabs} value={(tabs.find(({ id }) => id === tab) ?? tabs[0])?.id} onChange={show} />;
}
