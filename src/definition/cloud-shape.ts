import type { DnsMode } from "../dns/cluster-dns.ts";
import type { MeshEgress, MutualTls } from "../mesh/mesh-spec.ts";
import type { Permission, PolicyRule } from "./access.ts";
import type { DnsProps, DnsServiceProps } from "./dns.ts";
import { gatewayFields } from "./fleet-shape.ts";
import type { LimitRangeItem } from "./limits.ts";
import type { DedicatedMeshProps, IssuerProps, MeshTrustProps, ResourcesProps, SharedMeshProps } from "./mesh.ts";
import type { IsolatedNetworkProps, NetworkPeer, NetworkPort } from "./network.ts";
import { networkPolicySpec, protocol } from "./network-policy.ts";
import type {
  KeyAlgorithm,
  LogicalCloudProps,
  NamespaceProps,
  PodSecurityLevel,
  PodSecurityProps,
  ServiceAccountProps,
  UserProps,
} from "./props.ts";
import type { QuotaProps, QuotaScope } from "./quota.ts";
import type { ClusterSelector, LabelExpression } from "./select-clusters.ts";
import { type FieldsOf, flag, must, number, oneOf, quantity, type Shape, text, textByKey, texts } from "./shape.ts";

const quantities = { values: quantity } as const;

const rule: FieldsOf<PolicyRule> = {
  verbs: must(texts),
  apiGroups: texts,
  resources: texts,
  resourceNames: texts,
  nonResourceURLs: texts,
};

const permission: Readonly<Record<keyof Permission, Shape>> = {
  rules: { list: { fields: [rule] } },
  clusterRole: text,
  namespaces: texts,
  foreignNamespaces: texts,
  clusterWide: flag,
};

const operator = oneOf<LabelExpression["operator"]>({ In: true, NotIn: true, Exists: true, DoesNotExist: true });

const expression: Readonly<Record<keyof LabelExpression | "values", Shape>> = {
  key: must(text),
  operator: must(operator),
  values: texts,
};

const selector: FieldsOf<ClusterSelector> = {
  matchLabels: textByKey,
  matchExpressions: { list: { fields: [expression] } },
};

const namespace: FieldsOf<NamespaceProps> = {
  name: must(text),
  labels: textByKey,
  annotations: textByKey,
  clusters: texts,
};

const user: FieldsOf<UserProps> = {
  permissions: must(texts),
  oidcUsername: text,
  keyAlgorithm: oneOf<KeyAlgorithm>({ "ecdsa-p256": true, "rsa-2048": true, "rsa-3072": true, "rsa-4096": true }),
};

const serviceAccount: FieldsOf<ServiceAccountProps> = { permissions: must(texts), namespace: text };

const scope = oneOf<QuotaScope>({
  Terminating: true,
  NotTerminating: true,
  BestEffort: true,
  NotBestEffort: true,
  PriorityClass: true,
  CrossNamespacePodAffinity: true,
  VolumeAttributesClass: true,
});

const quota: FieldsOf<QuotaProps> = {
  hard: must(quantities),
  namespaces: texts,
  scopes: { list: scope },
  scopeSelector: {
    fields: [
      {
        matchExpressions: must({
          list: { fields: [{ scopeName: must(scope), operator: must(operator), values: texts }] },
        }),
      } satisfies FieldsOf<NonNullable<QuotaProps["scopeSelector"]>>,
    ],
  },
};

const limit: FieldsOf<LimitRangeItem> = {
  type: must(oneOf<LimitRangeItem["type"]>({ Container: true, Pod: true, PersistentVolumeClaim: true })),
  default: quantities,
  defaultRequest: quantities,
  max: quantities,
  min: quantities,
  maxLimitRequestRatio: quantities,
};

const port: FieldsOf<Exclude<NetworkPort, number>> = {
  port: must({ text: true, number: true }),
  protocol,
  endPort: number,
};

const ports = { list: { number: true, fields: [port] } } as const;

type ObjectPeer<K extends string> = Extract<Exclude<NetworkPeer, string>, Readonly<Record<K, unknown>>>;

const cidrPeer: FieldsOf<ObjectPeer<"cidr">> = { cidr: must(text), except: texts, ports };
const namespacePeer: FieldsOf<ObjectPeer<"namespace">> = { namespace: must(text), podLabels: textByKey, ports };
const peers = { list: { text: true, fields: [cidrPeer, namespacePeer] } } as const;
const isolated: FieldsOf<IsolatedNetworkProps> = { ingressFrom: peers, egressTo: peers, apiServer: flag };

const dnsService: FieldsOf<DnsServiceProps> = { service: must(text), namespace: text, port: number };

const dns: FieldsOf<DnsProps> = {
  zone: text,
  mode: oneOf<DnsMode>({ rewrite: true, forward: true, native: true }),
  to: { list: text, fields: [dnsService] },
  services: texts,
};

const amount = { text: true, number: true } as const;
const amounts = { fields: [{ cpu: amount, memory: amount }] } as const;
const resources: FieldsOf<ResourcesProps> = { requests: amounts, limits: amounts };
const issuer: FieldsOf<IssuerProps> = { name: must(text), kind: text, group: text };
const trust: FieldsOf<MeshTrustProps> = {
  issuer: { text: ["lcloud"], fields: [{ certManager: must({ fields: [issuer] }) }] },
  nameConstraints: flag,
};
const mtls = oneOf<MutualTls>({ strict: true, permissive: true });

const dedicatedMesh: FieldsOf<DedicatedMeshProps> = {
  mode: must(oneOf({ dedicated: true })),
  version: { text: true, values: text },
  trustDomain: text,
  mtls,
  egress: oneOf<MeshEgress>({ any: true, "registry-only": true }),
  exports: { text: ["all"], list: text },
  resources: {
    fields: [{ istiod: { fields: [resources] }, gateway: { fields: [resources] }, sidecar: { fields: [resources] } }],
  },
  gateway: { fields: [gatewayFields] },
  trust: { fields: [trust] },
};

const sharedMesh: FieldsOf<SharedMeshProps> = {
  mode: must(oneOf({ shared: true })),
  revision: must(text),
  namespace: text,
  discoveryLabels: textByKey,
  mtls,
};

const level = oneOf<PodSecurityLevel>({ privileged: true, baseline: true, restricted: true });
const podSecurity: FieldsOf<PodSecurityProps> = { enforce: level, audit: level, warn: level };

const cloud: FieldsOf<LogicalCloudProps> = {
  clusters: { text: ["all"], list: text, fields: [selector] },
  namespaces: { list: { text: true, fields: [namespace] } },
  permissions: { values: { fields: [permission], whole: true } },
  users: { values: { list: text, fields: [user] } },
  groups: { values: texts },
  serviceAccounts: { values: { list: text, fields: [serviceAccount] } },
  quota: { values: { ...quantity, fields: [quota] } },
  limits: { text: ["none"], list: { fields: [limit], whole: true } },
  network: {
    text: ["isolated", "open"],
    fields: [{ policies: must({ values: { fields: [networkPolicySpec], whole: true } }) }, isolated],
  },
  dns: { fields: [dns] },
  mesh: { text: ["none"], fields: [sharedMesh, dedicatedMesh] },
  podSecurity: { ...level, fields: [podSecurity] },
  privileged: flag,
  adopt: flag,
  admin: flag,
};

/** Names of {@link LogicalCloudProps}. */
export const CLOUD_PROPS: readonly string[] = Object.keys(cloud);

/** {@link LogicalCloudProps} at run time. */
export const CLOUD_SHAPE: Shape = { fields: [cloud] };
