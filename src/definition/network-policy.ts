import { type FieldsOf, must, number, oneOf, type Shape, text, textByKey, texts } from "./shape.ts";

/** `spec` of a NetworkPolicy of networking.k8s.io/v1. */
export interface NetworkPolicySpec {
  /** The pods that it is for; `{}` is all of the namespace. */
  readonly podSelector: LabelSelector;
  /** @default `Ingress`, and `Egress` where there are rules for it */
  readonly policyTypes?: readonly PolicyType[];
  /** Who may reach the pods. @default nobody */
  readonly ingress?: readonly NetworkPolicyIngressRule[];
  /** Whom the pods may reach. @default nobody */
  readonly egress?: readonly NetworkPolicyEgressRule[];
}

type PolicyType = "Ingress" | "Egress";

interface NetworkPolicyIngressRule {
  /** @default everybody */
  readonly from?: readonly NetworkPolicyPeer[];
  /** @default every port */
  readonly ports?: readonly NetworkPolicyPort[];
}

interface NetworkPolicyEgressRule {
  /** @default everybody */
  readonly to?: readonly NetworkPolicyPeer[];
  /** @default every port */
  readonly ports?: readonly NetworkPolicyPort[];
}

/** Pods, all of them in some namespaces, or addresses: `ipBlock` stands alone. */
interface NetworkPolicyPeer {
  /** @default every pod of the namespaces */
  readonly podSelector?: LabelSelector;
  /** @default the policy's own namespace */
  readonly namespaceSelector?: LabelSelector;
  /** @default none */
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

interface NetworkPolicyPort {
  /** A number, or the name of a container's port. @default every port */
  readonly port?: number | string;
  /** @default "TCP" */
  readonly protocol?: Protocol;
  /** Last of a range that begins at `port`. @default `port` alone */
  readonly endPort?: number;
}

type Protocol = "TCP" | "UDP" | "SCTP";

/** An empty one selects everything. */
export interface LabelSelector {
  /** @default none */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** @default none */
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    /** For `In` and `NotIn`. @default none */
    readonly values?: readonly string[];
  }[];
}

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

const expression: FieldsOf<Expression> = {
  key: must(text),
  operator: must(oneOf<Expression["operator"]>({ In: true, NotIn: true, Exists: true, DoesNotExist: true })),
  values: texts,
};

const selectorFields: FieldsOf<LabelSelector> = {
  matchLabels: textByKey,
  matchExpressions: { list: { fields: [expression] } },
};

/** {@link LabelSelector} at run time. */
export const labelSelector = { fields: [selectorFields] } as const satisfies Shape;

const block: FieldsOf<NonNullable<NetworkPolicyPeer["ipBlock"]>> = { cidr: must(text), except: texts };

const peer: FieldsOf<NetworkPolicyPeer> = {
  podSelector: labelSelector,
  namespaceSelector: labelSelector,
  ipBlock: { fields: [block] },
};

/** {@link Protocol} at run time. */
export const protocol = oneOf<Protocol>({ TCP: true, UDP: true, SCTP: true });

const port: FieldsOf<NetworkPolicyPort> = { port: { text: true, number: true }, protocol, endPort: number };

const peers = { list: { fields: [peer] } } as const;
const ports = { list: { fields: [port] } } as const;
const ingressRule: FieldsOf<NetworkPolicyIngressRule> = { from: peers, ports };
const egressRule: FieldsOf<NetworkPolicyEgressRule> = { to: peers, ports };

/** {@link NetworkPolicySpec} at run time. */
export const networkPolicySpec: FieldsOf<NetworkPolicySpec> = {
  podSelector: must(labelSelector),
  policyTypes: { list: oneOf<PolicyType>({ Ingress: true, Egress: true }) },
  ingress: { list: { fields: [ingressRule] } },
  egress: { list: { fields: [egressRule] } },
};
