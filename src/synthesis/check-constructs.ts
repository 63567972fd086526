import { ApiObject } from "cdk8s";
import type { IConstruct } from "constructs";
import { checkFleet } from "../definition/check-fleet.ts";
import { CloudChart } from "../definition/cloud-chart.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { Fault } from "../model/error.ts";
import { existingConstructs } from "./cloud-objects.ts";

/** What is wrong with an app before anything is rendered: its fleet, its constructs' validations, their places. */
export function checkConstructs(app: FleetRoot): readonly Fault[] {
  return [...checkFleet(app.fleet), ...existingConstructs(app).flatMap(checkConstruct)];
}

function checkConstruct(construct: IConstruct): readonly Fault[] {
  const messages = construct.node.validate();
  if (ApiObject.isApiObject(construct) && !construct.node.scopes.some((scope) => CloudChart.isCloudChart(scope))) {
    messages.push('is in no cluster\'s chart; make it in cloud.on("<cluster>")');
  }
  if (CloudChart.isCloudChart(construct)) {
    for (const id of construct.takenIds)
      messages.push(`"${id}" is the id of an object of the cloud; give yours another one`);
  }
  return messages.map((message) => ({ path: construct.node.path || "app", message }));
}
