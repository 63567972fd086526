import { type Command, InvalidArgumentError } from "commander";
import type { RoleName, RolesReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import {
  type ClusterFlags,
  collectNames,
  examples,
  type OutputFlags,
  withClusters,
  withOutput,
  workplaceOf,
} from "../options.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags, ClusterFlags {
  readonly role?: readonly RoleName[];
}

const ROLE_NAMES: readonly RoleName[] = [
  "deliver",
  "request",
  "approve",
  "collect",
  "dns",
  "mesh",
  "read",
  "read-mesh",
  "check",
];

export function addRoles(program: Command): void {
  const command = program
    .command("roles")
    .summary("print the least-privilege RBAC of each job")
    .description(
      "Print the RBAC roles that those need who deliver (sync), request and collect (post-sync --collect-only), approve " +
        "(post-sync --approve-only), put zones into DNS (post-sync --dns-only), join meshes (post-sync --mesh-only), read (status; with read-mesh the Secrets of " +
        "meshes too) and check (dns check), and no more, computed from dist/. Bind them to whom you want. " +
        "Whoever delivers or approves is as good as an administrator of the cluster all the same: the docs say why.",
    )
    .option("--role <names>", `only these of ${ROLE_NAMES.join(", ")}: a,b or several times`, parseRoles)
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withClusters(command)).action(printRoles);
}

const EXAMPLES = `
lcloud roles --cluster gke-staging-eu
lcloud roles --cluster gke-staging-eu --role request,collect | kubectl --context gke-staging-eu apply -f -
lcloud roles -o json
`;

function parseRoles(value: string, before: readonly RoleName[] = []): readonly RoleName[] {
  const named = collectNames(value).map((name) => {
    const role = ROLE_NAMES.find((each) => each === name);
    if (role === undefined) throw new InvalidArgumentError(`There is no role "${name}".`);
    return role;
  });
  return [...before, ...named];
}

async function printRoles(flags: Flags): Promise<void> {
  const { cluster: clusters, role: roles = ROLE_NAMES } = flags;
  await runCommand(flags, async () => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.roles({ ...workplaceOf(flags), clusters, roles });
    return {
      report: withoutYaml(report),
      text: formatRoles(report),
      notes: notesOf(report),
      exitCode: EXIT.done,
    };
  });
}

function notesOf({ clusters }: RolesReport): readonly string[] {
  const pulled = clusters.filter(({ isPulled, roles }) => isPulled && roles.some(({ role }) => role === "deliver"));
  const names = pulled.map(({ cluster }) => cluster).join(", ");
  return [
    ...(pulled.length === 0
      ? []
      : [
          `${names}: an agent delivers there, so lcloud sync needs nothing; the role deliver is for post-sync --wait alone, ` +
            "once, where lcloud has delivered directly before",
        ]),
    ...(clusters.length > 1
      ? ["these are the roles of several clusters; --cluster prints those of one, to be applied"]
      : []),
  ];
}

/** One YAML stream, with a comment at each role. */
const formatRoles = ({ clusters }: RolesReport): string =>
  clusters
    .flatMap(({ cluster, roles }) =>
      roles.filter(({ yaml }) => yaml !== "").map(({ role, yaml }) => `# ${cluster}: ${role}\n${yaml}`),
    )
    .join("---\n");

const withoutYaml = ({ clusters }: RolesReport): object => ({
  clusters: clusters.map(({ cluster, roles }) => ({
    cluster,
    roles: Object.fromEntries(roles.map(({ role, manifests }) => [role, manifests])),
  })),
});
