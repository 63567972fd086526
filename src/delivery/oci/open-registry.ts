import type { OciDelivery } from "../../model/delivery.ts";
import { type Fault, invalid } from "../../model/error.ts";
import { isDnsLabel } from "../../model/names.ts";
import { isOciTag, parseOciUrl } from "../../model/oci-names.ts";
import { findCredential } from "./docker-config.ts";
import { Registry } from "./registry.ts";

/**
 * The repository in which a cluster's artifacts lie: `<repository>/<cluster>`.
 *
 * @param timeoutMs - Milliseconds for each request.
 * @throws {@link CloudError} `INVALID` for what is no place in a registry; as {@link findCredential} throws.
 */
export async function openRegistry(delivery: OciDelivery, cluster: string, timeoutMs: number): Promise<Registry> {
  const { repository, tag } = delivery;
  const place = isDnsLabel(cluster) ? parseOciUrl(`${repository}/${cluster}`) : undefined;
  const faults: Fault[] = [];
  if (place === undefined) {
    faults.push({
      path: JSON.stringify(cluster),
      message: 'has no place in a registry; write it as "oci://host/name"',
    });
  }
  if (!isOciTag(tag)) faults.push({ path: JSON.stringify(tag), message: 'is no tag; write it as "latest" or "v1.2"' });
  if (place === undefined || faults.length > 0) throw invalid(faults, "no registry was asked");
  return new Registry(place, await findCredential(place.host), timeoutMs);
}
