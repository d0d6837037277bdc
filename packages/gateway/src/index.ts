/** `@adit/gateway`: the gateway as a program is the command `adit`; this is the same from code. */
export { startGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export { readSettings, type Settings } from "./settings.ts";
export { RequestLog } from "./ledger/request-log/request-log.ts";
