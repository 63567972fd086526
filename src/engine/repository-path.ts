/** The folder of a cluster in a repository, without a leading `./`. @param path - `.` is the root. */
export const clusterFolder = (path: string, cluster: string): string => (path === "." ? cluster : `${path}/${cluster}`);
