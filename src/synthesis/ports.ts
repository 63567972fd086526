export const MAX_PORT = 65535;

export const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_PORT;

/** Name of a service as IANA has them. */
export const isPortName = (name: string): boolean =>
  name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);

/** Whether a value is a port's number, or the name of a container's port. */
export const isPortOrName = (value: unknown): boolean =>
  typeof value === "string" ? isPortName(value) : isPort(value);

export const PROTOCOLS: readonly unknown[] = ["TCP", "UDP", "SCTP"];
