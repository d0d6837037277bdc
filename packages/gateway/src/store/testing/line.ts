/** A line to a server that can be cut without a word, as a network does: what was sent is swallowed, and no connection ends. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Line {
  port: number;
  cut(): void;
  /** Cuts the way back of the first connection over which these words go out: what they ask for is done, and nobody hears of it. */
  muteAt(words: string): void;
  /** Passes on nothing that PostgreSQL announces, as a pooler in transaction mode does. */
  deafen(isDeaf: boolean): void;
  mend(): void;
  close(): Promise<void>;
}

/** The letter with which PostgreSQL's `NotificationResponse` begins. */
const notification = "A".charCodeAt(0);

export async function lineTo(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let muting: string | undefined;
  let isDeaf = false;
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    let isMute = false;
    near.on("data", (chunk) => {
      if (muting === undefined || !chunk.includes(muting)) return;
      isMute = true;
      muting = undefined;
    });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      const isSwallowed = (chunk: Buffer): boolean =>
        isCut || (from === far && (isMute || (isDeaf && chunk[0] === notification)));
      from.on("data", (chunk: Buffer) => void (isSwallowed(chunk) || to.write(chunk)));
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => void (isCut = true),
    muteAt: (words) => void (muting = words),
    deafen: (value) => void (isDeaf = value),
    mend: () => void (isCut = false),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
