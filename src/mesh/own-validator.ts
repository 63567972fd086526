import { CLOUD_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { clusterMeta, withLabels } from "./mesh-object.ts";
import { istiodName, meshNamespace, meshRevision, ownValidatorName, REVISION_LABEL } from "./names.ts";

/**
 * A webhook by which a cloud's control plane checks Istio's objects in the cloud's namespaces. The chart's own one looks at
 * those alone that carry the revision, which users' objects mostly do not.
 *
 * It carries no authority: istiod puts its own into every configuration that has its revision.
 */
export const ownValidator = (cloud: string): Manifest => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: withLabels(clusterMeta(cloud, ownValidatorName(cloud)), { [REVISION_LABEL]: meshRevision(cloud) }),
  webhooks: [
    {
      name: "cloud.validation.istio.io",
      admissionReviewVersions: ["v1"],
      clientConfig: {
        service: { name: istiodName(cloud), namespace: meshNamespace(cloud), path: "/validate", port: 443 },
      },
      rules: [
        {
          apiGroups: ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"],
          apiVersions: ["*"],
          operations: ["CREATE", "UPDATE"],
          resources: ["*"],
          scope: "*",
        },
      ],
      // istiod would turn any other one into it
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      sideEffects: "None",
      timeoutSeconds: 10,
      namespaceSelector: { matchLabels: { [CLOUD_LABEL]: cloud } },
      objectSelector: {
        matchExpressions: [{ key: REVISION_LABEL, operator: "NotIn", values: [meshRevision(cloud)] }],
      },
    },
  ],
});
