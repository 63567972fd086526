// A kubelet as far as port forwarding goes: the streaming code that real ones have, before ports of loopback instead of
// pods' ports. Kubernetes' own test of port forwarding (test/integration/apiserver/portforward) does the same.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
)

// As the kubelet has them.
const (
	idleTimeout     = 4 * time.Hour
	creationTimeout = 30 * time.Second
)

// forwarder holds the path of a JSON file that tells the port of loopback for a pod's: {"<namespace>/<pod>:<port>": 1053}.
// It is read for each connection.
type forwarder string

func (f forwarder) PortForward(_ context.Context, pod string, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	text, err := os.ReadFile(string(f))
	if err != nil {
		return err
	}
	ports := map[string]int{}
	if err := json.Unmarshal(text, &ports); err != nil {
		return err
	}
	local, found := ports[fmt.Sprintf("%s:%d", pod, port)]
	if !found {
		return fmt.Errorf("failed to connect to localhost:%d inside namespace of %s: connection refused", port, pod)
	}
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", local))
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		_, _ = io.Copy(connection, stream)
		_ = connection.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(stream, connection)
	return err
}

func main() {
	address := flag.String("address", "", "where to listen")
	certificate := flag.String("tls-cert-file", "", "PEM")
	key := flag.String("tls-private-key-file", "", "PEM")
	ports := flag.String("ports", "", "JSON file with a port of loopback for each <namespace>/<pod>:<port>")
	flag.Parse()
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/portForward/{namespace}/{pod}", func(w http.ResponseWriter, req *http.Request) {
		options, err := portforward.NewV4Options(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		pod := req.PathValue("namespace") + "/" + req.PathValue("pod")
		portforward.ServePortForward(w, req, forwarder(*ports), pod, "", options, idleTimeout, creationTimeout,
			[]string{portforward.ProtocolV1Name})
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServeTLS(*address, *certificate, *key, nil))
	os.Exit(1)
}
