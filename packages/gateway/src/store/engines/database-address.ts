/** The form of `DATABASE_URL`. */
import { AditError } from "@adit/bedrock";
import { parseUrl } from "@adit/bedrock/gateway";

/**
 * Here, since the words of whoever fails over it later would hold it, with its password. A socket's folder stands behind as `host`, and then
 * there need be no host before the database, which is no URL to Node.
 * @throws AditError `invalid_request`, without a word of it
 */
export function checkAddress(databaseUrl: string): void {
  const isAddress = [databaseUrl, databaseUrl.replace("@/", "@localhost/")].some(
    (text) => parseUrl(text) !== undefined,
  );
  if (isAddress && /^postgres(ql)?:\/\//.test(databaseUrl)) return;
  throw new AditError(
    "invalid_request",
    "DATABASE_URL is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
    {
      param: "DATABASE_URL",
      remedy: "Percent-encode what is special in the password, and start again.",
    },
  );
}

/**
 * With the modes that node-postgres takes for `verify-full` written so: it warns on standard error of what they will mean one day, at each
 * start and in every command, and the way that it names there checks no certificate.
 */
export function addressWithPlainModes(databaseUrl: string): string {
  if (/[?&]uselibpqcompat=true(?=&|$)/.test(databaseUrl)) return databaseUrl;
  return databaseUrl.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, "$1verify-full");
}
