import { expect, test } from "vitest";
import type { NodeRequest, NodeResponse } from "../node-http.ts";
import { IncomingRequest, type RequestWatch } from "./incoming-request.ts";
import { UuidV7Source } from "./request-id.ts";

test("whose connection is gone has the address with which they came in", () => {
  const socket: { remoteAddress: string | undefined } = { remoteAddress: "192.0.2.7" };
  const request = { headers: {}, socket } as unknown as NodeRequest;
  const watch = { ids: new UuidV7Source(), proxies: undefined } as unknown as RequestWatch;
  const incoming = new IncomingRequest(request, {} as NodeResponse, { watch, now: 0 });
  expect(incoming.address).toBe("192.0.2.7");
  socket.remoteAddress = undefined;
  expect(incoming.address).toBe("192.0.2.7");
});
