export { type ClusterProps, defineFleet } from "./definition/fleet.ts";
export { LogicalCloud } from "./definition/logical-cloud.ts";
export type { LogicalCloudProps } from "./definition/props.ts";
export { FleetApp, type FleetAppOf, type FleetAppProps } from "./synthesis/fleet-app.ts";
