const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;

const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Whether an API server keeps a quantity of a resource as it is: it rounds up what is finer than a thousandth. */
export function isKept(text: string): boolean {
  const [, digits = "", suffix = "", exponent = "0"] = QUANTITY.exec(text) ?? [];
  const [whole = "", fraction = ""] = digits.split(".");
  const power = BINARY.indexOf(suffix);
  const thousands = (power < 0 ? DECIMAL.indexOf(suffix) - DECIMAL.indexOf("") : 0) + 1;
  const decimals = 3 * thousands + Number(exponent) - fraction.length;
  const mantissa = BigInt(whole + fraction) << BigInt(10 * Math.max(power, 0));
  return decimals >= 0 || mantissa % 10n ** BigInt(-decimals) === 0n;
}

/**
 * The number that a Kubernetes quantity stands for, in its base unit (cores, bytes, pieces).
 *
 * @returns undefined where the text is no quantity.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string | number): number | undefined {
  const match = QUANTITY.exec(String(text));
  if (match === null) return undefined;
  const [, digits, suffix, exponent] = match;
  const scale = suffix === undefined ? 10 ** Number(exponent ?? 0) : (SCALE[suffix] ?? 1);
  return Number(digits) * scale;
}
