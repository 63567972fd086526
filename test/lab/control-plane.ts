import { createPublicKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AUDIT_POLICY } from "./audit-log.ts";
import { type Authority, createAuthority, newKey, privateKeyPem } from "./authority.ts";

export interface ClusterSpec<N extends string = string> {
  /** A DNS label; the name of the context too. */
  readonly name: N;
  /** Whether CertificateSigningRequests are signed; EKS does not. @default true */
  readonly signer?: boolean;
  /** Identity provider whose tokens the API server takes. @default none */
  readonly oidc?: OidcTrust;
  /** Whether requests are written down for `auditEvents()`. @default false */
  readonly audit?: boolean;
}

/** The flags `--oidc-*` of kube-apiserver; groups come from the claim `groups` and get the same prefix. */
export interface OidcTrust {
  /** URL */
  readonly issuer: string;
  /** PEM of the authority that signed the issuer's serving certificate. */
  readonly certificateAuthority: string;
  readonly clientId: string;
  readonly usernameClaim: string;
  readonly usernamePrefix: string;
}

/** The files of one cluster, in a folder of its own. */
export interface ControlPlane {
  readonly spec: ClusterSpec;
  readonly folder: string;
  readonly authority: Authority;
}

const CONTROLLERS = [
  "certificatesigningrequest-approving-controller",
  "certificatesigningrequest-cleaner-controller",
  "clusterrole-aggregation-controller",
  "garbage-collector-controller",
  "namespace-controller",
  "resourcequota-controller",
  "root-ca-certificate-publisher-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
];
const SIGNER = "certificatesigningrequest-signing-controller";

const SERVICE_RANGE = "10.0.0.0/24";
const SERVICE_ADDRESS = "10.0.0.1";

/** Make keys and certificates of a new cluster. */
export function createControlPlane(spec: ClusterSpec, folder: string): ControlPlane {
  mkdirSync(folder, { mode: 0o700 });
  const authority = createAuthority(`${spec.name}-ca`);
  const serving = authority.issue("kube-apiserver", {
    dnsNames: ["localhost", "kubernetes.default.svc"],
    ipAddresses: ["127.0.0.1", SERVICE_ADDRESS],
  });
  const tokens = newKey();
  const files = {
    "ca.crt": authority.certificate,
    "ca.key": authority.key,
    "serving.crt": serving.certificate,
    "serving.key": serving.key,
    "tokens.key": privateKeyPem(tokens),
    "tokens.pub": createPublicKey(tokens).export({ type: "spki", format: "pem" }).toString(),
    "oidc-ca.crt": spec.oidc?.certificateAuthority ?? "",
    "audit-policy.json": JSON.stringify(AUDIT_POLICY),
    "egress.json": JSON.stringify(egressOf(folder)),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text, { mode: 0o600 });
  return { spec, folder, authority };
}

/** Socket that the API server connects to where it wants to reach a pod or a Service, by HTTP CONNECT. */
export const podNetworkSocket = (folder: string): string => join(folder, "pods.sock");

/** @see https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/ */
const egressOf = (folder: string): object => ({
  apiVersion: "apiserver.k8s.io/v1beta1",
  kind: "EgressSelectorConfiguration",
  egressSelections: [
    {
      name: "cluster",
      connection: { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: podNetworkSocket(folder) } } },
    },
  ],
});

/** On sockets, not ports: no other process takes them, and no other user reads Secrets through them. */
export function etcdArguments({ folder }: ControlPlane): readonly string[] {
  const client = etcdEndpoint(folder);
  const peer = `unix://${join(folder, "peer.sock")}`;
  return [
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

const etcdEndpoint = (folder: string): string => `unix://${join(folder, "etcd.sock")}`;

export const auditLog = ({ folder }: ControlPlane): string => join(folder, "audit.log");

export function apiServerArguments(plane: ControlPlane, port: number): readonly string[] {
  const { folder, spec } = plane;
  const audit = [`--audit-policy-file=${join(folder, "audit-policy.json")}`, `--audit-log-path=${auditLog(plane)}`];
  return [
    `--etcd-servers=${etcdEndpoint(folder)}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    "--endpoint-reconciler-type=none",
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    `--cert-dir=${folder}`,
    `--tls-cert-file=${join(folder, "serving.crt")}`,
    `--tls-private-key-file=${join(folder, "serving.key")}`,
    `--client-ca-file=${join(folder, "ca.crt")}`,
    "--authorization-mode=Node,RBAC",
    `--egress-selector-config-file=${join(folder, "egress.json")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${join(folder, "tokens.pub")}`,
    `--service-account-signing-key-file=${join(folder, "tokens.key")}`,
    ...(spec.oidc === undefined ? [] : oidcArguments(spec.oidc, folder)),
    ...(spec.audit === true ? audit : []),
  ];
}

function oidcArguments(oidc: OidcTrust, folder: string): readonly string[] {
  return [
    `--oidc-issuer-url=${oidc.issuer}`,
    `--oidc-ca-file=${join(folder, "oidc-ca.crt")}`,
    `--oidc-client-id=${oidc.clientId}`,
    `--oidc-username-claim=${oidc.usernameClaim}`,
    `--oidc-username-prefix=${oidc.usernamePrefix}`,
    "--oidc-groups-claim=groups",
    `--oidc-groups-prefix=${oidc.usernamePrefix}`,
  ];
}

/** @param kubeconfig - File with the credentials of the controllers. */
export function controllerManagerArguments({ folder, spec }: ControlPlane, kubeconfig: string): readonly string[] {
  const signs = spec.signer !== false;
  const signer = [
    `--cluster-signing-cert-file=${join(folder, "ca.crt")}`,
    `--cluster-signing-key-file=${join(folder, "ca.key")}`,
  ];
  return [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--use-service-account-credentials",
    `--root-ca-file=${join(folder, "ca.crt")}`,
    `--service-account-private-key-file=${join(folder, "tokens.key")}`,
    `--controllers=${[...CONTROLLERS, ...(signs ? [SIGNER] : [])].join(",")}`,
    ...(signs ? signer : []),
  ];
}
