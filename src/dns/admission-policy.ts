import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { type Ref, refKey, refOf } from "../model/ref.ts";
import type { CloudZone } from "./cluster-dns.ts";

const VERSION = "admissionregistration.k8s.io/v1";

/** Name of the policy and of its binding. */
const NAME = "lcloud-dns-zones";

/** First minor version of Kubernetes 1 that has the policy. */
export const GUARD_MINOR = 30;

/** @param kubernetes - Minor version, for example `1.33`. */
export const hasGuard = (kubernetes: string): boolean => Number(kubernetes.split(".")[1]) >= GUARD_MINOR;

/**
 * Zones that a cluster without the policy may rewrite names for. A circle of so many ends after some 8,000 queries; from
 * eight on, none ends any more.
 */
export const MAX_UNGUARDED_ZONES = 4;

/** The policy, then its binding. */
export const ZONE_GUARD: readonly Ref[] = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].map(
  (kind) => ({ apiVersion: VERSION, kind, name: NAME }),
);

/** Whether a manifest is one of {@link zoneGuard}. */
export const isZoneGuard = (manifest: Manifest): boolean =>
  ZONE_GUARD.some((ref) => refKey(ref) === refKey(refOf(manifest)));

/** Zones for which the cluster's DNS asks on: only there can names run in circles. */
export const guardedZones = (zones: readonly CloudZone[]): readonly string[] =>
  zones.filter(({ mode }) => mode !== "native").map(({ zone }) => zone);

/**
 * The policy that refuses what points into a zone, whoever writes it: each query for it would be asked of the cluster's DNS
 * again and again. These are Services of type ExternalName, and EndpointSlices of names, which CoreDNS follows as well.
 *
 * @param zones - Never empty.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export function zoneGuard(zones: readonly string[]): readonly Manifest[] {
  const metadata = { name: NAME, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } };
  return [
    {
      apiVersion: VERSION,
      kind: "ValidatingAdmissionPolicy",
      metadata,
      spec: {
        failurePolicy: "Fail",
        // with what the API server fills in, which Argo CD would else take for a change of its own
        matchConstraints: {
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [written("", SERVICES), written("discovery.k8s.io", "endpointslices")],
        },
        matchConditions: [{ name: "names", expression: HAS_NAMES }],
        variables: [
          { name: "zones", expression: zoneList(zones) },
          { name: "names", expression: NAMES },
          { name: "inside", expression: INSIDE },
        ],
        validations: [{ expression: "variables.inside.size() == 0", messageExpression: MESSAGE, reason: "Invalid" }],
      },
    },
    {
      apiVersion: VERSION,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: { policyName: NAME, validationActions: ["Deny"] },
    },
  ];
}

/** With a dot at both ends, as names are compared: by whole labels. A line for each, to be reviewed. */
const zoneList = (zones: readonly string[]): string =>
  `[\n${[...zones]
    .sort()
    .map((zone) => `  '.${zone}.'`)
    .join(",\n")}\n]\n`;

const SERVICES = "services";

const written = (group: string, resource: string): object => ({
  apiGroups: [group],
  apiVersions: ["v1"],
  operations: ["CREATE", "UPDATE"],
  resources: [resource],
  scope: "*",
});

const IS_SERVICE = `request.resource.resource == '${SERVICES}'`;

const HAS_NAMES = `${IS_SERVICE} ? object.spec.type == 'ExternalName' : object.addressType == 'FQDN'`;

/** Each may hold several, with spaces between: CEL has no way to make one list of many. */
const NAMES = `${IS_SERVICE} ? [object.spec.externalName] : object.endpoints.map(each, each.addresses.join(' '))`;

const INSIDE =
  "variables.names.filter(each, each.lowerAscii().split(' ').exists(name, " +
  "variables.zones.exists(zone, ('.' + name + '.').replace('..', '.').endsWith(zone))))";

const MESSAGE =
  "variables.inside[0] + ' is in the DNS zone of a logical cloud, which asks this cluster again; " +
  "name the Service itself, as in name.namespace.svc'";
