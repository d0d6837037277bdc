import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A TLS server's key and its certificate, which signs itself; both PEM. */
export interface ServerCertificate {
  key: string;
  cert: string;
}

const ecdsaWithSha256 = "06082a8648ce3d040302";
const commonName = "0603550403";
const subjectAltName = "0603551d11";

/** Makes a certificate for these DNS names, valid from yesterday until tomorrow (RFC 5280, in DER by hand: Node can read certificates but not make them). */
export function selfSignedCertificate(...names: string[]): ServerCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(0x30, Buffer.from(ecdsaWithSha256, "hex"));
  const subject = der(0x30, der(0x31, der(0x30, Buffer.from(commonName, "hex"), der(0x0c, Buffer.from("test")))));
  const day = 86_400_000;
  const validity = der(0x30, time(Date.now() - day), time(Date.now() + day));
  const alternatives = der(0x30, ...names.map((name) => der(0x82, Buffer.from(name))));
  const extension = der(0x30, Buffer.from(subjectAltName, "hex"), der(0x04, alternatives));
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    subject,
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(0x30, extension)),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}

function time(milliseconds: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(milliseconds).toISOString().slice(2, 19).replace(/[-T:]/g, "")}Z`));
}

/** Tag, length and contents. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), contents]);
}
