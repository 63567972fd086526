import { describe, expect, test } from "vitest";
import { checkFleet } from "../../src/definition/check-fleet.ts";
import {
  type ClusterDeliveryProps,
  type DeliveryProps,
  mergeDelivery,
  resolveDelivery,
} from "../../src/definition/delivery.ts";
import type { Fleet } from "../../src/definition/fleet.ts";
import { FLEET_SHAPE } from "../../src/definition/fleet-shape.ts";
import { shapeFaults } from "../../src/definition/shape.ts";

const repository = "https://git.example.com/fleet";
const other = "https://git.example.com/other";
const git = { repository, engine: "flux" } as const;
const oci = { repository: "oci://registry.example.com/fleet" };

const resolve = (ofCluster: ClusterDeliveryProps | undefined, ofFleet: DeliveryProps | undefined) =>
  resolveDelivery(mergeDelivery(ofCluster, ofFleet));

const place = { kind: "git", repository, pullUrl: repository, branch: "main", path: "clusters" };
const flux = { kind: "flux", namespace: "flux-system", unit: "cloud" };
const argocd = { kind: "argocd", namespace: "argocd", unit: "cloud", server: "https://kubernetes.default.svc" };

describe("a cluster is delivered to", () => {
  test.each<[string, ClusterDeliveryProps | undefined, DeliveryProps | undefined, object]>([
    ["directly where nobody says how", undefined, undefined, { kind: "direct" }],
    ["as the fleet says", undefined, { git }, { ...place, engine: flux }],
    ["as it says where the fleet says nothing", { git }, undefined, { ...place, engine: flux }],
    ["directly if it says so", "direct", { git }, { kind: "direct" }],
    ["by git where the fleet is direct", { git }, "direct", { ...place, engine: flux }],
    ["in another way than the fleet", { oci }, { git }, { kind: "oci", ...oci, tag: "latest", engine: flux }],
    ["by git in a fleet of artifacts", { git }, { oci }, { ...place, engine: flux }],
    [
      "in the same way, with its own branch",
      { git: { branch: "b" } },
      { git },
      { ...place, branch: "b", engine: flux },
    ],
    [
      "by units that are to be released, if it says so",
      { git: { release: true } },
      { git },
      { ...place, engine: { ...flux, release: true } },
    ],
    [
      "by units that are not, where it says so",
      { git: { release: false } },
      { git: { ...git, release: true } },
      { ...place, engine: flux },
    ],
    [
      "by artifacts whose units are to be released",
      { oci: { release: true } },
      { oci },
      { kind: "oci", ...oci, tag: "latest", engine: { ...flux, release: true } },
    ],
    ["with its own tag", { oci: { tag: "b" } }, { oci }, { kind: "oci", ...oci, tag: "b", engine: flux }],
    [
      "with what is undefined as if it were not there",
      { git: { path: undefined } as object },
      { git },
      { ...place, engine: flux },
    ],
    [
      "with options of its own beside the fleet's",
      { git: { flux: { secret: "own" } } },
      { git: { ...git, flux: { namespace: "flux", secret: "shared" } } },
      { ...place, engine: { ...flux, namespace: "flux", secret: "own" } },
    ],
    [
      "by another engine, without the options of the fleet's",
      { git: { engine: "argocd" } },
      { git: { ...git, flux: { secret: "shared" }, argocd: { namespace: "argo" } } },
      { ...place, engine: { ...argocd, namespace: "argo" } },
    ],
    [
      "from another place than it is pushed to",
      undefined,
      { git: { ...git, pullUrl: other } },
      { ...place, pullUrl: other, engine: flux },
    ],
    [
      "from its own repository, whatever the fleet pulls from",
      { git: { repository: other } },
      { git: { ...git, pullUrl: "https://mirror.example.com/fleet" } },
      { ...place, repository: other, pullUrl: other, engine: flux },
    ],
    [
      "by a URL, since agents know no other form",
      { git: { repository: "git@git.example.com:a/b.git" } },
      { git },
      {
        ...place,
        repository: "git@git.example.com:a/b.git",
        pullUrl: "ssh://git@git.example.com/a/b.git",
        engine: flux,
      },
    ],
  ])("%s", (_, ofCluster, ofFleet, expected) => {
    expect(resolve(ofCluster, ofFleet)).toEqual(expected);
  });
});

const fleetOf = (delivery: ClusterDeliveryProps, ofFleet?: DeliveryProps): Fleet => ({
  clusters: { a: { kubernetes: "1.33", identity: "x509", delivery } },
  ...(ofFleet === undefined ? {} : { delivery: ofFleet }),
});

const gitOf = (fields: object): ClusterDeliveryProps => ({ git: { ...git, ...fields } });

describe("a fault of a cluster's delivery is", () => {
  test.each<[string, ClusterDeliveryProps, RegExp]>([
    [
      "no repository",
      { git: { engine: "flux" } },
      /^delivery\.git\.repository: is missing; set it here or on the fleet/,
    ],
    ["no engine", { git: { repository } }, /^delivery\.git\.engine: is missing/],
    ["no registry", { oci: {} }, /^delivery\.oci\.repository: is missing/],
    ["a repository that is no URL", gitOf({ repository: "fleet" }), /repository: is no URL of a repository/],
    ["a repository that is an option of git", gitOf({ repository: "--upload-pack=x" }), /repository: is no URL/],
    ["a transport that runs a program", gitOf({ repository: "ext::sh -c id" }), /repository: holds white space/],
    ["a place to pull from that is no URL", gitOf({ pullUrl: "x" }), /pullUrl: is no URL/],
    ["a branch that git refuses", gitOf({ branch: "a..b" }), /branch: "a\.\.b" is no branch/],
    ["a branch that is an option of git", gitOf({ branch: "-f" }), /branch: "-f" is no branch/],
    ["a path out of the repository", gitOf({ path: "../x" }), /path: "\.\.\/x" is no folder/],
    ["a path of git's own", gitOf({ path: "a/.git" }), /path: "a\/\.git" is no folder/],
    ["an absolute path", gitOf({ path: "/a" }), /path: "\/a" is no folder/],
    ["a namespace that is none", gitOf({ flux: { namespace: "a.b" } }), /flux\.namespace: "a\.b" is no name/],
    ["a Secret that is none", gitOf({ flux: { secret: "A" } }), /flux\.secret: "A" is no name/],
    [
      "a Secret of a source that is there",
      gitOf({ flux: { source: "s", secret: "a" } }),
      /flux\.secret: is for a source/,
    ],
    [
      "keys of one too",
      gitOf({ flux: { source: "s", verificationSecret: "a" } }),
      /verificationSecret: is for a source/,
    ],
    ["an option of another engine", gitOf({ argocd: { namespace: "a" } }), /argocd: is of another engine/],
    ["an option of Flux for Argo CD", gitOf({ engine: "argocd", flux: { secret: "a" } }), /flux: is of another engine/],
    [
      "a server that is none",
      gitOf({ engine: "argocd", argocd: { server: "c" } }),
      /argocd\.server: "c" is no https URL/,
    ],
    ["a file to Flux", gitOf({ repository: "/srv/fleet.git" }), /pullUrl: Flux cannot pull from "\/srv\/fleet\.git"/],
    ["a registry that is none", { oci: { repository: "registry/fleet" } }, /repository: "registry\/fleet" is no place/],
    ["a tag that is none", { oci: { ...oci, tag: "a b" } }, /tag: "a b" is no tag/],
  ])("%s", (_, delivery, message) => {
    const faults = checkFleet(fleetOf(delivery));
    expect(faults).toEqual([{ path: "fleet.clusters.a", message: expect.stringMatching(message) }]);
    expect(faults[0]?.message).toMatch(/; /);
  });

  test.each(["https://me:secret@git.example.com/x", "https://secret@git.example.com/x", "ssh://me:secret@host/x"])(
    "a credential in %s, which is not told",
    (url) => {
      for (const field of ["repository", "pullUrl"]) {
        const faults = checkFleet(fleetOf(gitOf({ [field]: url })));
        expect(faults).toEqual([{ path: "fleet.clusters.a", message: expect.stringMatching(/holds a credential/) }]);
        expect(faults[0]?.message).not.toContain("secret@");
      }
    },
  );
});

test("all faults are told at once, and what the fleet says wrong only once", () => {
  const { clusters } = fleetOf({ git: { branch: "-f", flux: { secret: "A" } } });
  const fleet: Fleet = {
    clusters: { ...clusters, b: { kubernetes: "1.33", identity: "x509" } },
    delivery: { git: { ...git, path: "/", flux: { namespace: "B" } } },
  };
  expect(checkFleet(fleet).map(({ path, message }) => [path, message.split(" ")[0]])).toEqual([
    ["fleet", "delivery.git.path:"],
    ["fleet", "delivery.git.flux.namespace:"],
    ["fleet.clusters.a", "delivery.git.branch:"],
    ["fleet.clusters.a", "delivery.git.flux.secret:"],
  ]);
});

test("a cluster's folder within another's is a fault, but in another repository or branch", () => {
  const x509 = { kubernetes: "1.33", identity: "x509" } as const;
  const fleet = (inner: object): Fleet => ({
    clusters: { outer: x509, inner: { ...x509, delivery: { git: { path: "clusters/outer/more", ...inner } } } },
    delivery: { git },
  });
  expect(checkFleet(fleet({}))).toEqual([
    {
      path: "fleet.clusters.inner",
      message: expect.stringMatching(/"clusters\/outer\/more\/inner" lies in .*"outer"; /),
    },
  ]);
  expect(checkFleet(fleet({ branch: "other" }))).toEqual([]);
  expect(checkFleet(fleet({ repository: other }))).toEqual([]);
});

test.each<[string, unknown, readonly RegExp[]]>([
  ["another word", "git", [/is not known|give/]],
  ["neither form", { push: git }, [/delivery\.git: is missing/, /delivery\.push: is not known/]],
  [
    "an engine that there is not",
    { git: { engine: "fleet" } },
    [/engine: "fleet" is not known; give "flux" or "argocd"/],
  ],
  ["a misspelt field", { git: { ...git, repo: "a" } }, [/delivery\.git\.repo: is not known/]],
  [
    "a misspelt option",
    { git: { flux: { secrt: "a" } } },
    [/delivery\.git\.flux\.secrt: is not known; did you mean "secret"/],
  ],
  [
    "keys of commits for artifacts",
    { oci: { flux: { verificationSecret: "a" } } },
    [/verificationSecret: is not known/],
  ],
])("%s is told to those who run no type checker", (_, delivery, messages) => {
  const fleet = { clusters: { a: { kubernetes: "1.33", identity: "x509", delivery } } };
  const faults = shapeFaults(fleet, FLEET_SHAPE, "");
  expect(faults).toEqual(messages.map((message) => expect.stringMatching(message)));
});
