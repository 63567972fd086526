import type { DnsConfiguration, ShownPart } from "../../model/dns-configuration.ts";
import { formatRef } from "../../model/ref.ts";
import type { DnsShowReport } from "../../pipeline.ts";
import { formatFailure } from "./changes.ts";
import { printable } from "./style.ts";

/** The text of the one part, for other programs; of several, each under a line that says which it is. */
export function formatConfigurations({ clusters }: DnsShowReport): string {
  const texts = clusters.flatMap((each) => textsOf(each).map((text) => ({ cluster: each.cluster, ...text })));
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return withBreak(only.text);
  return texts.map(({ cluster, name, text }) => `# ${cluster}: ${name}\n${withBreak(text)}`).join("\n");
}

/** The same for people: whoever may write there could else write to their terminals. */
export const formatConfigurationsForTerminal = (report: DnsShowReport): string =>
  printable(formatConfigurations(report).replaceAll("\t", "    "));

export const failuresOfConfigurations = ({ clusters }: DnsShowReport): readonly string[] =>
  clusters.flatMap(({ cluster, failures }) => failures.map((failure) => formatFailure(failure, cluster)));

/** Whether each part is so already, and what makes it so. */
export const notesOfConfigurations = ({ clusters }: DnsShowReport): readonly string[] =>
  clusters.flatMap((each) => {
    const { cluster, parts, failures } = each;
    if (parts.length === 0 && failures.length === 0) return [`${cluster}: its DNS is told of no zone`];
    return parts.map((part) => `${cluster}: ${nameOf(part)} ${standingOf(each, part)}`);
  });

interface Text {
  readonly name: string;
  readonly text: string;
}

/** What lies outside of the cluster takes the place of what it becomes there. */
const textsOf = ({ parts, addonValue }: DnsConfiguration): readonly Text[] =>
  parts.map((part) => {
    const isAddon = addonValue !== undefined && part.key === "Corefile";
    return isAddon
      ? { name: "configuration of the add-on", text: addonValue }
      : { name: nameOf(part), text: part.wanted };
  });

const withBreak = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

const nameOf = ({ ref, key }: ShownPart): string => `${formatRef(ref)} ${key}`;

function standingOf({ provider }: DnsConfiguration, { live, wanted, key }: ShownPart): string {
  if (live === wanted) return "is so already";
  if (provider === "eks-addon" && key === "Corefile") return `is not so yet; ${UPDATE_ADDON}`;
  return `is not so yet; ${provider === "coredns-custom" ? "lcloud sync and post-sync make" : "lcloud post-sync makes"} it so`;
}

const UPDATE_ADDON =
  "aws eks update-addon --addon-name coredns --cluster-name <name> --configuration-values <what is printed> makes it so";
