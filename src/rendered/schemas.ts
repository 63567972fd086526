import { z } from "zod";
import type { ClusterDns } from "../dns/cluster-dns.ts";
import type { MeshCost } from "../mesh/mesh-cost.ts";
import type { Delivery } from "../model/delivery.ts";
import { gitUrlFault, isBranchName, isRepositoryPath } from "../model/git-names.ts";
import { isDnsLabel, isDnsSubdomain, isLabelValue, isOneLine, isPathSegment, isQualifiedName } from "../model/names.ts";
import { isOciTag, parseOciUrl } from "../model/oci-names.ts";
import { type ClusterFile, FILE_VERSION, type Grant, type GrantsFile } from "./files.ts";

const dnsLabel = z.string().refine(isDnsLabel, "is no DNS label");
const dnsSubdomain = z.string().refine(isDnsSubdomain, "is no DNS subdomain");
const text = z.string().min(1);
/** What is printed in commands to paste. */
const line = text.refine(isOneLine, "holds characters that cannot be seen");
const version = z.literal(FILE_VERSION);

const identity = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("x509"), requesters: z.array(text) }),
  z.strictObject({ kind: z.literal("service-account"), expirationSeconds: z.int().min(600) }),
  z.strictObject({
    kind: z.literal("oidc"),
    exec: z.strictObject({
      apiVersion: text,
      command: text,
      args: z.array(z.string()),
      env: z.array(z.strictObject({ name: text, value: z.string() })),
      installHint: z.string().exactOptional(),
      interactiveMode: z.enum(["Never", "IfAvailable", "Always"]),
    }),
  }),
]);

const unit = z.enum(["cloud", "cluster"]);

const flux = z.strictObject({
  kind: z.literal("flux"),
  namespace: dnsLabel,
  unit,
  release: z.literal(true).exactOptional(),
  source: dnsSubdomain.exactOptional(),
  secret: dnsSubdomain.exactOptional(),
  verificationSecret: dnsSubdomain.exactOptional(),
  decryptionSecret: dnsSubdomain.exactOptional(),
});

const argocd = z.strictObject({
  kind: z.literal("argocd"),
  namespace: dnsLabel,
  unit,
  release: z.literal(true).exactOptional(),
  server: line,
});

const gitUrl = z.string().refine((url) => gitUrlFault(url) === undefined, "is no URL of a git repository");

const delivery: z.ZodType<Delivery> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("direct") }),
  z
    .strictObject({
      kind: z.literal("git"),
      repository: gitUrl,
      pullUrl: gitUrl,
      branch: z.string().refine(isBranchName, "is no branch that git takes"),
      path: z.string().refine(isRepositoryPath, "is no folder of a repository"),
      engine: z.discriminatedUnion("kind", [flux, argocd]),
    })
    .transform(({ engine, ...place }) => (engine.kind === "flux" ? { ...place, engine } : { ...place, engine })),
  z.strictObject({
    kind: z.literal("oci"),
    repository: z.string().refine((url) => parseOciUrl(url) !== undefined, "is no place in a registry"),
    tag: z.string().refine(isOciTag, "is no tag"),
    engine: flux.omit({ verificationSecret: true }),
  }),
]);

const dns: z.ZodType<ClusterDns> = z.strictObject({
  provider: z.enum(["corefile", "coredns-custom", "kube-dns", "openshift", "eks-addon"]),
  namespace: dnsLabel,
  podLabels: z.record(z.string(), z.string()),
  port: z.int().min(1).max(65_535),
  clusterDomain: dnsSubdomain,
  nodeLocalCache: z.boolean(),
});

const count = z.int().min(0);

const meshes: z.ZodType<MeshCost> = z.strictObject({
  istiods: count,
  gateways: count,
  memoryMiB: count,
  remoteSecrets: count,
});

export const clusterFileSchema: z.ZodType<ClusterFile> = z.strictObject({
  version,
  name: dnsLabel,
  kubernetes: z.string().regex(/^1\.\d+$/, "is no minor version such as 1.33"),
  labels: z.record(
    z.string().refine(isQualifiedName, "is no label key"),
    z.string().refine(isLabelValue, "is no label value"),
  ),
  access: z.strictObject({ kubeconfig: line.exactOptional(), context: line }),
  endpoint: z.strictObject({
    server: z.url({ protocol: /^https$/, message: "is no https URL" }).exactOptional(),
    certificateAuthority: text.exactOptional(),
  }),
  identity,
  delivery,
  dns: dns.exactOptional(),
  meshes: meshes.exactOptional(),
  terminated: z.array(dnsLabel).min(1).exactOptional(),
});

const grant: z.ZodType<Grant> = z.strictObject({
  name: dnsLabel,
  namespaces: z.array(dnsLabel).min(1),
  credential: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("x509"), request: dnsSubdomain }),
    z.strictObject({ kind: z.literal("service-account"), serviceAccount: dnsSubdomain }),
    z.strictObject({ kind: z.literal("oidc"), username: text }),
  ]),
});

export const grantsFileSchema: z.ZodType<GrantsFile> = z.strictObject({
  version,
  cloud: dnsLabel,
  users: z.array(grant),
});

const texts = z.record(z.string(), z.string());

/** What every object has; other fields stay unread. */
export const manifestSchema = z.looseObject({
  apiVersion: text,
  kind: text,
  metadata: z.looseObject({
    name: z.string().refine(isPathSegment, "is no name"),
    namespace: dnsLabel.exactOptional(),
    labels: texts.exactOptional(),
    annotations: texts.exactOptional(),
  }),
});

export const wantedFileSchema = z.strictObject({
  version,
  identities: text,
  clouds: z.array(dnsLabel),
  users: z.array(z.strictObject({ cloud: dnsLabel, user: dnsLabel, keyAlgorithm: text })),
  meshes: z.array(
    z.strictObject({
      cloud: dnsLabel,
      cluster: dnsLabel,
      trustDomain: dnsSubdomain,
      nameConstraints: z.boolean(),
      trust: z.enum(["post-sync", "sops", "cert-manager"]),
      authority: text.exactOptional(),
    }),
  ),
  charts: z.array(
    z.strictObject({
      file: text,
      release: z.strictObject({ name: text, namespace: dnsLabel, chart: text, version: text, repository: line }),
      values: text,
    }),
  ),
});

const faults = z.array(z.strictObject({ path: z.string(), message: z.string() }));
const paths = z.array(text);

export const appReportSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    version,
    kind: z.literal("rendered"),
    outdir: text,
    written: paths,
    removed: paths,
    unchanged: z.int().min(0),
    warnings: faults,
    meshes: meshes.exactOptional(),
  }),
  z.strictObject({ version, kind: z.literal("refused"), message: text, faults }),
]);
