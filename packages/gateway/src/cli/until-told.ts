/**
 * Resolves when the process is told to stop (SIGINT, SIGTERM, SIGHUP). `onAgain` is what it does when it is told again; without it the
 * system ends it then.
 */
export function untilTold(onAgain?: () => void): Promise<void> {
  const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  return new Promise((resolve) => {
    let isTold = false;
    const onSignal = (): void => {
      if (isTold) return onAgain?.();
      isTold = true;
      // Who listens again listens on: a signal right behind the first would be lost between two listeners.
      if (onAgain === undefined) for (const name of signals) process.off(name, onSignal);
      resolve();
    };
    for (const name of signals) process.on(name, onSignal);
  });
}
