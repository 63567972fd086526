import { defineFleet, type FleetAppOf } from "logical-clouds";

/** Our clusters. Each is reached by the kubeconfig context of its name. */
export const fleet = defineFleet({
  clusters: {
    "eks-prod-eu": {
      platform: "eks",
      kubernetes: "1.33",
      labels: { env: "prod", region: "eu-west-1" },
      // EKS signs no client certificates, so people log in with their account at work.
      identity: "oidc",
      // CoreDNS is our own here, not the add-on, so that nobody but us writes its Corefile.
      dns: { provider: "corefile" },
      capacity: { cpu: 96, memory: "384Gi" },
    },
    "gke-staging-eu": {
      platform: "gke",
      kubernetes: "1.33",
      labels: { env: "staging", region: "europe-west1" },
      identity: "x509",
      // CoreDNS answers instead of GKE's kube-dns, which cannot rewrite names.
      dns: { provider: "corefile" },
      capacity: { cpu: 48, memory: "192Gi" },
    },
    "k3s-dev-office": {
      platform: "k3s",
      kubernetes: "1.34",
      labels: { env: "dev", region: "office" },
      identity: "x509",
      dns: { provider: "coredns-custom" },
      capacity: { cpu: 24, memory: "96Gi" },
    },
  },
  oidc: {
    username: "oidc:{user}@example.com",
    exec: {
      command: "kubectl",
      args: ["oidc-login", "get-token", "--oidc-issuer-url=https://login.example.com", "--oidc-client-id={cluster}"],
      installHint: "kubectl krew install oidc-login",
    },
  },
});

export type App = FleetAppOf<typeof fleet>;
