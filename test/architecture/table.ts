/** What a part does beside computing. */
export type Effect = "clock" | "console" | "environment" | "files" | "network" | "processes" | "random";

export interface Part {
  /** Other parts that it may import. */
  readonly ours: readonly string[];
  /** Packages that it may import; `types of <package>` where only types. */
  readonly packages: readonly string[];
  readonly effects: readonly Effect[];
}

/**
 * The architecture: which part may import which, and what it may touch. Part `x` is `src/x/` and `src/x.ts`; `clouds` is
 * the folder of that name beside `src`. A change is a decision, to be written down in docs/decisions/.
 */
export const PARTS: Readonly<Record<string, Part>> = {
  model: { ours: [], packages: [], effects: [] },
  files: { ours: [], packages: [], effects: ["files"] },
  x509: { ours: ["model"], packages: ["node-forge"], effects: [] },
  keys: { ours: ["model", "files", "x509", "mesh"], packages: [], effects: ["files", "random"] },
  "kube-api": {
    ours: ["model"],
    packages: ["@kubernetes/client-node", "ws"],
    effects: ["clock", "environment", "files", "network", "random"],
  },
  engine: { ours: ["model", "dns", "mesh"], packages: [], effects: [] },
  git: { ours: [], packages: ["simple-git"], effects: [] },
  dns: { ours: ["model"], packages: [], effects: [] },
  mesh: { ours: ["model", "x509"], packages: ["js-yaml"], effects: [] },
  definition: {
    ours: ["model", "x509", "dns", "mesh", "engine"],
    packages: ["cdk8s", "constructs", "types of cdk8s-plus-27"],
    effects: [],
  },
  rendered: {
    ours: ["model", "files", "dns", "mesh", "engine"],
    packages: ["zod", "js-yaml"],
    effects: ["files", "random"],
  },
  synthesis: {
    ours: ["model", "x509", "dns", "mesh", "engine", "definition", "rendered"],
    packages: ["cdk8s", "constructs"],
    effects: [],
  },
  delivery: { ours: ["model", "mesh", "engine", "git", "kube-api", "rendered"], packages: [], effects: ["clock"] },
  "post-sync": {
    ours: ["model", "dns", "mesh", "engine", "kube-api", "rendered", "x509", "keys"],
    packages: [],
    effects: ["clock", "files", "random"],
  },
  inspect: {
    ours: ["model", "dns", "mesh", "engine", "kube-api", "rendered", "x509", "keys"],
    packages: [],
    effects: [],
  },
  sops: { ours: ["model", "rendered"], packages: ["age-encryption"], effects: ["random"] },
  repository: { ours: ["model", "files", "git"], packages: ["zod", "js-yaml"], effects: ["files", "processes"] },
  pipeline: {
    ours: [
      ...["model", "files", "engine", "mesh", "x509", "keys", "kube-api", "definition", "rendered", "synthesis"],
      ...["delivery", "post-sync", "inspect", "sops", "repository"],
    ],
    packages: [],
    effects: ["clock", "environment", "files"],
  },
  cli: { ours: ["model", "pipeline"], packages: ["commander", "listr2"], effects: ["console", "environment"] },
  index: { ours: ["definition", "synthesis"], packages: [], effects: [] },
  clouds: { ours: [], packages: ["logical-clouds", "cdk8s", "constructs", "cdk8s-plus-27"], effects: [] },
};

/** Files that do more than their part. */
export const EXCEPTIONS: Readonly<Record<string, readonly Effect[]>> = {
  // the public requests of users
  "src/synthesis/identities.ts": ["files"],
  // what lcloud mesh render has made of charts
  "src/synthesis/mesh-files.ts": ["files"],
  // LCLOUD_WANTED and LCLOUD_REPORT
  "src/synthesis/fleet-app.ts": ["environment", "files"],
  "src/synthesis/report-refusal.ts": ["environment", "files"],
  // end the app, and helm, where this process ends
  "src/repository/run-app.ts": ["environment"],
  "src/repository/run-helm.ts": ["environment"],
  "src/repository/scratch-folder.ts": ["environment"],
  // plugins that log in
  "src/kube-api/exec-plugin.ts": ["processes"],
  // the environment that git gets
  "src/git/environment.ts": ["environment"],
  // gone where this process ends
  "src/delivery/git/scratch-folder.ts": ["environment", "files"],
  // those who were refused together do not come back together
  "src/delivery/git/attempts.ts": ["random"],
  // the registry, and what docker login has left for it
  "src/delivery/oci/http.ts": ["network"],
  "src/delivery/oci/docker-config.ts": ["environment", "files", "processes"],
  // the whole report, where somebody asks for it in a file
  "src/cli/commands/diff.ts": ["files"],
  // the version in package.json
  "src/cli/version.ts": ["files"],
  // whose a file is
  "src/keys/private-folder.ts": ["environment"],
};
