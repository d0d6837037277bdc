import { describe, expect, it } from "vitest";
import { refusalOf } from "../../auth/testing/refusal.ts";
import { Proxies } from "./proxies.ts";

const aws = "https://bedrock-runtime.us-east-1.amazonaws.com";
const proxy = "http://proxy.test:3128";

function proxyFor(origin: string, noProxy = ""): string | undefined {
  return new Proxies({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy }).of(origin)?.url.origin;
}

describe("Proxies", () => {
  it.each([
    ["*", aws],
    ["nowhere.test,*", aws],
    [".amazonaws.com", aws],
    ["*.amazonaws.com", aws],
    ["AmazonAWS.com", aws],
    ["localhost, .amazonaws.com", aws],
    ["bedrock-runtime.us-east-1.amazonaws.com:443", aws],
    ["amazonaws.com.", aws],
    ["amazonaws.com", "https://bedrock-runtime.us-east-1.amazonaws.com."],
    ["10.0.0.0/8", "http://10.1.2.3:8080"],
    ["10.1.2.3", "http://10.1.2.3:8080"],
    ["10.1.2.3:8080", "http://10.1.2.3:8080"],
    ["fd00::/8", "http://[fd00::7]:8080"],
    ["fd00::7", "https://[fd00:0::7]"],
    ["", "http://[::1]:8788"],
    ["", "http://127.0.0.1:8788"],
    ["", "http://127.0.0.2:8788"],
    ["", "http://localhost:8788"],
  ])("NO_PROXY=%s: %s is called directly", (noProxy, origin) => {
    expect(proxyFor(origin, noProxy)).toBeUndefined();
  });

  it.each([
    ["", aws],
    [",", aws],
    [".", aws],
    ["aws.com", aws],
    ["10.0.0.0/8", aws],
    ["10.0.0.0/x", "http://10.1.2.3"],
    ["11.0.0.0/8", "http://10.1.2.3"],
    ["bedrock-runtime.us-east-1.amazonaws.com:8443", aws],
  ])("NO_PROXY=%s: %s is called through the proxy", (noProxy, origin) => {
    expect(proxyFor(origin, noProxy)).toBe(proxy);
  });

  it("takes an address without a scheme, as curl does, and lower case before upper", () => {
    const of = (environment: Record<string, string>): string | undefined =>
      new Proxies(environment).of(aws)?.url.origin;
    expect(of({ HTTPS_PROXY: "proxy.test:3128" })).toBe(proxy);
    expect(of({ HTTPS_PROXY: "http://other.test", https_proxy: proxy })).toBe(proxy);
    expect(of({ HTTP_PROXY: proxy })).toBeUndefined();
  });

  it("takes ALL_PROXY for the schemes that have none of their own", () => {
    const proxies = new Proxies({ ALL_PROXY: "http://all.test", https_proxy: proxy, NO_PROXY: "nowhere.test" });
    expect(proxies.of(aws)?.url.origin).toBe(proxy);
    expect(proxies.of("http://bedrock.test")?.url.origin).toBe("http://all.test");
    expect(proxies.of("http://nowhere.test")).toBeUndefined();
  });

  it("sends user and password as they were before they were encoded, and a user alone", () => {
    const sent = (user: string): string => {
      const { authorization = "" } = new Proxies({ HTTPS_PROXY: `http://${user}@proxy.test` }).of(aws) ?? {};
      return Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
    };
    expect(sent("ada:p%40ss%3Aword")).toBe("ada:p@ss:word");
    expect(sent("token")).toBe("token:");
  });

  it.each(["http://", "ftp://ada:secret@proxy.test", "a secret address", "http://ada:100%secret@proxy.test"])(
    "refuses %s by the variable's name, without its value",
    (value) => {
      const refusal = refusalOf(() => new Proxies({ https_proxy: value }));
      expect(refusal).toMatchObject({ code: "invalid_config", param: "HTTPS_PROXY" });
      expect(refusal.describe()).not.toContain("secret");
    },
  );
});
