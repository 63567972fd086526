import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["source"] } },
  resolve: { conditions: ["source"] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "**/*.lab.test.ts"],
          // to load cdk8s and the Kubernetes client for each file takes longer than the tests
          isolate: false,
          // one more than the cores of a small machine, since some tests wait for processes
          maxWorkers: 3,
          // a busy machine is no fault
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "lab",
          // what needs more than Node: Kubernetes, agents, git, or patience
          include: ["test/e2e/**/*.test.ts", "test/**/*.lab.test.ts"],
          globalSetup: ["test/lab/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
