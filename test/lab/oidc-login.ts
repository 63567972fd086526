/**
 * The login program of a kubeconfig's `exec` stanza: prints an ExecCredential with a token of the lab's issuer.
 *
 *     OIDC_CA=<PEM> OIDC_USER=<name> node oidc-login.ts <issuer's URL>
 *
 * A stanza is the same for all users of a cluster, so who logs in is told by the environment that kubectl is called with.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import { get } from "./https-get.ts";

const [server = ""] = process.argv.slice(2);
const { OIDC_CA: certificateAuthority = "", OIDC_USER: user = "" } = process.env;

if (server === "" || certificateAuthority === "" || user === "") {
  console.error("usage: OIDC_CA=<PEM> OIDC_USER=<name> node oidc-login.ts <issuer's URL>");
  process.exitCode = 2;
} else {
  const answer = await get({ server, certificateAuthority }, `/token?user=${encodeURIComponent(user)}`);
  if (answer === undefined) {
    console.error(`oidc-login: no answer from ${server}; does the lab still run?`);
    process.exitCode = 1;
  } else {
    const { token } = JSON.parse(answer.body);
    console.log(
      JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } }),
    );
  }
}
