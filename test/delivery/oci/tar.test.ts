import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { artifactOf } from "../../../src/delivery/oci/artifact.ts";
import { readTar, writeTar } from "../../../src/delivery/oci/tar.ts";

const anyFiles = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,20}\/[a-z.]{1,20}x$/), fc.uint8Array({ maxLength: 1100 }))
  .map((files) => new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])));

test("what is written is read as it was", () => {
  fc.assert(
    fc.property(anyFiles, (files) => {
      expect(readTar(writeTar(files))).toEqual(files);
    }),
  );
});

test("an archive does not depend on the order of its files", () => {
  fc.assert(
    fc.property(anyFiles, (files) => {
      expect(writeTar(new Map([...files].reverse())).equals(writeTar(files))).toBe(true);
    }),
  );
});

test("the digest of an artifact follows from its files and their commit", () => {
  const files = new Map([["edge-1/cluster.json", Buffer.from("{}\n")]]);
  const digestOf = (...args: Parameters<typeof artifactOf>): string => artifactOf(...args).manifest.digest;
  expect(digestOf("edge-1", files, "c".repeat(40))).not.toBe(digestOf("edge-1", files));
  expect(digestOf("edge-1", new Map([["edge-1/cluster.json", Buffer.from("[]\n")]]))).not.toBe(
    digestOf("edge-1", files),
  );
});

test("tar unpacks an archive", () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-tar-"));
  const files = new Map([
    ["clouds/shop/cloud.k8s.yaml", Buffer.from("kind: ConfigMap\n".repeat(100))],
    [`requests/${"x".repeat(63)}.k8s.yaml`, Buffer.from("")],
  ]);
  try {
    execFileSync("tar", ["--extract", "--directory", folder], { input: writeTar(files) });
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".yaml"));
    expect(new Map(found.map((path) => [path, readFileSync(join(folder, path))]))).toEqual(files);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is cut off or changed is no archive", () => {
  const archive = writeTar(new Map([["a", Buffer.from("text")]]));
  expect(readTar(archive.subarray(0, 600))).toBeUndefined();
  expect(readTar(archive.subarray(0, 1024))).toBeUndefined();
  const changed = Buffer.from(archive);
  changed.write("b", 0);
  expect(readTar(changed)).toBeUndefined();
});
