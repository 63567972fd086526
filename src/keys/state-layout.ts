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
  join(certificatesFolder(stateDir, cloud), user, `${cluster}${CERTIFICATE_EXTENSION}`);

/** Has a folder for each user of a cloud, those who are gone from it too. */
export const certificatesFolder = (stateDir: string, cloud: string): string => join(stateDir, "certificates", cloud);

export const CERTIFICATE_EXTENSION = ".crt.pem";

/** A user's kubeconfig, for all clusters. */
export const kubeconfigPath = (stateDir: string, cloud: string, user: string): string =>
  join(stateDir, "kubeconfigs", cloud, `${user}.yaml`);

/** Name of a user's entry for one cluster in it, and of the context of the default namespace there. */
export const userEntryName = (cloud: string, user: string, cluster: string): string => `${user}@${cloud}.${cluster}`;

/** Name of the extension beside a token that says when it ends. */
export const TOKEN_EXTENSION = "logical-clouds.io/token";
