/**
 * When the authority ends that an istiod signs with, by its own metrics: what it has loaded, whatever lies in its Secret.
 *
 * @param text - In Prometheus' text format.
 * @returns undefined where they are not istiod's, or it signs with nothing that was given to it.
 */
export function authorityEndOf(text: string): Date | undefined {
  const [, value] = /^citadel_server_cert_chain_expiry_timestamp(?:\{[^}]*\})? (\S+)$/m.exec(text) ?? [];
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1000) : undefined;
}
