import { useState } from "react";

/** What a text means; undefined is "none". Or why it means nothing. */
export type Reading<Value> = { value: Value | undefined } | { fault: string };

interface DraftOptions<Value> {
  /** Kept elsewhere, such as in a text that others change too. */
  value: Value | undefined;
  textOf: (value: Value | undefined) => string;
  read: (text: string) => Reading<Value>;
  onChange: (value: Value | undefined) => void;
}

/**
 * The text of a field whose value is kept elsewhere in another form. It stays as it was typed while it means that value (`429,` on the
 * way to `429, 503`), and is written anew when the value is changed from elsewhere. What means nothing is kept to be mended, and told.
 */
export function useDraft<Value>({ value, textOf, read, onChange }: DraftOptions<Value>) {
  const [draft, setDraft] = useState<{ text: string; of: string | undefined }>();
  const isCurrent = draft !== undefined && draft.of === JSON.stringify(value);
  const text = isCurrent ? draft.text : textOf(value);
  const reading = read(text);
  return {
    text,
    fault: "fault" in reading ? reading.fault : undefined,
    write: (next: string) => {
      const meant = read(next);
      const now = "fault" in meant ? value : meant.value;
      setDraft({ text: next, of: JSON.stringify(now) });
      if (!("fault" in meant)) onChange(meant.value);
    },
  };
}
