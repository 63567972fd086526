import { CloudError } from "../../model/error.ts";
import { isLoopback } from "../../model/oci-names.ts";
import type { RegistryCredential } from "./docker-config.ts";
import { send } from "./http.ts";

/** What a registry asks for in `WWW-Authenticate`. */
interface Challenge {
  readonly scheme: "basic" | "bearer";
  readonly parameters: ReadonlyMap<string, string>;
}

/** @returns undefined for a scheme that we do not know. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest = ""] = /\b(basic|bearer)\s+(.*)$/i.exec(header) ?? [];
  if (scheme === undefined) return undefined;
  const pairs = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(({ 1: key = "", 2: value = "" }) => [key, value] as const);
  return { scheme: scheme.toLowerCase() === "basic" ? "basic" : "bearer", parameters: new Map(pairs) };
}

/**
 * The `Authorization` header that answers a challenge.
 *
 * @param scope - As in `repository:fleet/edge-1:pull,push`.
 * @param place - For messages.
 * @returns undefined where nothing can be shown.
 * @throws {@link CloudError} `UNAUTHORIZED` where the credential is refused, or would be sent over plain http.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function authorize(
  { scheme, parameters }: Challenge,
  credential: RegistryCredential | undefined,
  scope: string,
  place: string,
  timeoutMs: number,
): Promise<string | undefined> {
  if (scheme === "basic") return credential?.kind === "password" ? basic(credential) : undefined;
  const realm = parameters.get("realm") ?? "";
  if (!URL.canParse(realm) || !isSafe(new URL(realm))) {
    throw new CloudError(
      "UNAUTHORIZED",
      `${place}: the registry has tokens fetched from where it is not safe; use https`,
    );
  }
  const service = parameters.get("service");
  const query = { ...(service === undefined ? {} : { service }), scope };
  const answer = await send(tokenRequest(new URL(realm), query, credential), timeoutMs);
  const token = answer.status === 200 ? readToken(answer.body) : undefined;
  if (token === undefined) throw refused(place, credential);
  return `Bearer ${token}`;
}

/** Whether a credential may be sent there. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && isLoopback(hostname));

/** @returns For a credential that a registry does not take, or for none. */
export const refused = (place: string, credential: RegistryCredential | undefined): CloudError =>
  new CloudError(
    "UNAUTHORIZED",
    credential === undefined
      ? `${place}: the registry asks for a credential, and docker's configuration has none; run docker login`
      : `${place}: the registry does not take the credential of docker's configuration; run docker login anew`,
  );

function tokenRequest(
  realm: URL,
  query: Readonly<Record<string, string>>,
  credential: RegistryCredential | undefined,
): Parameters<typeof send>[0] {
  if (credential?.kind === "identity-token") {
    const form = { ...query, client_id: "lcloud", grant_type: "refresh_token", refresh_token: credential.token };
    return {
      method: "POST",
      url: realm,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from(new URLSearchParams(form).toString()),
    };
  }
  for (const [key, value] of Object.entries(query)) realm.searchParams.set(key, value);
  return {
    method: "GET",
    url: realm,
    ...(credential === undefined ? {} : { headers: { authorization: basic(credential) } }),
  };
}

const basic = ({ username, password }: Extract<RegistryCredential, { kind: "password" }>): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

function readToken(body: Buffer): string | undefined {
  try {
    const answer: unknown = JSON.parse(body.toString("utf8"));
    if (typeof answer !== "object" || answer === null) return undefined;
    const token = "token" in answer ? answer.token : "access_token" in answer ? answer.access_token : undefined;
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
