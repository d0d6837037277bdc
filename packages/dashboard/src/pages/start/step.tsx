import type { ReactNode } from "react";
import { Icon } from "../../controls/icon.tsx";

interface StepProps {
  number: number;
  title: string;
  isDone: boolean;
  /** True where what it needs is there. */
  isNow?: boolean;
  children: ReactNode;
}

export function Step({ number, title, isDone, isNow = true, children }: StepProps) {
  const state = isDone ? "done" : isNow ? "now" : "later";
  return (
    <li className={`step step-${state}`}>
      <span className="step-mark" aria-hidden="true">
        {isDone ? <Icon name="check" /> : number}
      </span>
      <div className="step-body">
        <h2>
          {title}
          {isDone && <span className="hidden">, done</span>}
        </h2>
        {children}
      </div>
    </li>
  );
}
