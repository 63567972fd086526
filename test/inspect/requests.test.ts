import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { TAG } from "../../src/x509/der.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";
import { rendered } from "../delivery/rendered.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { attribute, forgeRequest, name, OID, rdn, subject } from "../x509/forged-request.ts";

const keyOf = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const adaKey = keyOf();
const group = keyGroup(adaKey);
const ours = createRequest(adaKey, { commonName: commonNameOf("shop", "ada"), organization: group });

const requestOf = (pem: string, name = "lc-shop-ada"): Manifest => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name },
  spec: { request: Buffer.from(pem).toString("base64"), signerName: "kubernetes.io/kube-apiserver-client" },
});

/** A cluster whose dist/ asks for {@link ours}. */
function dist(requesters: readonly string[] = []): RenderedCluster {
  const { file, ...cluster } = rendered({ shop: [] });
  return {
    ...cluster,
    file: { ...file, identity: { kind: "x509", requesters } },
    clouds: [{ name: "shop", requests: [requestOf(ours)], grants: [] }],
  };
}

/** What is told of one live request, made by eve. */
async function suspect(pem: string, requesters: readonly string[] = []) {
  const cluster = fakeCluster("east");
  await cluster.behind("eve").create(requestOf(pem));
  const { requests } = await inspectCluster(cluster, dist(requesters), { stateDir: "/nowhere", now: new Date() });
  return requests.kind === "listed" ? requests.suspicious : undefined;
}

test("a request of dist/ is not suspicious", async () => {
  expect(await suspect(ours)).toEqual([]);
  expect(await suspect(ours, ["eve"])).toEqual([]);
});

test("a request of dist/ made by somebody who may not request is suspicious", async () => {
  expect(await suspect(ours, ["requester"])).toMatchObject([
    {
      name: "lc-shop-ada",
      requester: "eve",
      commonName: "lc:shop:ada",
      group,
      isApproved: false,
      reasons: [expect.any(String)],
    },
  ]);
});

test("a request for another key with a user's group is suspicious, under whatever name", async () => {
  const planted = createRequest(keyOf(), { commonName: "somebody", organization: group });
  expect(await suspect(planted)).toMatchObject([
    { commonName: "somebody", group, reasons: [expect.any(String), expect.any(String)] },
  ]);
});

test("a request that dist/ does not ask for is suspicious although its group is its own key's", async () => {
  const key = keyOf();
  const foreign = createRequest(key, { commonName: "lc:shop:eve", organization: keyGroup(key) });
  expect(await suspect(foreign)).toMatchObject([{ commonName: "lc:shop:eve", reasons: [expect.any(String)] }]);
});

const organization = (text: string, tag?: number) => rdn(attribute(OID.organization, text, tag));
const commonName = rdn(attribute(OID.commonName, "eve"));
const BMP_STRING = 0x1e;

test.each([
  ["a second organization", name(organization("other"), organization(group), commonName)],
  [
    "an organization among others",
    name(rdn(attribute(OID.organization, group), attribute(OID.country, "DE")), commonName),
  ],
  ["text of two bytes a character", name(organization(group, BMP_STRING), commonName)],
])("a request that claims a user's group by %s is suspicious", async (_what, wholeName) => {
  const [found, ...others] = (await suspect(forgeRequest({ name: wholeName }))) ?? [];
  expect(others).toEqual([]);
  expect(found).toMatchObject({ requester: "eve", isApproved: false });
  expect(found).not.toHaveProperty("group");
});

const block = (headers: string, body: string): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${headers}${body}\n-----END CERTIFICATE REQUEST-----\n`;

const planted = createRequest(keyOf(), { commonName: "somebody", organization: group });
const [, plantedBody = ""] = /-----\n([^-]*)\n-----END/.exec(planted) ?? [];

// each is read by the pem.Decode of Go that API servers use
test.each([
  ["behind a block that is no base64", block("", "!!!") + planted],
  ["behind a block of base64 that does not end", `-----BEGIN A-----\nQUJD\nQ\n${planted}`],
  ["under a header with dashes", block("X-Comment: a-b\n\n", plantedBody)],
  ["under a header that holds a line break of its own", block("A: b\rQ\n\n", plantedBody)],
  ["under a header that looks like an end", block("A: -----END CERTIFICATE REQUEST-----\n\n", plantedBody)],
])("a request that claims a user's group %s is suspicious", async (_what, pem) => {
  expect(await suspect(pem)).toHaveLength(1);
});

test("requests of others are nobody's business", async () => {
  const theirs = forgeRequest({ name: subject("jane", "developers", TAG.printableString) });
  expect(await suspect(theirs)).toEqual([]);
  expect(await suspect(forgeRequest({ name: name(organization("a"), organization("b"), commonName) }))).toEqual([]);
  expect(await suspect("no request at all")).toEqual([]);
});

test("an approved request is told as such", async () => {
  const cluster = fakeCluster("east");
  const planted = requestOf(createRequest(keyOf(), { commonName: "somebody", organization: group }));
  const eve = cluster.behind("eve");
  const status = { conditions: [{ type: "Approved", status: "True", reason: "Planted" }] };
  await eve.replace({ ...(await eve.create(planted)), status }, { subresource: "approval" });
  const { requests } = await inspectCluster(cluster, dist(), { stateDir: "/nowhere", now: new Date() });
  expect(requests).toMatchObject({ suspicious: [{ isApproved: true }] });
});
