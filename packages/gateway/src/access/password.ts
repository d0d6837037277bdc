/** Passwords as they are kept: scrypt (RFC 7914) with a salt of their own. What is kept opens nothing. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { AditError, type Secret } from "@adit/bedrock";

/** 32 MiB of memory and some tenths of a second: what OWASP's cheat sheet (2025) asks of scrypt at the least. */
const cost = { N: 2 ** 15, r: 8, p: 3 } as const;
const memoryBytes = 64 * 1024 * 1024;
const saltBytes = 16;
const hashBytes = 32;

const shortest = 12;
const longest = 1_024;
/** Fewer different characters, blanks not counted, look like a key that was held down, and are what a guesser tries first. */
const leastDifferent = 4;

interface Kept {
  cost: { N: number; r: number; p: number };
  salt: Buffer;
  hash: Buffer;
}

/** @throws AditError `invalid_request` for one that is too short, or too much alike, to be worth keeping. */
export function checkPassword(password: Secret, param = "password"): Secret {
  const text = password.reveal();
  if (text.length < shortest || text.length > longest) {
    throw new AditError("invalid_request", `${param} must have ${shortest} to ${longest} characters.`, {
      param,
      remedy: "Choose a longer one, such as some words in a row.",
    });
  }
  if (new Set(text.replaceAll(/\s/g, "")).size >= leastDifferent) return password;
  throw new AditError(
    "invalid_request",
    `${param} must have ${leastDifferent} different characters that are no blanks.`,
    {
      param,
      remedy: "Choose another one, such as some words in a row.",
    },
  );
}

/** `scrypt$32768$8$3$SALT$HASH`. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, { cost, salt, hash: Buffer.alloc(hashBytes) });
  return ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** True for the password that was kept. Where none is kept it takes as long, so that nobody learns who exists, and is false. */
export async function isPassword(password: Secret, kept: string | null): Promise<boolean> {
  const parts = kept === null ? undefined : readKept(kept);
  const against = parts ?? { cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };
  const hash = await derive(password, against);
  return timingSafeEqual(hash, against.hash) && parts !== undefined;
}

function readKept(text: string): Kept | undefined {
  const [kind, N, r, p, salt = "", hash = ""] = text.split("$");
  if (kind !== "scrypt") return undefined;
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, "base64url"),
    hash: Buffer.from(hash, "base64url"),
  };
}

/** The same letters count the same, however a keyboard composes them. */
function derive(password: Secret, { cost: spent, salt, hash }: Kept): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...spent, maxmem: memoryBytes };
    scrypt(password.reveal().normalize("NFKC"), salt, hash.length, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}
