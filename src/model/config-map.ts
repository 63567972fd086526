/**
 * What the API server takes of the values of a ConfigMap together, in bytes.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#motivation
 */
export const MAX_CONFIG_BYTES = 1024 * 1024;
