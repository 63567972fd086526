import { dirname, join } from "node:path";
import { type ClusterProps, defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const common = { kubernetes: "1.33", identity: "service-account" } as const satisfies ClusterProps;
const repository = "https://git.example.com/fleet";

const fleet = defineFleet({
  clusters: {
    direct: common,
    flux: { ...common, delivery: { git: { repository, engine: "flux" } } },
    argo: { ...common, delivery: { git: { repository, engine: "argocd" } } },
  },
});

const props = {
  permissions: { look: { clusterRole: "view" } },
  users: { ada: ["look"] },
  serviceAccounts: { robot: ["look"] },
  network: "open",
  quota: { pods: 10 },
} as const;

/** A cloud that stays, one that leaves and one that is gone: those have files in the fixture beside the identities. */
export const leaving: GoldenCase = ({ outdir, identities }) => {
  const app = new FleetApp({ fleet, outdir, identities: join(dirname(identities), "leaving/identities") });
  new LogicalCloud(app, "bank", props);
  new LogicalCloud(app, "shop", props);
  new LogicalCloud(app, "wiki", props);
  app.synth();
};
