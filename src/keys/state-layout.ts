import { join } from "node:path";

/** Whose credential it is, and where it counts. */
export interface CredentialPlace {
  /** The state folder. */
  readonly stateDir: string;
  readonly cluster: string;
  readonly cloud: string;
  readonly user: string;
}

/** A user's certificate for one cluster; PEM. */
export const certificatePath = ({ stateDir, cluster, cloud, user }: CredentialPlace): string =>
  join(stateDir, "certificates", cloud, user, `${cluster}.crt.pem`);

/** A user's kubeconfig, for all clusters. */
export const kubeconfigPath = ({ stateDir, cloud, user }: Omit<CredentialPlace, "cluster">): string =>
  join(stateDir, "kubeconfigs", cloud, `${user}.yaml`);
