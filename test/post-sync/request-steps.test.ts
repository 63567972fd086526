import { expect, test } from "vitest";
import { approveRequest } from "../../src/post-sync/request-steps.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { makeScene, requestOf } from "./scene.ts";

test.each([
  ["uid", { uid: "" }],
  ["resourceVersion", { resourceVersion: "" }],
  ["uid and resourceVersion", { uid: "", resourceVersion: "" }],
])(
  "a request that came without %s is not approved, since whatever has its name by now would be",
  async (_, missing) => {
    const fake = fakeCluster("east");
    const request = await fake.behind("admin").create(requestOf((await makeScene()).render("east")));
    const live = { ...request, metadata: { ...request.metadata, ...missing } };
    await expect(approveRequest(fake, live)).rejects.toMatchObject({ code: "API_ERROR" });
    expect(fake.requests).toEqual([]);
  },
);
