/** What a helper program of the bench does at its start: listen, say where, end with its parent. */

/** The value after `--name`, or undefined. */
export function option(name) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Ends the process when the parent that holds its standard input is gone, however that one ended. */
export function endWithParent() {
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
  process.stdin.on("error", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
}

/** Listens on loopback at `--port` (default: a free one), and prints `listening PORT`. */
export function announce(server, { backlog = 4096 } = {}) {
  endWithParent();
  server.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  server.listen({ host: "127.0.0.1", port: Number(option("port") ?? 0), backlog }, () => {
    process.stdout.write(`listening ${server.address().port}\n`);
  });
}
