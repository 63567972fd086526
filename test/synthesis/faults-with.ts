import { ApiObject, JsonPatch } from "cdk8s";
import { LogicalCloud } from "../../src/index.ts";
import { CloudError, type Fault } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { newApp } from "./fleets.ts";
import { NAMESPACE } from "./neighbours.ts";

/** What synth says where somebody patches an object, their own or our Namespace, to be that one. */
export function faultsWith(manifest: Manifest): readonly Fault[] {
  const { app } = newApp({ one: { kubernetes: "1.33", identity: "service-account" } });
  const chart = new LogicalCloud(app, NAMESPACE, { privileged: true }).on("one");
  const { apiVersion, kind, metadata, ...fields }: Manifest = JSON.parse(JSON.stringify(manifest));
  const { name, namespace, ...more } = metadata;
  const object =
    kind === "Namespace"
      ? ApiObject.of(chart.node.findChild("namespace"))
      : new ApiObject(chart, "mine", { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } });
  for (const [field, value] of Object.entries(more)) object.addJsonPatch(JsonPatch.add(`/metadata/${field}`, value));
  for (const [field, value] of Object.entries(fields)) object.addJsonPatch(JsonPatch.add(`/${field}`, value));
  try {
    app.synth();
    return [];
  } catch (error) {
    if (error instanceof CloudError && error.code === "INVALID") return error.faults;
    throw error;
  }
}
