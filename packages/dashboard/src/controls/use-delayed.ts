import { useEffect, useState } from "react";

/** The value as it was left for a moment: what is typed is not asked for letter by letter. */
export function useDelayed<Value>(value: Value, delayMs = 250): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
