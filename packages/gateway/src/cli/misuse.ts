/** A command line that is not understood: the subcommand's help follows, and the exit status is 2. */
export class Misuse extends Error {}

/** The number of `--port`; undefined where it is not given. @throws Misuse */
export function portNamed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Misuse(`--port must be a whole number from 0 to 65535, and is ${JSON.stringify(text)}.`);
}
