import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./public-address.ts";

/** Addresses seen in attacks and in the registries of special addresses, each of a different kind. */
const innerAddresses = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.100.100.200",
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.169.254",
  "169.254.170.2",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.9",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "::ffff:0:127.0.0.1",
  "64:ff9b::7f00:1",
  "64:ff9b::808:808",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:2::1",
  "2001:10::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::1",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fe80::1",
  "fe80::1%eth0",
  "2606:4700::1111%eth0",
  "febf::1",
  "fec0::1",
  "ff02::1",
];

const publicAddresses = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "168.63.129.15",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "2001:200::1",
  "2001:4860:4860::8888",
  "2003::1",
  "2606:4700:4700::1111",
  "2a00:1450:4001::200e",
  "3ffe::1",
];

const notAddresses = ["", "localhost", "0x7f.1", "127.1", "2130706433", "0177.0.0.1", "1.1.1.1.", "[::1]", "1.1.1.1/8"];

describe("isPublicAddress", () => {
  it.each(innerAddresses)("refuses %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(publicAddresses)("takes %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(notAddresses)("refuses %j, which is no address in its plain form", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("agrees with plain arithmetic on every IPv4 address tried", () => {
    const nets = [
      "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 168.63.129.16/32 192.0.0.0/24 192.0.2.0/24",
      "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4",
    ]
      .join(" ")
      .split(" ")
      .map((net) => {
        const [base = "", prefix = ""] = net.split("/");
        return { base: numberOf(base), size: 2 ** (32 - Number(prefix)) };
      });
    const near = nets.flatMap(({ base, size }) => [base - 1, base, base + size - 1, base + size]);
    const anyNumber = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(...near.filter((value) => value >= 0 && value < 2 ** 32)),
    );
    fc.assert(
      fc.property(anyNumber, (value) => {
        const text = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
        const isInner = nets.some(({ base, size }) => value >= base && value < base + size);
        expect(isPublicAddress(text)).toBe(!isInner);
      }),
      { numRuns: 2_000 },
    );
  });
});

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
