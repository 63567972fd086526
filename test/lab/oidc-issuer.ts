import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import { createAuthority } from "./authority.ts";
import type { OidcTrust } from "./control-plane.ts";

/** An OpenID Connect provider on loopback. It asks nobody for a password: who names a user gets a token for it. */
export interface OidcIssuer extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM of the authority that signed its serving certificate. */
  readonly certificateAuthority: string;
  /** What a cluster is started with, so that the issuer's user `ana` is `<usernamePrefix>ana` there. */
  trust(usernamePrefix: string): OidcTrust;
  /** An ID token. */
  token(claims: TokenClaims): string;
  stop(): Promise<void>;
}

export interface TokenClaims {
  readonly username: string;
  /** @default [] */
  readonly groups?: readonly string[];
  /** @default 3600 */
  readonly expiresInSeconds?: number;
}

type Documents = Readonly<Record<string, (query: URLSearchParams) => object>>;

const CLIENT_ID = "lab";
const KEY_ID = "lab";

/** The one that every party must know, and that kube-apiserver takes by default. */
const ALGORITHM = "RS256";

/**
 * Start an issuer, before the clusters that trust it. It serves what an API server reads (discovery document and keys),
 * and `/token?user=<name>` for oidc-login.ts. It lives in this process, so it answers nobody while that waits for a
 * command synchronously.
 */
export async function startOidcIssuer(): Promise<OidcIssuer> {
  const authority = createAuthority("oidc-ca");
  const serving = authority.issue("oidc", { ipAddresses: ["127.0.0.1"] });
  const server = createServer({ cert: serving.certificate, key: serving.key }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${portOf(server.address())}`;
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const documents = documentsOf(url, key);
  server.on("request", (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const document = documents[pathname]?.(searchParams);
    response.writeHead(document === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(document ?? {}));
  });
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url,
    certificateAuthority: authority.certificate,
    trust: (usernamePrefix) => trustIn(url, authority.certificate, usernamePrefix),
    token: (claims) => formatToken(url, key, claims),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("lab: the OIDC issuer has no port");
  return address.port;
}

const trustIn = (issuer: string, certificateAuthority: string, usernamePrefix: string): OidcTrust => ({
  issuer,
  certificateAuthority,
  clientId: CLIENT_ID,
  usernameClaim: "sub",
  usernamePrefix,
});

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
const documentsOf = (url: string, key: KeyObject): Documents => ({
  "/.well-known/openid-configuration": () => ({
    issuer: url,
    jwks_uri: `${url}/keys`,
    authorization_endpoint: `${url}/authorize`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [ALGORITHM],
  }),
  "/keys": () => ({
    keys: [{ ...createPublicKey(key).export({ format: "jwk" }), kid: KEY_ID, alg: ALGORITHM, use: "sig" }],
  }),
  "/token": (query) => ({ token: formatToken(url, key, { username: query.get("user") ?? "" }) }),
});

/** @see https://www.rfc-editor.org/rfc/rfc7515#section-3.1 */
function formatToken(issuer: string, key: KeyObject, claims: TokenClaims): string {
  const { username, groups = [], expiresInSeconds = 3600 } = claims;
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, aud: CLIENT_ID, sub: username, groups, iat: now, exp: now + expiresInSeconds };
  const content = [{ alg: ALGORITHM, kid: KEY_ID, typ: "JWT" }, payload].map(base64url).join(".");
  return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
