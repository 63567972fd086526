/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * One Kubernetes object as plain JSON: what synthesis renders and what delivery applies. Immutable.
 *
 * Fields beside those named here (`spec`, `rules`, `roleRef`, …) depend on the kind.
 */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** `metadata` of an object that an API server has stored. */
export interface LiveMeta extends ObjectMeta {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  /** Who has to let go of it before its deletion is done. */
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFields[];
}

/** One entry of `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  /** Of the last write that changed something, as in `2026-01-31T12:00:00Z`. */
  readonly time?: string;
  readonly fieldsV1?: JsonObject;
}

/** An object as an API server returned it. */
export interface LiveManifest extends Manifest {
  readonly metadata: LiveMeta;
}
