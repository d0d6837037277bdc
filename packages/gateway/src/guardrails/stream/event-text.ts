/** JSON as a server-sent event. */

/** Line readers of some clients end a line at these, which JSON may hold as they are. */
const lineEnds = /[\u0085\u2028\u2029]/g;

export function eventText(name: string, json: object): string {
  const data = JSON.stringify(json).replace(
    lineEnds,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${name === "" ? "" : `event: ${name}\n`}data: ${data}\n\n`;
}
