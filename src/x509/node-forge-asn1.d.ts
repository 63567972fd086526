/** What we use of node-forge's ASN.1 part; loading it alone takes a fifth of the time of the whole library. */
declare module "node-forge/lib/asn1.js" {
  namespace asn1 {
    interface Asn1 {
      readonly tagClass: number;
      readonly type: number;
      readonly constructed: boolean;
      /** Binary string (a character per byte), or the elements of a constructed value. */
      readonly value: string | readonly Asn1[];
    }

    function create(tagClass: number, type: number, constructed: boolean, value: string | readonly Asn1[]): Asn1;
    function fromDer(
      bytes: string,
      options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean; maxDepth: number },
    ): Asn1;
    function toDer(value: Asn1): { getBytes(): string };
  }
  export = asn1;
}
