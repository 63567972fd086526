import type { KubeApi } from "../kube-api/kube-api.ts";
import { failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import type { RequestsStatus, SuspiciousRequest } from "../model/status.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { KEY_GROUP_PREFIX } from "../x509/identity.ts";
import { type CertificateRequest, parseRequest } from "../x509/request.ts";

/**
 * Find live requests that claim the group of a user's key although dist/ does not ask for them: the API server does not
 * check that a group belongs to the key, so whoever gets one of them signed is taken for that user.
 *
 * What it finds is the best that can be had without audit logs: signed requests vanish after an hour.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectRequests(api: KubeApi, cluster: RenderedCluster): Promise<RequestsStatus> {
  const kind = { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" };
  const rendered = new Set(cluster.clouds.flatMap(({ requests }) => requests.map((each) => specOf(each).request)));
  try {
    const live = await api.list(kind);
    return { kind: "listed", suspicious: live.flatMap((each) => suspect(each, rendered, requestersOf(cluster))) };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { kind: "unreadable", failure: failureOf(error, api.cluster) };
  }
}

/** Empty where it is not known who may request. */
const requestersOf = ({ file: { identity } }: RenderedCluster): readonly string[] =>
  identity.kind === "x509" ? identity.requesters : [];

interface SigningSpec {
  /** PKCS#10 in PEM, in base64. */
  readonly request?: string;
  readonly username?: string;
}

const specOf = (manifest: Manifest): SigningSpec => (manifest["spec"] ?? {}) as SigningSpec;

function suspect(
  live: LiveManifest,
  rendered: ReadonlySet<string | undefined>,
  requesters: readonly string[],
): readonly SuspiciousRequest[] {
  const { request: encoded = "", username: requester = "" } = specOf(live);
  const pem = Buffer.from(encoded, "base64").toString("latin1");
  const request = readOrUndefined(pem);
  if (!(request?.organization.startsWith(KEY_GROUP_PREFIX) ?? mayClaimGroup(pem))) return [];
  const reasons = [
    ...(request === undefined ? ["it claims a group of ours, in a form that we do not use"] : []),
    ...(request !== undefined && request.group !== request.organization ? ["its group is that of another key"] : []),
    ...(rendered.has(encoded) ? [] : ["it is not in dist/"]),
    ...(requesters.length === 0 || requesters.includes(requester) ? [] : ["who made it may not request"]),
  ];
  if (reasons.length === 0) return [];
  return [
    {
      name: live.metadata.name,
      requester,
      isApproved: isApproved(live),
      reasons,
      ...(request === undefined ? {} : { commonName: request.commonName, group: request.organization }),
    },
  ];
}

function readOrUndefined(pem: string): CertificateRequest | undefined {
  try {
    return parseRequest(pem);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

/** For what the API server reads and we refuse, as several organizations: as text of one byte a character, or of two. */
const mayClaimGroup = (pem: string): boolean =>
  base64Runs(pem).some((bytes) => bytes.includes(KEY_GROUP_PREFIX) || bytes.includes(WIDE_PREFIX));

const WIDE_PREFIX = [...KEY_GROUP_PREFIX].map((char) => `\0${char}`).join("");

/**
 * What stands between lines that are no base64. The API server passes over blocks that it cannot read, and over headers
 * with dashes in them, so it may find its request where we see no block.
 */
const base64Runs = (pem: string): readonly Buffer[] =>
  pem
    .split("\n")
    .map((line) => (/^[A-Za-z0-9+/=\s]*$/.test(line) ? line : "-"))
    .join("\n")
    .split("-")
    .map((run) => Buffer.from(run, "base64"));

function isApproved({ status }: LiveManifest): boolean {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly { readonly type: string }[] };
  return conditions.some(({ type }) => type === "Approved");
}
