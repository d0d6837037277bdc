/** Resolves when `condition` holds; fails after a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 6_000) throw new Error("It did not come to pass within a minute.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
