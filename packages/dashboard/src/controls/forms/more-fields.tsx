import { useState, type ReactNode } from "react";

interface MoreFieldsProps {
  summary: string;
  /** One of them is filled in. */
  isUsed: boolean;
  className?: string;
  children: ReactNode;
}

/** Fields that few need: open where one of them is filled in, and from then on. Whoever empties the last of them may be about to fill it anew. */
export function MoreFields({ summary, isUsed, className = "", children }: MoreFieldsProps) {
  const [isOpen, setIsOpen] = useState(isUsed);
  if (isUsed && !isOpen) setIsOpen(true);
  return (
    <details className={`more-fields ${className}`} open={isOpen}>
      <summary>{summary}</summary>
      {children}
    </details>
  );
}
