import os from "node:os";

/** Of a core that both want, the thread gets a quarter, and the one that answers calls three. */
const lessBy = 5;
const least = 19;

/**
 * Lets the thread that answers calls go first where cores are few: without it both get half of one, and calls wait for tens of
 * milliseconds while records are written. On Linux a priority is a thread's own; elsewhere it is the whole process's, and is left alone.
 */
export function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    os.setPriority(Math.min(os.getPriority() + lessBy, least));
  } catch {
    // Where a sandbox forbids it, the threads share alike.
  }
}
