import { afterAll, beforeAll, expect, test } from "vitest";
import { artifactOf } from "../../../src/delivery/oci/artifact.ts";
import { pushArtifact } from "../../../src/delivery/oci/push-artifact.ts";
import { RemoteArtifacts } from "../../../src/delivery/oci/remote-artifacts.ts";
import { pushArtifact as pushForeign } from "../../lab/oci-artifact.ts";
import { hasRegistry, type Registry, startRegistry } from "../../lab/registry.ts";
import { distOf, sourceOf } from "../git/pushing.ts";
import { deliveryTo, dockerFolder, OPTIONS, push } from "./pushing.ts";

let registry: Registry;

const withRegistry = await hasRegistry();
const lawOf = test.skipIf(!withRegistry);
dockerFolder();

beforeAll(async () => {
  if (withRegistry) registry = await startRegistry();
});

afterAll(() => registry?.stop());

const COMMIT = "c".repeat(40);

lawOf("a tag gets an artifact in the format of Flux", async () => {
  const delivery = deliveryTo(registry.host, "format");
  const report = await push(delivery, { shop: "1" }, { source: sourceOf(COMMIT) });
  expect(report).toEqual({
    cluster: { cluster: "edge-1", written: 3, removed: 0, unchanged: 0, objects: 2, clouds: ["shop"] },
    digest: artifactOf("edge-1", distOf("edge-1", { shop: "1" }).files, COMMIT).manifest.digest,
    isPushed: true,
  });
  const answer = await fetch(`http://${registry.host}/v2/format/edge-1/manifests/latest`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  expect(answer.headers.get("docker-content-digest")).toBe(report.digest);
  expect(await answer.json()).toMatchObject({
    config: { mediaType: "application/vnd.cncf.flux.config.v1+json" },
    layers: [{ mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }],
    annotations: { "org.opencontainers.image.revision": `sha1:${COMMIT}` },
  });
});

lawOf("what a tag has already is not pushed, whatever commit it is rendered from", async () => {
  const delivery = deliveryTo(registry.host, "twice");
  const first = await push(delivery, { shop: "1" });
  const second = await push(delivery, { shop: "1" }, { source: sourceOf(COMMIT) });
  expect(second).toMatchObject({ digest: first.digest, isPushed: false, cluster: { written: 0, unchanged: 3 } });
});

lawOf("only what differs is counted as written", async () => {
  const delivery = deliveryTo(registry.host, "counts");
  await push(delivery, { shop: "1", bank: "1" });
  const report = await push(delivery, { shop: "2", bank: "1" });
  expect(report.cluster).toEqual({
    cluster: "edge-1",
    written: 1,
    removed: 0,
    unchanged: 3,
    objects: 1,
    clouds: ["shop"],
  });
});

lawOf("a cloud that vanished is refused, and goes when it is named", async () => {
  const delivery = deliveryTo(registry.host, "vanished");
  const first = await push(delivery, { shop: "1", bank: "1" });
  await expect(push(delivery, { shop: "1" })).rejects.toMatchObject({ code: "CLOUD_VANISHED" });
  expect(await push(delivery, { shop: "1", bank: "1" })).toMatchObject({ digest: first.digest, isPushed: false });
  const report = await push(delivery, { shop: "1" }, { remove: new Set(["bank"]) });
  expect(report).toMatchObject({ isPushed: true, cluster: { removed: 1, clouds: ["bank"] } });
});

lawOf("a namespace that a cloud loses is refused, and goes when it is named", async () => {
  const delivery = deliveryTo(registry.host, "namespaces");
  const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;
  await push(delivery, { shop: `1\n---\n${namespace("batch")}` });
  await expect(push(delivery, { shop: "1" })).rejects.toMatchObject({ code: "CLOUD_VANISHED" });
  expect(await push(delivery, { shop: "1" }, { remove: new Set(["shop/batch"]) })).toMatchObject({ isPushed: true });
});

lawOf("a terminated cloud goes unnamed", async () => {
  const delivery = deliveryTo(registry.host, "terminated");
  await push(delivery, { shop: "1", bank: "1" });
  const { files } = distOf("edge-1", { shop: "1" });
  const text = JSON.stringify({ name: "edge-1", terminated: ["bank"] });
  const wanted = new Map([...files, ["edge-1/cluster.json", Buffer.from(text)]]);
  const report = await pushArtifact(delivery, "edge-1", wanted, OPTIONS);
  expect(report).toMatchObject({ isPushed: true, cluster: { removed: 1, clouds: ["bank"] } });
});

lawOf("more than a fifth of the clouds needs a word of its own", async () => {
  const delivery = deliveryTo(registry.host, "many");
  await push(delivery, { a: "1", b: "1", c: "1" });
  const remove = new Set(["b", "c"]);
  await expect(push(delivery, { a: "1" }, { remove })).rejects.toMatchObject({ code: "CLOUD_VANISHED" });
  expect(await push(delivery, { a: "1" }, { remove, removeMany: true })).toMatchObject({ isPushed: true });
});

lawOf("an older source does not overwrite a newer one, whatever is said", async () => {
  const delivery = deliveryTo(registry.host, "older");
  const { digest } = await push(delivery, { shop: "1" }, { source: sourceOf(COMMIT) });
  const late = { source: sourceOf("a".repeat(40), "older"), supersede: new Set([COMMIT]) };
  await expect(push(delivery, { shop: "2" }, late)).rejects.toMatchObject({ code: "SOURCE_OUTDATED" });
  expect(await push(delivery, { shop: "1" }, late)).toMatchObject({ digest, isPushed: false });
});

lawOf.each(["unknown", "shallow", "diverged"] as const)(
  "a source is not overwritten by one that is %s, unless it is the one that is named",
  async (order) => {
    const delivery = deliveryTo(registry.host, order);
    await push(delivery, { shop: "1" }, { source: sourceOf(COMMIT) });
    const source = sourceOf("a".repeat(40), order);
    for (const supersede of [[], ["d".repeat(40)], [COMMIT.slice(0, 6)]]) {
      const refused = push(delivery, { shop: "2" }, { source, supersede: new Set(supersede) });
      await expect(refused).rejects.toMatchObject({ code: "SOURCE_UNKNOWN" });
    }
    const supersede = new Set([COMMIT.slice(0, 7)]);
    expect(await push(delivery, { shop: "2" }, { source, supersede })).toMatchObject({ isPushed: true });
  },
);

lawOf("what has no source overwrites nothing that has one", async () => {
  const delivery = deliveryTo(registry.host, "unsourced");
  await push(delivery, { shop: "1" });
  expect(await push(delivery, { shop: "2" })).toMatchObject({ isPushed: true });
  await push(delivery, { shop: "3" }, { source: sourceOf(COMMIT) });
  const refused = push(delivery, { shop: "4" }, { supersede: new Set([COMMIT]) });
  await expect(refused).rejects.toMatchObject({ code: "SOURCE_UNKNOWN" });
});

lawOf("what somebody else has pushed under the tag is not lost unless that is said", async () => {
  const delivery = deliveryTo(registry.host, "foreign");
  await pushForeign(registry.host, "foreign/edge-1", "latest", { "a.yaml": "kind: ConfigMap\n" });
  await expect(push(delivery, { shop: "1" })).rejects.toMatchObject({ code: "NOT_OURS" });
  expect(await push(delivery, { shop: "1" }, { overwrite: true })).toMatchObject({ isPushed: true });
});

lawOf("an artifact holds a unit whose files are as rendered, whatever else has changed", async () => {
  const delivery = deliveryTo(registry.host, "holds");
  const { digest } = await push(delivery, { shop: "1", bank: "1" });
  const newer = await push(delivery, { shop: "2", bank: "1" });
  const wanted = distOf("edge-1", { shop: "2", bank: "1" });
  const artifacts = await RemoteArtifacts.open(delivery, "edge-1", wanted.files, 20_000);
  expect(artifacts.tip).toBe(newer.digest);
  expect(await artifacts.holds(digest, "lc-cloud-bank")).toBe(true);
  expect(await artifacts.holds(digest, "lc-cloud-shop")).toBe(false);
  expect(await artifacts.holds(digest, "lc-clouds")).toBe(false);
  expect(await artifacts.holds(newer.digest, "lc-clouds")).toBe(true);
  expect(await artifacts.holds(`sha256:${"0".repeat(64)}`, "lc-cluster")).toBeUndefined();
  expect(await artifacts.holds("0123", "lc-cluster")).toBeUndefined();
});

lawOf("a tag that names nothing has no tip", async () => {
  const delivery = deliveryTo(registry.host, "empty");
  const artifacts = await RemoteArtifacts.open(delivery, "edge-1", new Map(), 20_000);
  expect(artifacts.tip).toBeUndefined();
});

lawOf("files of another cluster, and a place that is none, are refused before a registry is asked", async () => {
  const delivery = deliveryTo(registry.host);
  await expect(push({ ...delivery, tag: "../blobs" }, { shop: "1" })).rejects.toMatchObject({ code: "INVALID" });
  await expect(push({ ...delivery, repository: "oci://a/b/../c" }, {})).rejects.toMatchObject({ code: "INVALID" });
});

test("a registry that is not there cannot be reached", async () => {
  await expect(push(deliveryTo("127.0.0.1:1"), { shop: "1" })).rejects.toMatchObject({ code: "UNREACHABLE" });
});
