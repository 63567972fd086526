import type { Fault } from "../model/error.ts";
import { isDnsLabel, isOneLine } from "../model/names.ts";
import { parseQuantity } from "../model/quantity.ts";
import { holdsPrivateKey } from "../x509/pem.ts";
import { checkClusterDns } from "./check-cluster-dns.ts";
import { checkClusterMeshes } from "./check-cluster-mesh.ts";
import { checkDeliveries } from "./check-delivery.ts";
import { cidrFault } from "./cidr.ts";
import type { ClusterProps, Fleet, OidcProps } from "./fleet.ts";
import { labelKeyFault, labelValueFault } from "./label-faults.ts";

const MIN_EXPIRATION_SECONDS = 600;
const MAX_EXPIRATION_SECONDS = 2 ** 31 - 1;

/** All mistakes in the definition of a fleet. */
export function checkFleet(fleet: Fleet): readonly Fault[] {
  const clusters = Object.entries(fleet.clusters);
  if (clusters.length === 0) return [{ path: "fleet", message: "has no cluster; name at least one under clusters" }];
  const oidc = fleet.oidc === undefined ? [] : checkOidc(fleet.oidc);
  return [
    ...oidc.map((message) => ({ path: "fleet.oidc", message })),
    ...checkContexts(clusters),
    ...checkDeliveries(fleet),
    ...checkClusterMeshes(fleet),
    ...clusters.flatMap(([name, props]) =>
      checkCluster(name, props, fleet).map((message) => ({ path: `fleet.clusters.${name}`, message })),
    ),
  ];
}

/** Two names for one cluster would undo each other's deliveries. */
function checkContexts(clusters: readonly (readonly [string, ClusterProps])[]): readonly Fault[] {
  const owners = new Map<string, string>();
  return clusters.flatMap(([name, { access }]) => {
    const context = access?.context ?? name;
    const key = JSON.stringify([access?.kubeconfig, context]);
    const owner = owners.get(key);
    owners.set(key, owner ?? name);
    if (owner === undefined) return [];
    const message = `access: context "${context}" is cluster "${owner}"'s already; give each cluster its own`;
    return [{ path: `fleet.clusters.${name}`, message }];
  });
}

function checkCluster(name: string, props: ClusterProps, fleet: Fleet): readonly string[] {
  const faults: string[] = [];
  const check = (holds: boolean, message: string): void => {
    if (!holds) faults.push(message);
  };
  check(isDnsLabel(name), "the name is no DNS label; use a-z, 0-9 and -, at most 63 characters");
  check(/^1\.\d+$/.test(props.kubernetes), `kubernetes: "${props.kubernetes}" is no minor version; write it as "1.33"`);
  for (const [key, value] of Object.entries(props.labels ?? {})) {
    const [wrongKey, wrongValue] = [labelKeyFault(key), labelValueFault(value)];
    if (wrongKey !== undefined) faults.push(`labels: ${wrongKey}`);
    if (wrongValue !== undefined) faults.push(`labels.${key}: ${wrongValue}`);
  }
  for (const [field, value] of Object.entries(props.access ?? {})) {
    check(isOneLine(value), `access.${field}: holds control characters or marks of direction; write it without`);
  }
  faults.push(...checkIdentity(props, fleet.oidc));
  faults.push(...checkEndpoint(props.endpoint ?? {}));
  faults.push(
    ...(props.apiServerCidrs ?? []).flatMap((cidr) => cidrFault(cidr) ?? []).map((fault) => `apiServerCidrs: ${fault}`),
  );
  for (const [resource, quantity] of Object.entries(props.capacity ?? {})) {
    check(
      (parseQuantity(quantity) ?? -1) >= 0,
      `capacity.${resource}: "${quantity}" is no quantity; write it as 96 or "384Gi"`,
    );
  }
  faults.push(...checkClusterDns(props.dns ?? {}));
  return faults;
}

function checkEndpoint({ server, certificateAuthority }: NonNullable<ClusterProps["endpoint"]>): readonly string[] {
  const faults: string[] = [];
  if (server !== undefined && !isHttpsUrl(server)) {
    faults.push(`endpoint.server: "${server}" is no https URL; write it as "https://host:port"`);
  }
  if (certificateAuthority?.includes("-----BEGIN CERTIFICATE-----") === false) {
    faults.push("endpoint.certificateAuthority: is no PEM certificate; give its text, not its file");
  }
  if (certificateAuthority !== undefined && holdsPrivateKey(certificateAuthority)) {
    faults.push(
      "endpoint.certificateAuthority: holds a private key; give the certificate alone, and treat the key as leaked",
    );
  }
  return faults;
}

function checkIdentity(props: ClusterProps, fleetOidc: OidcProps | undefined): readonly string[] {
  const { identity, platform, expirationSeconds = MIN_EXPIRATION_SECONDS, requesters = [], oidc } = props;
  const faults: string[] = [];
  if (identity === "x509" && platform === "eks") {
    faults.push('identity: EKS signs no client certificates; use "oidc" or "service-account"');
  }
  if (identity === "oidc" && oidc === undefined && fleetOidc === undefined) {
    faults.push("identity: nothing says how users log in; set oidc on the fleet or on the cluster");
  }
  if (oidc !== undefined) faults.push(...checkOidc(oidc).map((message) => `oidc.${message}`));
  if (
    !Number.isInteger(expirationSeconds) ||
    expirationSeconds < MIN_EXPIRATION_SECONDS ||
    expirationSeconds > MAX_EXPIRATION_SECONDS
  ) {
    faults.push(
      `expirationSeconds: ${expirationSeconds} is out of bounds; give ${MIN_EXPIRATION_SECONDS} to ${MAX_EXPIRATION_SECONDS}`,
    );
  }
  if (requesters.length > 0 && identity !== "x509") {
    faults.push('requesters: certificates are requested only where the identity is "x509"; leave it out');
  }
  return faults;
}

function checkOidc({ username, exec }: OidcProps): readonly string[] {
  return [
    ...(username.includes("{user}") ? [] : [`username: "${username}" is the same for every user; use {user} in it`]),
    ...(username.startsWith("system:")
      ? [`username: "${username}" belongs to Kubernetes; use the provider's own prefix`]
      : []),
    ...(exec.command === "" ? ["exec.command: is empty; name the program that logs in"] : []),
  ];
}

function isHttpsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username } = new URL(text);
  return protocol === "https:" && search === "" && hash === "" && username === "";
}
