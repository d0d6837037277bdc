/** Resolves when `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries > 1_000) throw new Error("It did not come to pass within ten seconds.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
