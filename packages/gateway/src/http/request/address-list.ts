/** Networks that callers may come from. */
import { BlockList, isIP } from "node:net";
import { AditError } from "@adit/bedrock";

interface Network {
  address: string;
  bits: number;
  family: "ipv4" | "ipv6";
}

function networkFrom(text: string): Network | undefined {
  const [address = "", bits, more] = text.split("/");
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const length = bits === undefined ? most : Number(bits);
  return length > most ? undefined : { address, bits: length, family: version === 4 ? "ipv4" : "ipv6" };
}

/** True for an address or a network, such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return networkFrom(text) !== undefined;
}

const ends = [
  ["0.0.0.0", "255.255.255.255"],
  ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
] as const;

/**
 * True for networks that hold every address of a kind, however they are written: `0.0.0.0/0`, `::/0`, `::ffff:0:0/96`, or two halves. No machine
 * has the first address of all, or the last: who lists both means what lies between them.
 */
export function isEverybody(texts: readonly string[]): boolean {
  const networks = new AddressList(texts);
  return ends.some((both) => both.every((end) => networks.has(end)));
}

/** @throws AditError `invalid_request` that names the entry. */
export function checkAddresses(addresses: readonly string[], param: string): string[] {
  return addresses.map((given, index) => {
    const text = given.trim();
    if (networkFrom(text) !== undefined) return text;
    throw new AditError(
      "invalid_request",
      `${param}[${index}] must be an address or a network, such as 10.0.0.0/8 or 2001:db8::/32.`,
      {
        param: `${param}[${index}]`,
      },
    );
  });
}

/** Networks made ready to be asked on each request. */
export class AddressList {
  readonly #networks = new BlockList();

  constructor(addresses: readonly string[]) {
    for (const { address, bits, family } of addresses.map(networkFrom).filter((network) => network !== undefined)) {
      this.#networks.addSubnet(address, bits, family);
    }
  }

  /** An IPv4 address that a socket tells in IPv6's form (`::ffff:10.0.0.1`) is the IPv4 address. */
  has(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    const version = isIP(plain);
    return version !== 0 && this.#networks.check(plain, version === 4 ? "ipv4" : "ipv6");
  }
}
