import { invalid } from "../model/error.ts";
import { isDnsLabel } from "../model/names.ts";

/** How the contexts of EKS are named by its own tool and by eksctl. */
const EKS = /^arn:aws[-\w]*:eks:|\.eksctl\.io$/;

/**
 * The `clusters` of a fleet as TypeScript, a cluster for each context.
 *
 * @throws {@link CloudError} `INVALID` where no name of a cluster can be made of a context, or the same of two.
 */
export function formatClusters(contexts: readonly string[]): string {
  const names = namesOf(contexts);
  const lines = contexts.map((context, index) => formatCluster(names[index] ?? "", context));
  return `clusters: {\n${lines.join("")}  }`;
}

function formatCluster(name: string, context: string): string {
  // EKS signs no client certificates.
  const identity = EKS.test(context) ? 'platform: "eks", identity: "service-account"' : 'identity: "x509"';
  const access = name === context ? "" : `, access: { context: ${JSON.stringify(context)} }`;
  return `    ${JSON.stringify(name)}: { kubernetes: "1.33", ${identity}${access} },\n`;
}

/** The last part of each context, as in `arn:…:cluster/prod` and `gke_project_zone_prod`; the whole where that is not unique. */
function namesOf(contexts: readonly string[]): readonly string[] {
  const last = contexts.map((context) => labelOf(/[^/:@_]*$/.exec(context)?.[0] ?? ""));
  const names = new Set(last).size === contexts.length ? last : contexts.map(labelOf);
  const faults = contexts.flatMap((context, index) => {
    const name = names[index] ?? "";
    const isFine = isDnsLabel(name) && names.indexOf(name) === index;
    return isFine ? [] : [{ path: `--contexts: ${context}`, message: faultOf(name) }];
  });
  if (faults.length > 0) throw invalid(faults, "no new repository was made");
  return names;
}

const faultOf = (name: string): string =>
  name === ""
    ? "gives no name for a cluster; leave it out, and write it into clouds/fleet.ts by hand"
    : `gives the name "${name}" a second time; leave it out, and write it into clouds/fleet.ts by hand`;

/** A DNS label as near to a text as there is. */
const labelOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
