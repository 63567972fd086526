/** What came of a zone in the configuration of a DNS server. */
export interface ZoneChange {
  readonly zone: string;
  readonly action: "added" | "changed" | "removed" | "kept";
}

/** The configuration of a DNS server with the zones of clouds, or why it must be left alone. */
export type Patched<T> =
  | {
      readonly kind: "patched";
      readonly value: T;
      /** Of every zone that is wanted, or was ours. */
      readonly zones: readonly ZoneChange[];
      /** For people: what could not be judged, or keeps it from being loaded. */
      readonly remarks: readonly string[];
    }
  /** @property faults - Each says what is wrong, and what to do. */
  | { readonly kind: "refused"; readonly faults: readonly string[] };

/** What our zones are to be in the configuration of a DNS server. */
export interface PatchRequest<Z> {
  readonly wanted: readonly Z[];
  /** Names of the zones that are there by us, or may be: of what else is there, nothing is touched. */
  readonly ours: readonly string[];
}
