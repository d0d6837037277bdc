/** Short messages about what was done, said to screen readers too. */
import { createContext, useCallback, useContext, useState, type ReactNode } from "react";

interface Message {
  id: number;
  text: string;
}

const MessagesContext = createContext<(text: string) => void>(() => {});
const shownMs = 5_000;

export function MessagesProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const say = useCallback((text: string) => {
    const id = performance.now();
    setMessages((before) => [...before, { id, text }]);
    setTimeout(() => setMessages((before) => before.filter((message) => message.id !== id)), shownMs);
  }, []);
  return (
    <MessagesContext value={say}>
      {children}
      <div className="messages" role="status" aria-live="polite">
        {messages.map(({ id, text }) => (
          <p key={id} className="message">
            {text}
          </p>
        ))}
      </div>
    </MessagesContext>
  );
}

/** Says that something was done. Errors stand where they arose, not here. */
export function useSay(): (text: string) => void {
  return useContext(MessagesContext);
}
