import type { ClusterName } from "./example-fleet.ts";

export type Level = "admin" | "edit" | "view" | "deploy";

/** A namespace of the example, and where it is. */
export const NAMESPACES: Readonly<Record<string, readonly ClusterName[]>> = {
  "storefront-web": ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"],
  "storefront-api": ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"],
  "payments-core": ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"],
  "payments-vault": ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"],
  "data-ml-etl": ["eks-prod-eu", "k3s-dev-office"],
  "data-ml-train": ["eks-prod-eu", "k3s-dev-office"],
  "data-ml-serve": ["eks-prod-eu", "k3s-dev-office"],
  "platform-ci-runners": ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"],
  "contractor-acme-sandbox": ["k3s-dev-office"],
};

export interface ExampleUser {
  readonly cloud: string;
  readonly user: string;
  readonly level: Level;
  readonly namespaces: readonly string[];
}

const STOREFRONT = ["storefront-web", "storefront-api"];
const PAYMENTS = ["payments-core", "payments-vault"];
const DATA_ML = ["data-ml-etl", "data-ml-train", "data-ml-serve"];

/** Who may do what in the example, told a second time: what `clouds/` says is held against it. */
export const USERS: readonly ExampleUser[] = [
  { cloud: "storefront", user: "ana", level: "admin", namespaces: STOREFRONT },
  { cloud: "storefront", user: "ben", level: "edit", namespaces: STOREFRONT },
  { cloud: "storefront", user: "chloe", level: "edit", namespaces: STOREFRONT },
  { cloud: "storefront", user: "oncall", level: "view", namespaces: STOREFRONT },
  { cloud: "payments", user: "dev-lead", level: "admin", namespaces: PAYMENTS },
  { cloud: "payments", user: "eli", level: "edit", namespaces: ["payments-core"] },
  { cloud: "payments", user: "auditor", level: "view", namespaces: PAYMENTS },
  { cloud: "data-ml", user: "fay", level: "admin", namespaces: DATA_ML },
  { cloud: "data-ml", user: "gus", level: "edit", namespaces: DATA_ML },
  { cloud: "platform-ci", user: "ci-bot", level: "deploy", namespaces: ["platform-ci-runners"] },
  { cloud: "contractor-acme", user: "acme-1", level: "edit", namespaces: ["contractor-acme-sandbox"] },
  { cloud: "contractor-acme", user: "acme-2", level: "edit", namespaces: ["contractor-acme-sandbox"] },
];

/** What each level may and may not do in its own namespaces. */
export const VERBS: Readonly<
  Record<Level, { readonly allowed: readonly Action[]; readonly forbidden: readonly Action[] }>
> = {
  admin: {
    allowed: ["create rolebindings", "list secrets"],
    forbidden: ["update resourcequotas", "delete namespaces"],
  },
  edit: { allowed: ["create configmaps", "list secrets"], forbidden: ["create rolebindings", "update limitranges"] },
  view: { allowed: ["list pods"], forbidden: ["create configmaps", "list secrets"] },
  deploy: {
    allowed: ["create deployments", "list pods"],
    forbidden: ["list secrets", "create pods", "create rolebindings"],
  },
};

/** `verb resource` */
export type Action = `${string} ${string}`;

/** API groups of the resources above that are not in the core group. */
export const GROUPS: Readonly<Record<string, string>> = {
  deployments: "apps",
  rolebindings: "rbac.authorization.k8s.io",
};
