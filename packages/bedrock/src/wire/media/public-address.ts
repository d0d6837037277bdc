import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * IPv4 nets that are not the public internet: IANA's special-purpose registry (RFC 6890 and its updates), multicast (RFC 5771),
 * what is reserved (RFC 1112), and the one address of a cloud that looks public and is not.
 */
const innerNets: readonly [net: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  // Carrier-grade NAT; Alibaba's metadata service is in it.
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Link-local; the metadata services of AWS, Google and Azure are in it.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  // Azure's platform address (Microsoft, "What is IP address 168.63.129.16?").
  ["168.63.129.16", 32],
  // Protocol assignments; Oracle's metadata service is in it.
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  // Relays from IPv4 to 6to4.
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  // Benchmarking.
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast.
  ["224.0.0.0", 4],
  // Reserved, with the broadcast address.
  ["240.0.0.0", 4],
];

/**
 * Nets inside IPv6's global unicast range that lead elsewhere (IANA's IPv6 special-purpose registry). Loopback, mapped, compatible
 * and NAT64 addresses, unique local, link-local and multicast ones are outside of the range.
 */
const innerNets6: readonly [net: string, prefix: number][] = [
  // Protocol assignments: Teredo (2001::/32), benchmarking, ORCHID.
  ["2001::", 23],
  // Documentation.
  ["2001:db8::", 32],
  ["3fff::", 20],
  // 6to4 carries an IPv4 address of any kind.
  ["2002::", 16],
];

const inner = new BlockList();
for (const [net, prefix] of innerNets) {
  inner.addSubnet(net, prefix, "ipv4");
}
for (const [net, prefix] of innerNets6) {
  inner.addSubnet(net, prefix, "ipv6");
}

/** The one range of IPv6 from which public addresses are given out (RFC 4291, section 2.4, and IANA's address space registry). */
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** True for an IP address on the public internet; false for every other text, an address with a zone id too. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) {
    return !inner.check(address, "ipv4");
  }
  return (
    isIPv6(address) && !address.includes("%") && globalUnicast.check(address, "ipv6") && !inner.check(address, "ipv6")
  );
}
