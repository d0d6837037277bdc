/** Whose address counts behind proxies, and what no caller can make of it. */
import { describe, expect, test } from "vitest";
import { TrustedProxies } from "./trusted-proxies.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.1", "2001:db8:1::/48"]);

describe("the right-most address that is no proxy's", () => {
  test.each([
    ["no header", "10.0.0.1", undefined, "10.0.0.1"],
    ["one proxy", "10.0.0.1", "203.0.113.7", "203.0.113.7"],
    ["a chain of proxies", "10.0.0.1", "203.0.113.7, 192.0.2.1, 10.9.9.9", "203.0.113.7"],
    ["what the caller wrote itself stands left", "10.0.0.1", "127.0.0.1, 10.0.0.5, 203.0.113.7", "203.0.113.7"],
    ["a caller among the proxies' networks", "10.0.0.1", "10.1.2.3", "10.1.2.3"],
    ["IPv6", "2001:db8:1::5", "2001:db8:2::7", "2001:db8:2::7"],
    ["IPv4 as a socket of IPv6 tells it", "::ffff:10.0.0.1", "::ffff:203.0.113.7", "::ffff:203.0.113.7"],
    ["a port", "10.0.0.1", "203.0.113.7:52100", "203.0.113.7"],
    ["a port of IPv6", "10.0.0.1", "[2001:db8:2::7]:52100", "2001:db8:2::7"],
    ["white space and empty places left of it", "10.0.0.1", " , ,\t203.0.113.7 ", "203.0.113.7"],
  ])("%s", (_name, peer, header, expected) => {
    expect(proxies.callerOf(peer, header)).toBe(expected);
  });

  test.each(["203.0.113.7", "127.0.0.1", "11.0.0.1", "::1", "fe80::1%eth0"])(
    "%s is no proxy: its word is none",
    (peer) => {
      expect(proxies.callerOf(peer, "10.0.0.1, 127.0.0.1")).toBe(peer);
    },
  );

  test.each([
    "unknown",
    "_hidden",
    "",
    "203.0.113",
    "0x0a.0.0.1",
    "010.0.0.1",
    "fe80::1%eth0",
    "203.0.113.7;",
    "localhost",
    "1".repeat(10_000),
  ])("%s of a proxy is no address: the caller has none", (entry) => {
    expect(proxies.callerOf("10.0.0.1", `203.0.113.7, ${entry}`)).toBeUndefined();
  });

  test("without proxies nobody's word counts", () => {
    expect(new TrustedProxies([]).callerOf("10.0.0.1", "203.0.113.7")).toBe("10.0.0.1");
  });
});
