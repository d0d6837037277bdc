/** Where lines of the log go. */
export interface LogDestination {
  /** Takes lines, each with its line feed. */
  write(lines: string): void;
  /** Writes out what is buffered, before it returns. */
  flushSync?: () => void;
}
