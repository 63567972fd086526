import { expect, test } from "vitest";
import type { GitDelivery, PulledDelivery } from "../../src/model/delivery.ts";
import { offerBranch } from "../../src/pipeline/offer-branch.ts";

const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;

const to = (repository: string, branch: string): GitDelivery => ({
  kind: "git",
  repository,
  pullUrl: "https://git.example.com/fleet",
  branch,
  path: "clusters",
  engine,
});

const prod = to("git@git.example.com:fleet.git", "env/prod");
const artifact: PulledDelivery = { kind: "oci", repository: "oci://git.example.com/fleet", tag: "staging", engine };

test.each([
  ["alone", [prod, prod], "offer"],
  ["beside another of its repository", [prod, to(prod.repository, "env/staging")], "offer-env/prod"],
  [
    "beside one that the same repository has by another URL",
    [to("https://git.example.com/fleet", "main"), prod],
    "offer-env/prod",
  ],
  ["beside those of other repositories", [prod, to("git@git.example.com:staging.git", "main")], "offer"],
  ["beside artifacts", [prod, artifact], "offer"],
])("a branch %s is offered on one of its own", (_, fleet, branch) => {
  expect(offerBranch("offer", prod, fleet)).toBe(branch);
});
