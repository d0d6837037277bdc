import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfSignedCertificate } from "../../packages/bedrock/src/wire/media/testing/self-signed-certificate.ts";
import { runToEnd } from "./command.ts";

const certificate = selfSignedCertificate("localhost");
const sockets = new Set<Socket>();
let server: Server;

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    // PostgreSQL's clients ask for TLS by a packet of eight bytes, and S is yes.
    socket.once("data", () => {
      socket.write("S");
      new TLSSocket(socket, { isServer: true, ...certificate }).on("error", () => {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

test.each(["verify-full", "require", "verify-ca"])(
  "with sslmode=%s a database's certificate of an unknown authority is refused, and one line says what to do",
  async (mode) => {
    const { port } = server.address() as AddressInfo;
    const address = `postgres://ada:canary@localhost:${port}/adit?sslmode=${mode}`;
    const { code, stdout, stderr } = await runToEnd(["export"], { DATABASE_URL: address });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(
      /^adit export: .*self-signed certificate \(name the certificate .*: sslrootcert=FILE\)\. Check .*\n$/,
    );
    expect(stderr).not.toContain("canary");
  },
);
