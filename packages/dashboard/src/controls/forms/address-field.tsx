/** Fields whose values stand in the address. */
import { useState, type ComponentProps } from "react";
import { TextField } from "./field.tsx";
import { lastMoment, localMoment, momentIn } from "./form-text.ts";

/**
 * The address follows a moment behind a press of a key. A field that showed what stands there would be set back meanwhile: the caret would jump
 * to its end, and a year or a word of several presses could not be typed. So it shows what is typed, until the address changes by something else.
 */
function useTyped(value: string, onChange: (text: string) => void) {
  const [known, setKnown] = useState(value);
  const [typed, setTyped] = useState<string>();
  /** Typed, and not in the address yet. */
  const [ahead, setAhead] = useState<readonly string[]>([]);
  if (known !== value) {
    const place = ahead.lastIndexOf(value);
    setKnown(value);
    setAhead(place === -1 ? [] : ahead.slice(place + 1));
    if (place === -1) setTyped(undefined);
  }
  return {
    value: typed ?? value,
    onChange: (text: string) => {
      setTyped(text);
      setAhead([...ahead, text]);
      onChange(text);
    },
  };
}

export function AddressField({ value, onChange, ...rest }: ComponentProps<typeof TextField>) {
  return <TextField {...rest} {...useTyped(value, onChange)} />;
}

interface MomentProps {
  label: string;
  /** As the API has it: UTC, in ISO 8601. */
  at: string | undefined;
  onChange: (at: string | undefined) => void;
}

/** A moment in the browser's time zone. */
export function MomentField({ label, at, onChange }: MomentProps) {
  const typed = useTyped(localMoment(at ?? null), (text) => onChange(momentIn(text)));
  return <TextField label={label} type="datetime-local" max={lastMoment} {...typed} />;
}
