import type { PodPorts } from "./corefile-mount.ts";
import { findFreePort } from "./free-port.ts";

/** Ports of one pod, each on a free port of loopback from its first use on. */
export class LocalPorts implements PodPorts {
  readonly #local = new Map<number, number>();
  readonly #exposed = new Set<number>();

  async of(podPort: number): Promise<number> {
    const known = this.#local.get(podPort);
    if (known !== undefined) return known;
    const port = await findFreePort();
    this.#local.set(podPort, port);
    return port;
  }

  has(podPort: number): boolean {
    return this.#local.has(podPort);
  }

  expose(podPort: number): void {
    this.#exposed.add(podPort);
  }

  /** Port on loopback, undefined where the pod lets nobody in. */
  exposed(podPort: number): number | undefined {
    return this.#exposed.has(podPort) ? this.#local.get(podPort) : undefined;
  }

  /** Port on loopback of whatever the pod listens on, for itself or for others. */
  local(podPort: number): number | undefined {
    return this.#local.get(podPort);
  }
}
