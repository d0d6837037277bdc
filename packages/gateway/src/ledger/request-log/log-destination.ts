/** Where lines of the log go. */
export interface LogDestination {
  /** Takes lines, each with its line feed. */
  write(lines: string): void;
  /** Resolves when all that was taken is written out, in its order. */
  flush?: () => Promise<void>;
}
