/** Short messages about what was done, said to screen readers too; with the way back, where there is one. */
import { createContext, useCallback, useContext, useState, type ReactNode } from "react";
import { Button } from "./button.tsx";

/** @param undo Does the opposite; it says so itself. */
type Say = (text: string, undo?: () => Promise<unknown>) => void;

interface Message {
  id: number;
  text: string;
  undo: (() => Promise<unknown>) | undefined;
}

const MessagesContext = createContext<Say>(() => {});
const shownMs = 5_000;
/** Who wants it back needs a moment to see that. */
const undoShownMs = 12_000;

export function MessagesProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const take = (id: number) => setMessages((before) => before.filter((message) => message.id !== id));
  const say = useCallback<Say>((text, undo) => {
    const id = performance.now();
    setMessages((before) => [...before, { id, text, undo }]);
    setTimeout(() => take(id), undo === undefined ? shownMs : undoShownMs);
  }, []);
  return (
    <MessagesContext value={say}>
      {children}
      <div className="messages" role="status" aria-live="polite">
        {messages.map(({ id, text, undo }) => (
          <p key={id} className="message">
            {text}
            {undo !== undefined && (
              <Button
                variant="quiet"
                onClick={() => {
                  take(id);
                  undo().catch(() => say("It could not be undone."));
                }}
              >
                Undo
              </Button>
            )}
          </p>
        ))}
      </div>
    </MessagesContext>
  );
}

/** Says that something was done. Errors stand where they arose, not here. */
export function useSay(): Say {
  return useContext(MessagesContext);
}
