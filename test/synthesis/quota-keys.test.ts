import { expect, test } from "vitest";
import { fitsScope, isWhole, quotaKeyFault } from "../../src/synthesis/quota-keys.ts";

test.each([
  ...[
    "cpu",
    "memory",
    "requests.cpu",
    "limits.memory",
    "requests.storage",
    "ephemeral-storage",
    "limits.ephemeral-storage",
  ],
  ...["pods", "services", "services.loadbalancers", "services.nodeports", "secrets", "resourcequotas"],
  ...["hugepages-2Mi", "requests.hugepages-1Gi", "requests.nvidia.com/gpu", "requests.example.org/a_b"],
  ...["count/pods", "count/deployments.apps", "count/ingresses.networking.k8s.io", "count/widgets.example.org"],
  ...["gold.storageclass.storage.k8s.io/requests.storage", "a.b.storageclass.storage.k8s.io/persistentvolumeclaims"],
  ...["fast.volumeattributesclass.storage.k8s.io/requests.storage", "gpu.deviceclass.resource.k8s.io/devices"],
])("Kubernetes counts %s", (key) => {
  expect(quotaKeyFault(key)).toBeUndefined();
});

test.each([
  ...["", "cpus", "limits.storage", "requests.pods", "hugepages-2M", "nvidia.com/gpu", "limits.nvidia.com/gpu"],
  ...[
    "count/",
    "count/foo",
    "count/deployments",
    "count/deployment.apps",
    "count/pods.",
    "count/Widgets.example.org",
    "count/a/b",
  ],
  ...[
    "gold.storageclass.storage.k8s.io/storage",
    ".storageclass.storage.k8s.io/requests.storage",
    "requests.x",
    "a/b/c",
  ],
])("Kubernetes would count nothing under %j", (key) => {
  expect(quotaKeyFault(key)).toContain("; ");
});

test("a number of pieces is told from a measure", () => {
  const keys = ["pods", "count/jobs.batch", "gold.storageclass.storage.k8s.io/persistentvolumeclaims", "requests.cpu"];
  expect(keys.map(isWhole)).toEqual([true, true, true, false]);
});

test("a scope holds only what it can count", () => {
  const volumes = "gold.storageclass.storage.k8s.io/requests.storage";
  const keys = ["pods", "count/pods", "count/jobs.batch", "limits.cpu", "requests.nvidia.com/gpu", "secrets", volumes];
  const fitting = (scope: string) => keys.filter((key) => fitsScope(scope, key));
  expect(fitting("BestEffort")).toEqual(["pods", "count/pods", "requests.nvidia.com/gpu"]);
  expect(fitting("PriorityClass")).toEqual(["pods", "count/pods", "limits.cpu", "requests.nvidia.com/gpu"]);
  expect(fitting("VolumeAttributesClass")).toEqual([volumes]);
});
