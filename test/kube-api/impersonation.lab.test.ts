import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import { type Lab, startLab } from "../lab/clusters.ts";

let lab: Lab<"eu">;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
});
afterAll(() => lab?.stop());

test("the API server takes us for whom the kubeconfig says, with those groups and no others", async () => {
  const { users, ...config } = JSON.parse(await readFile(lab.kubeconfig, "utf8"));
  const impersonated = {
    as: "ada",
    "as-uid": "7",
    "as-groups": ["readers", "writers"],
    "as-user-extra": { "example.com/Reason": ["a", "b"] },
  };
  const kubeconfig = `${lab.kubeconfig}-as`;
  const [{ name, user }] = users;
  await writeFile(kubeconfig, JSON.stringify({ ...config, users: [{ name, user: { ...user, ...impersonated } }] }));
  const api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig });
  const review = await api.create({
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    metadata: { name: "" },
  });
  expect(review["status"]).toEqual({
    userInfo: {
      username: "ada",
      uid: "7",
      groups: ["readers", "writers", "system:authenticated"],
      extra: { "example.com/reason": ["a", "b"] },
    },
  });
  api.close();
});
