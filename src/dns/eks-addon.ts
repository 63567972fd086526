/**
 * The configuration of EKS' add-on that makes a Corefile its own: without it, the add-on puts its own back.
 *
 * @param corefile - With the zones.
 * @returns JSON, for `aws eks update-addon --configuration-values`.
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html
 */
export const addonValue = (corefile: string): string => JSON.stringify({ corefile });
