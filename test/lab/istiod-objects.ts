import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";

/** What of a Deployment's pod the lab plays. */
export interface PodTemplate {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly containers: readonly [Container];
    readonly volumes?: readonly Volume[];
  };
}

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string; readonly optional?: boolean };
}

/** A Secret that a pod has as a folder. */
export interface SecretVolume {
  readonly secret: string;
  /** Without it, the pod does not start. */
  readonly isRequired: boolean;
  readonly mountPath: string;
}

export const templateOf = (deployment: Manifest): PodTemplate =>
  (deployment["spec"] as { readonly template: PodTemplate }).template;

export function secretVolumesOf({ spec }: PodTemplate): readonly SecretVolume[] {
  const [{ volumeMounts = [] }] = spec.containers;
  return volumeMounts.flatMap(({ name, mountPath }) => {
    const { secret } = spec.volumes?.find((volume) => volume.name === name) ?? {};
    return secret === undefined ? [] : [{ secret: secret.secretName, isRequired: secret.optional !== true, mountPath }];
  });
}

/**
 * The environment that a pod would have, with paths of its folders as they are in the lab.
 *
 * @param folders - By the path in the pod.
 */
export function environmentOf(
  { spec }: PodTemplate,
  pod: Ref,
  folders: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": pod.name,
    "metadata.namespace": pod.namespace,
    "spec.serviceAccountName": spec.serviceAccountName,
  };
  const [{ env = [] }] = spec.containers;
  const entries = env.flatMap(({ name, value, valueFrom }) => {
    const text = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""];
    return text === undefined ? [] : [[name, folders.get(text) ?? text] as const];
  });
  return Object.fromEntries(entries);
}

/** The pod of a Deployment, as its controllers would make it. */
export function podManifest(deployment: LiveManifest, { name, namespace }: Ref): Manifest {
  const { metadata, spec } = templateOf(deployment);
  const { apiVersion, kind } = deployment;
  const owner = { apiVersion, kind, name: deployment.metadata.name, uid: deployment.metadata.uid, controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name, namespace: namespace ?? "", ownerReferences: [owner] } as Manifest["metadata"],
    spec,
  };
}

/** `status` of a pod that runs. */
export const runningPod = (podIP: string): object => ({
  phase: "Running",
  podIP,
  podIPs: [{ ip: podIP }],
  conditions: [
    { type: "Ready", status: "True" },
    { type: "ContainersReady", status: "True" },
  ],
});

/** `status` of a Deployment that wants one pod. */
export function deploymentStatus(generation: number, isAvailable: boolean): object {
  const count = isAvailable ? 1 : 0;
  return {
    observedGeneration: generation,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: count,
    availableReplicas: count,
    unavailableReplicas: 1 - count,
    conditions: [
      {
        type: "Available",
        status: isAvailable ? "True" : "False",
        reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      },
      { type: "Progressing", status: "True", reason: isAvailable ? "NewReplicaSetAvailable" : "ReplicaSetUpdated" },
    ],
  };
}
