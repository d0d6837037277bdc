import { expect, test } from "vitest";
import { CallerHeaders } from "../../http/request/caller-headers.ts";
import { forwardedHeaders, namesToForward } from "./forwarded-headers.ts";

const forwarded = (listed: string, headers: Record<string, string>): Record<string, string> =>
  ofRequest(new CallerHeaders({ "x-portkey-forward-headers": listed, ...headers }));

function ofRequest(headers: CallerHeaders): Record<string, string> {
  return forwardedHeaders(headers, namesToForward(headers));
}

test("a listed header travels by its own name, in any case", () => {
  expect(forwarded("X-Team, x-none ,x-trace", { "x-team": "blue", "x-trace": "t" })).toEqual({
    "x-team": "blue",
    "x-trace": "t",
  });
  expect(forwarded("", { "x-team": "blue" })).toEqual({});
});

test.each([
  "host",
  "authorization",
  "x-api-key",
  "x_api_key",
  "x-amz-date",
  "x_amz_date",
  "x-amz_security_token",
  "X_Forwarded_For",
  "x-adit-hop",
  "x_portkey_config",
  "proxy_authorization",
  "content_length",
])("%s never does: what reads CGI's variables takes _ for -", (name) => {
  expect(forwarded(name, { [name.toLowerCase()]: "v", "x-team": "blue" })).toEqual({});
});
