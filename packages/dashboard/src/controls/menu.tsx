import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

export interface MenuEntry {
  label: string;
  isChosen?: boolean;
  onChoose: () => void;
}

/** A button that opens a list of things to do or to choose from. `trigger` is the button's inside, and its name. */
export function Menu({
  trigger,
  entries,
  className,
}: {
  trigger: ReactNode;
  entries: readonly MenuEntry[];
  className?: string;
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger className={className ?? "button button-plain"}>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" sideOffset={6} align="start">
          {entries.map(({ label: words, isChosen, onChoose }) => (
            <Radix.Item key={words} className="menu-entry" data-chosen={isChosen} onSelect={onChoose}>
              {words}
            </Radix.Item>
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
