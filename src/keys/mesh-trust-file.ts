import type { RootRotation, RootStep } from "../mesh/root-state.ts";
import { CloudError } from "../model/error.ts";
import type { ClusterAuthority, MeshSigner, MeshTrust } from "./mesh-trust.ts";

/** The text of a cloud's trust in the key store. */
export const formatTrust = ({ state, signers, authorities }: MeshTrust): string =>
  `${JSON.stringify({ version: 1, state, signers, authorities: Object.fromEntries(authorities) }, undefined, 2)}\n`;

/**
 * The inverse of {@link formatTrust}.
 *
 * @param path - For messages.
 * @throws {@link CloudError} `KEY_STORE` for any other text; no message says what is in it.
 */
export function parseTrust(text: string, path: string): MeshTrust {
  try {
    const file = fieldsOf(JSON.parse(text));
    if (file["version"] !== 1) throw new TypeError("another version");
    const state = fieldsOf(file["state"]);
    const rotation = state["rotation"];
    return {
      state: {
        root: textOf(state["root"]),
        ...(rotation === undefined ? {} : { rotation: rotationOf(fieldsOf(rotation)) }),
        retired: listOf(state["retired"]).map(textOf),
        ...(state["changed"] === undefined ? {} : { changed: timeOf(textOf(state["changed"])) }),
      },
      signers: listOf(file["signers"]).map(signerIn),
      authorities: new Map(
        Object.entries(fieldsOf(file["authorities"])).map(([name, value]) => [name, authorityIn(value)]),
      ),
    };
  } catch (cause) {
    // Errors of JSON.parse quote the text.
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    const remedy = "restore it from a backup, or use the version of lcloud that wrote it";
    throw new CloudError("KEY_STORE", `${path}: is not what lcloud has written; ${remedy}`);
  }
}

function rotationOf(fields: Fields): RootRotation {
  const step = STEPS.find((each) => each === fields["step"]);
  if (step === undefined) throw new TypeError("no step");
  const seen = fields["seen"];
  return {
    step,
    newRoot: textOf(fields["newRoot"]),
    ...(seen === undefined ? {} : { seen: timeOf(textOf(seen)) }),
  };
}

const STEPS: readonly RootStep[] = ["trust-both", "sign-new", "drop-old"];

function signerIn(value: unknown): MeshSigner {
  const { root, chain, key, isBrought } = fieldsOf(value);
  const signer = { root: textOf(root), chain: textOf(chain), key: textOf(key) };
  return isBrought === true ? { ...signer, isBrought } : signer;
}

function authorityIn(value: unknown): ClusterAuthority {
  const { certificate, key, chain } = fieldsOf(value);
  return { certificate: textOf(certificate), key: textOf(key), chain: textOf(chain) };
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  return value as Fields;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("no list");
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("no text");
  return value;
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new TypeError("no time");
  return time;
}
