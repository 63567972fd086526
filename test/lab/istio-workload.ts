import { X509Certificate } from "node:crypto";
import { ChannelCredentials, Client, Metadata } from "@grpc/grpc-js";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import { createRequest } from "../../src/x509/request.ts";
import { newKey } from "./authority.ts";
import type { LabCluster } from "./cluster.ts";
import { decode, encode, struct } from "./istio-proto.ts";
import { addressesOf, XDS, type XdsCluster, type XdsEndpoints, type XdsListener } from "./istio-xds.ts";
import type { Istiod } from "./istiod.ts";
import { waitFor } from "./wait.ts";

/** What a pod is to istiod. */
export interface WorkloadSpec {
  readonly namespace: string;
  /** @default default */
  readonly serviceAccount?: string;
  /** Name of the pod; xDS knows by it what the pod serves. @default nobody */
  readonly pod?: string;
  /** `status.podIP` @default 10.244.8.1 */
  readonly address?: string;
  /** What its proxy is: beside an application, or a gateway. @default sidecar */
  readonly proxy?: "sidecar" | "router";
  /** PEM of the roots that istiod is held against. @default what istiod has written into its own namespace */
  readonly roots?: string;
}

/** A certificate as a sidecar gets it. */
export interface WorkloadCertificate {
  /** PEM; the certificate, then what leads to the root, which comes last. */
  readonly chain: readonly string[];
  /** `spiffe://shop.mesh/ns/shop/sa/default` */
  readonly identity: string;
}

const CERTIFICATE_CALL = "/istio.v1.auth.IstioCertificateService/CreateCertificate";
const XDS_CALL = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

const AUDIENCE = "istio-ca";
const TIMEOUT_MS = 20_000;

/**
 * Speak to istiod as the sidecar of a pod does: over TLS, with the token of the pod's ServiceAccount, which need not be one
 * of the cloud.
 *
 * @throws Error where there is no such ServiceAccount or no root certificate.
 */
export async function connectWorkload(istiod: Istiod, spec: WorkloadSpec): Promise<Workload> {
  const { serviceAccount = "default", namespace } = spec;
  const token = await createToken(istiod.cluster, namespace, serviceAccount);
  return new Workload(istiod, { ...spec, serviceAccount, token, roots: spec.roots ?? (await rootsOf(istiod)) });
}

async function createToken(cluster: LabCluster, namespace: string, name: string): Promise<string> {
  const api = await connectKubeApi({ cluster: cluster.name, kubeconfig: cluster.kubeconfig, context: cluster.name });
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name, namespace },
    spec: { audiences: [AUDIENCE] },
  };
  const { status } = await api.create(request, { subresource: "token" });
  api.close();
  return (status as { readonly token: string }).token;
}

async function rootsOf({ cluster, cloud }: Istiod): Promise<string> {
  const api = await connectKubeApi({ cluster: cluster.name, kubeconfig: cluster.kubeconfig, context: cluster.name });
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: `istio-${cloud}`, name: "istio-ca-root-cert" };
  try {
    return await waitFor(`${cluster.name}: ConfigMap/istio-${cloud}/istio-ca-root-cert`, async () => {
      const data = (await api.get(ref))?.["data"] as Record<string, string> | undefined;
      return data?.["root-cert.pem"];
    });
  } finally {
    api.close();
  }
}

type KnownSpec = WorkloadSpec & Required<Pick<WorkloadSpec, "serviceAccount" | "roots">>;

/** A sidecar's connection to istiod. */
export class Workload implements Disposable {
  readonly #spec: KnownSpec;
  readonly #istiod: Istiod;
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(istiod: Istiod, spec: KnownSpec & { readonly token: string }) {
    const { cloud, cluster } = istiod;
    this.#istiod = istiod;
    this.#spec = spec;
    this.#metadata.set("authorization", `Bearer ${spec.token}`);
    this.#metadata.set("clusterid", cluster.name);
    this.#client = new Client(istiod.secureAddress, ChannelCredentials.createSsl(Buffer.from(spec.roots)), {
      "grpc.ssl_target_name_override": `istiod-${cloud}.istio-${cloud}.svc`,
      // every one of many has a connection of its own, as sidecars do
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** Have a new key certified. @throws Error of gRPC, with `code`. */
  async certificate(): Promise<WorkloadCertificate> {
    const csr = createRequest(newKey(), { commonName: "workload", organization: "lab" });
    const chain = await new Promise<readonly string[]>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        CERTIFICATE_CALL,
        (message: object) => encode("CertificateRequest", message),
        (bytes) => decode<{ readonly cert_chain: readonly string[] }>("CertificateResponse", bytes),
        { csr },
        this.#metadata,
        { deadline: Date.now() + TIMEOUT_MS },
        (error, response) => (error ? reject(error) : resolve(response?.cert_chain ?? [])),
      );
    });
    const { subjectAltName = "" } = new X509Certificate(chain[0] ?? "");
    return { chain, identity: subjectAltName.replace(/^URI:/, "") };
  }

  /** All that it may call, and what listens in it. */
  async clusters(): Promise<readonly XdsCluster[]> {
    return this.#fetch<XdsCluster>(XDS.clusters);
  }

  async listeners(): Promise<readonly XdsListener[]> {
    return this.#fetch<XdsListener>(XDS.listeners);
  }

  /**
   * `address:port` of who answers for a Service.
   *
   * @param cluster - `outbound|80||web.shop.svc.cluster.local`
   */
  async endpoints(cluster: string): Promise<readonly string[]> {
    const all = await this.#fetch<XdsEndpoints>(XDS.endpoints, [cluster]);
    return addressesOf(all.find(({ cluster_name }) => cluster_name === cluster));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #fetch<T>([typeUrl, type]: readonly [string, string], names: readonly string[] = []): Promise<readonly T[]> {
    const stream = this.#client.makeBidiStreamRequest(
      XDS_CALL,
      (message: object) => encode("DiscoveryRequest", message),
      (bytes) => decode<{ readonly resources: readonly { readonly value: Uint8Array }[] }>("DiscoveryResponse", bytes),
      this.#metadata,
      { deadline: Date.now() + TIMEOUT_MS },
    );
    return new Promise((resolve, reject) => {
      stream.on("error", reject);
      stream.on("data", ({ resources }) => {
        stream.on("error", () => {}).cancel();
        resolve(resources.map(({ value }: { readonly value: Uint8Array }) => decode<T>(type, value)));
      });
      stream.write({ node: this.#node, resource_names: names, type_url: typeUrl });
    });
  }

  get #node(): object {
    const { namespace, serviceAccount, address = "10.244.8.1", pod = "nobody", proxy = "sidecar" } = this.#spec;
    const { cloud, cluster } = this.#istiod;
    return {
      id: `${proxy}~${address}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: struct({
        CLUSTER_ID: cluster.name,
        NAMESPACE: namespace,
        SERVICE_ACCOUNT: serviceAccount,
        NETWORK: `${cloud}--${cluster.name}`,
        ISTIO_VERSION: "1.31.0",
      }),
    };
  }
}
