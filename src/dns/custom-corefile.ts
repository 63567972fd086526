import type { Imports } from "./corefile/importer.ts";
import { readLayout } from "./corefile/layout.ts";
import type { Zone } from "./zone.ts";

/** A Corefile with the keys of ConfigMap `coredns-custom` that it imports. */
export interface CustomCorefile {
  readonly imports: Imports;
  /** Why CoreDNS would refuse the whole, or not answer our zones; each says what to do. */
  readonly faults: readonly string[];
}

/**
 * Judge a platform's Corefile together with what it imports: a key of somebody else's can swallow ours, since CoreDNS reads
 * all of it as one text.
 *
 * @param custom - Of ConfigMap `coredns-custom`: texts by their keys.
 * @param zones - Those that are to be answered.
 */
export function judgeCustom(
  corefile: string,
  custom: Readonly<Record<string, string>>,
  zones: readonly Zone[],
): CustomCorefile {
  const asked = new Set<string>();
  const imports: Imports = (path) => {
    const ending = /(?:^|\/)custom\/\*(\.[a-z]+)$/.exec(path)?.[1];
    if (ending === undefined) return undefined;
    asked.add(ending);
    return Object.keys(custom)
      .filter((key) => key.endsWith(ending))
      .sort()
      .map((name) => ({ name, text: custom[name] ?? "" }));
  };
  const layout = readLayout(corefile, { imports });
  if ("faults" in layout) {
    return { imports, faults: layout.faults.map(({ path, message }) => `${path}: ${message}`) };
  }
  if (!asked.has(".server")) return { imports, faults: [NO_IMPORT] };
  const { bind } = layout.listener;
  if (bind !== undefined && zones.length > 0) return { imports, faults: [boundFault(bind)] };
  const port = String(layout.listener.port);
  const faults = zones.flatMap((zone) => {
    const entries = layout.zones.get(`${zone.zone}.`) ?? [];
    const answering = entries.filter((entry) => entry.port === port);
    if (answering.length > 1) {
      return [`${zone.zone} has ${answering.length} blocks, and CoreDNS takes one; remove the others`];
    }
    if (answering.length === 1 || entries.length === 0) return [];
    return [`${zone.zone} is not at port ${port}, where . is; set the port of the cluster's DNS in the fleet`];
  });
  return { imports, faults };
}

const NO_IMPORT = "does not import custom/*.server, so nothing of coredns-custom is read; name another provider";

/** There the server of `.` takes all queries, and blocks that are bound to nothing get none. */
const boundFault = (addresses: readonly string[]): string =>
  `Corefile: . is bound to ${addresses.join(" ")}, where blocks of coredns-custom are not asked; take its bind out`;
