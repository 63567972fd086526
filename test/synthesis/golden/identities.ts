import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({
  clusters: {
    certificates: {
      kubernetes: "1.33",
      labels: { env: "dev", region: "eu" },
      identity: "x509",
      expirationSeconds: 86400,
      requesters: ["ci"],
      access: { kubeconfig: "kubeconfigs/dev.yaml", context: "admin@dev" },
    },
    tokens: {
      kubernetes: "1.34",
      identity: "service-account",
      expirationSeconds: 3600,
      endpoint: {
        server: "https://api.example.com:6443",
        certificateAuthority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      },
    },
    logins: { kubernetes: "1.33", platform: "eks", identity: "oidc" },
  },
  oidc: {
    username: "oidc:{user}@{cloud}.example.com",
    exec: { command: "log-in", args: ["--cluster", "{cluster}"], env: { B: "2", A: "1" }, interactiveMode: "Never" },
  },
});

/** The same users on a cluster of each kind of identity, beside a group and a program. */
export const identities: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "shop", {
    permissions: {
      run: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] }] },
      view: { clusterRole: "view" },
    },
    users: {
      ada: ["run", "view"],
      eve: { permissions: ["view"], oidcUsername: "oidc:eve@contractor.example", keyAlgorithm: "rsa-2048" },
    },
    groups: { "oidc:auditors": ["view"] },
    serviceAccounts: { deployer: ["run"] },
    network: "open",
  });
  app.synth();
};
