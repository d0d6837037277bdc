const longestPath = 200;
/** Visible ASCII but the comma, which parts the paths. */
const fitting = /^[!-+\--~]{1,200}$/;

/** A path for a list of what was left out. It holds words of others (field names, flags) and travels in a header: plain ASCII, and short. */
export function plainPath(path: string): string {
  return fitting.test(path) ? path : path.slice(0, longestPath).replace(/[^!-+\--~]/g, "?");
}
