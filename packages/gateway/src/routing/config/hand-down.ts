/**
 * Who signs and where, said at a node with targets, holds for those under it that do not say it themselves: passed over, the server's own
 * credential would sign in its stead, and in another region.
 */
import { AditError, parseModelName, providerNamed } from "@adit/bedrock";
import { isCredentialField } from "@adit/bedrock/gateway";
import { slugOfProvider } from "../request/named-keys.ts";
import { isUnreadCredential } from "./config-names.ts";
import type { ConfigNode } from "./config-schema.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Parts that are handed down apart from one another, each whole. */
interface Signing {
  provider: Fields;
  /** A stored one, under the name `virtual_key`. */
  key: Fields;
  credential: Fields;
  region: Fields;
}

/** Far more than a credential has: each is copied to each of the targets. */
const mostParts = 100;

const nothing: Signing = { provider: {}, key: {}, credential: {}, region: {} };

/** The tree whose targets have what the nodes above them say; the same nodes where those say nothing. @throws AditError `invalid_config` */
export function handDown(root: ConfigNode): ConfigNode {
  return below(root, nothing);
}

function below(node: ConfigNode, above: Signing): ConfigNode {
  if (node.targets === undefined) return above === nothing ? node : withSigning(node, joined(node, above));
  const signing = joined(node, above);
  return { ...node, targets: node.targets.map((target) => below(target, signing)) };
}

function withSigning(node: ConfigNode, { provider, key, credential, region }: Signing): ConfigNode {
  return { ...node, ...provider, ...key, ...credential, ...region };
}

/** What a node says, and what those above it say where it says nothing. */
function joined(node: ConfigNode, above: Signing): Signing {
  const own = signingOf(node);
  if (own === undefined) return above;
  const isKeyNamed = !isEmpty(own.key) || namesKeyInModel(node);
  const provider = isEmpty(own.provider) && !isKeyNamed ? above.provider : own.provider;
  const isOwnWay = isKeyNamed || node.passthrough === true;
  const isOthers = isOwnWay || providerIn(provider) !== providerIn(above.provider);
  // A session token is the one part that may stand beside a stored key.
  const hasCredential = Object.keys(own.credential).some((name) => !name.includes("session_token"));
  return {
    provider,
    key: isOthers || hasCredential ? own.key : above.key,
    credential: isOthers || !isEmpty(own.credential) ? own.credential : above.credential,
    region: isEmpty(own.region) ? above.region : own.region,
  };
}

/** What a node says itself; undefined where that is nothing. */
function signingOf(node: ConfigNode): Signing | undefined {
  const said = Object.entries(node).filter(([, value]) => !isBlank(value));
  const slug = slugOfProvider(node.provider) ?? node.virtual_key;
  const provider = said.filter(([name]) => name === "passthrough" || (name === "provider" && slug === undefined));
  const parts = said.filter(([name]) => isCredentialField(name) || isUnreadCredential(name));
  if (parts.length > mostParts) throw tooMany();
  if (slug === undefined && provider.length === 0 && parts.length === 0 && !namesKeyInModel(node)) return undefined;
  const isRegion = ([name]: [string, unknown]): boolean => name.includes("region");
  return {
    provider: Object.fromEntries(provider),
    key: slug === undefined ? {} : { virtual_key: slug },
    credential: Object.fromEntries(parts.filter((part) => !isRegion(part))),
    region: Object.fromEntries(parts.filter(isRegion)),
  };
}

function tooMany(): AditError {
  return new AditError("invalid_config", `A part of the config holds more than ${mostParts} fields of credentials.`, {
    param: "config",
  });
}

function namesKeyInModel({ override_params: params }: ConfigNode): boolean {
  const model = params?.["model"];
  return typeof model === "string" && model.startsWith("@") && parseModelName(model).slug !== undefined;
}

/** Bedrock where none is named, as everywhere. */
function providerIn({ provider }: Fields): string {
  return typeof provider === "string" ? (providerNamed(provider) ?? provider) : "bedrock";
}

function isEmpty(fields: Fields): boolean {
  return Object.keys(fields).length === 0;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}
