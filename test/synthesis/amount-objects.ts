import { neighbours, of } from "./neighbours.ts";

const limitRange = of("LimitRange");
const quota = of("ResourceQuota");

const limit = (type: string) => (fields: object) => ({ spec: { limits: [{ type, ...fields }] } });
const max = (resource: string, amount: unknown = "1") => ({ max: { [resource]: amount } });
const both = (min: string, max: string, ratio: string) => ({
  ...{ min: { cpu: min }, max: { cpu: max } },
  maxLimitRequestRatio: { cpu: ratio },
});
const defaults = (resource: string, request: string, given: object) => ({
  defaultRequest: { [resource]: request },
  ...given,
});

export const LIMIT_RANGES = [
  neighbours(
    "types",
    limitRange,
    [
      { spec: { limits: [{ type: "Container" }, { type: "Pod" }] } },
      { spec: { limits: [{ type: "example.org/Thing", ...max("cpu") }] } },
    ],
    [
      { spec: { limits: [{ type: "Pod" }, { type: "Pod", ...max("cpu") }] } },
      ...["container", "", "a/b/c", 1].map((type) => ({ spec: { limits: [{ type, ...max("cpu") }] } })),
      { spec: { limits: [max("cpu")] } },
      { spec: { limits: { type: "Pod" } } },
      { spec: { limits: [{ type: "Pod", mx: {} }] } },
      { spec: { limits: [{ type: "Pod", max: ["cpu"] }] } },
    ],
  ),
  neighbours(
    "resources of containers",
    limitRange,
    ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "nvidia.com/gpu", "kubernetes.io/x"].map((name) =>
      max(name),
    ),
    [
      ...["storage", "pods", "cpus", "requests.cpu", "nvidia.com/", "a/b/c", "CPU", ""].map((name) => max(name)),
      ...[max("requests.nvidia.com/gpu"), { default: { disk: "1" } }, { maxLimitRequestRatio: { disk: "2" } }],
    ],
    limit("Container"),
  ),
  neighbours(
    "storage of a claim",
    limitRange,
    [max("storage"), { min: { storage: "1Gi" } }, { min: { storage: 1 }, max: { storage: 2, "requests.cpu": 1 } }],
    [{}, max("cpu"), { maxLimitRequestRatio: { storage: "2" } }, { max: { storage: "1", disk: "1" } }],
    limit("PersistentVolumeClaim"),
  ),
  neighbours(
    "a ratio",
    limitRange,
    [
      ...["1", "1.5", "1500m"].map((cpu) => ({ maxLimitRequestRatio: { cpu } })),
      ...[both("100m", "300m", "3"), both("0.1", "0.3", "2.999"), both("0", "1", "10"), both("1001m", "1.001", "1")],
    ],
    [
      ...["0", "0.5", "999m"].map((cpu) => ({ maxLimitRequestRatio: { cpu } })),
      ...[both("100m", "300m", "3.001"), both("1", "1", "2")],
    ],
    limit("Container"),
  ),
  neighbours(
    "an order of amounts",
    limitRange,
    [
      { min: { cpu: "1001m" }, defaultRequest: { cpu: 1.001 }, default: { cpu: "1001m" }, max: { cpu: "1.001" } },
      ...[defaults("cpu", "1", { default: { memory: "1" } }), { min: { memory: "1Mi" }, max: { memory: "1049k" } }],
    ],
    [
      { min: { cpu: 2 }, max: { cpu: 1 } },
      defaults("cpu", "2", { default: { cpu: 1 } }),
      defaults("cpu", "2", { max: { cpu: 1 } }),
      defaults("cpu", "1", { min: { cpu: 2 } }),
      { default: { cpu: 1 }, min: { cpu: 2 } },
      { default: { cpu: 2 }, max: { cpu: 1 } },
      { min: { memory: "1Mi" }, max: { memory: "1M" } },
    ],
    limit("Container"),
  ),
  neighbours(
    "what cannot be shared",
    limitRange,
    [
      defaults("nvidia.com/gpu", "1", { default: { "nvidia.com/gpu": "1" } }),
      defaults("hugepages-2Mi", "2Mi", { max: { "hugepages-2Mi": "2Mi" } }),
      { default: { "nvidia.com/gpu": "1" }, max: { "nvidia.com/gpu": "2" } },
    ],
    [
      defaults("nvidia.com/gpu", "1", { default: { "nvidia.com/gpu": "2" } }),
      defaults("nvidia.com/gpu", "1", { max: { "nvidia.com/gpu": "2" } }),
      defaults("hugepages-2Mi", "2Mi", { default: { "hugepages-2Mi": "4Mi" } }),
    ],
    limit("Container"),
  ),
  neighbours("limits of pods", limitRange, [max("cpu", 2)], [{ default: { cpu: 1 } }, max("cpu", "two")], limit("Pod")),
];

const hard = (key: string, amount: unknown = 1) => ({ spec: { hard: { [key]: amount } } });
const scoped = (...scopes: readonly unknown[]) => ({ spec: { hard: { pods: 1 }, scopes } });
const selected = (...matchExpressions: readonly object[]) => ({
  spec: { hard: { pods: 1 }, scopeSelector: { matchExpressions } },
});
const exists = (scopeName: string) => ({ scopeName, operator: "Exists" });
const CLASS = "gold.storageclass.storage.k8s.io";

export const RESOURCE_QUOTAS = [
  neighbours(
    "scopes",
    quota,
    [scoped("BestEffort", "Terminating"), selected(exists("NotTerminating"), exists("NotBestEffort")), scoped()],
    [
      ...[scoped("BestEffort", "NotBestEffort"), scoped("Terminating", "NotTerminating"), scoped("Night"), scoped(1)],
      ...[selected(exists("BestEffort"), exists("NotBestEffort")), selected({ scopeName: "PriorityClass" })],
      ...[selected({ operator: "Exists" }), selected({ ...exists("PriorityClass"), value: "x" })],
      { spec: { hard: {}, scopes: "BestEffort" } },
    ],
  ),
  neighbours(
    "keys and amounts",
    quota,
    [
      ...[
        hard("requests.nvidia.com/gpu", "500m"),
        hard(`${CLASS}/requests.storage`, "1Gi"),
        hard("count/jobs.batch", 2),
      ],
      hard(`count/${"a".repeat(50)}.example.org`),
    ],
    [
      ...[hard("pods", "500m"), hard(`${CLASS}/requests.storage`, "500m"), hard("count/jobs.batch", 1.5)],
      ...[hard(`count/${"a".repeat(53)}.example.org`), hard("pods", true), hard("pods", {}), hard("pod")],
      ...[{ spec: { hard: ["pods"] } }, { spec: { had: {} } }, { hard: {} }],
    ],
  ),
];
