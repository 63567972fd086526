import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import { labBinary } from "../lab/binaries.ts";
import { nastyObject, nastyText } from "./nasty-values.ts";

const BATCH = 500;

const manifestOf = (value: unknown, index: number): object => ({
  apiVersion: "example.org/v1",
  kind: "Example",
  metadata: { name: `n${index}` },
  value,
});

/** What kubectl reads: it prints each object as JSON, with an annotation that it must be given. */
async function readByKubectl(yaml: string): Promise<readonly unknown[]> {
  const kubectl = spawn(await labBinary("kubectl"), ["annotate", "--local", "-f", "-", "-o", "json", "read=yes"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  kubectl.stdin.end(yaml);
  const [output] = await Promise.all([text(kubectl.stdout), once(kubectl, "close")]);
  const documents = output.trimEnd().split(/(?<=^\})\n/m);
  return documents.map((document) => JSON.parse(document.replaceAll("\\\\", BACKSLASH)).value);
}

/**
 * Stands for a backslash, in what is expected and in what is read: once JSON.parse of Node 24 has seen a key with one, it
 * takes others for it (V8 13.6: after `{"a\\\\":1}`, the key of `{"a\\n":1}` is read as `a\\`).
 */
const BACKSLASH = "\ue000";

function withoutBackslash(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\\", BACKSLASH);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutBackslash);
  return Object.fromEntries(Object.entries(value).map((entry) => entry.map(withoutBackslash)));
}

test("kubectl reads what was formatted", async () => {
  const seed = Date.now();
  const anyValue = fc.oneof(
    nastyObject,
    nastyText.map((text) => ({ [text]: text, list: [text, [text], { [text]: text }] })),
  );
  const values = fc.sample(anyValue, { seed, numRuns: 8 * BATCH });
  for (let start = 0; start < values.length; start += BATCH) {
    const batch = values.slice(start, start + BATCH);
    const read = await readByKubectl(formatManifests(batch.map(manifestOf)));
    expect(read).toHaveLength(batch.length);
    const wrong = batch.filter((value, index) => !isDeepStrictEqual(read[index], withoutBackslash(value)));
    expect(wrong, `seed ${seed}`).toEqual([]);
  }
});
