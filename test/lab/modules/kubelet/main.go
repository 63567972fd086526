// A kubelet as far as port forwarding goes: the streaming code that real ones have. Where a real one would enter the pod,
// it asks the lab's network for `<pod>.<namespace>:<port>`, by HTTP CONNECT. Kubernetes' own test of port forwarding
// (test/integration/apiserver/portforward) does much the same.
package main

import (
	"bufio"
	"context"
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

// network is the path of a socket.
type network string

func (n network) PortForward(_ context.Context, pod string, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	connection, err := net.Dial("unix", string(n))
	if err != nil {
		return err
	}
	defer connection.Close()
	fmt.Fprintf(connection, "CONNECT %s:%d HTTP/1.1\r\nHost: %s\r\n\r\n", pod, port, pod)
	reader := bufio.NewReader(connection)
	answer, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("failed to connect to localhost:%d inside the namespace of %s: connection refused", port, pod)
	}
	go func() {
		_, _ = io.Copy(connection, stream)
		_ = connection.(*net.UnixConn).CloseWrite()
	}()
	_, err = io.Copy(stream, reader)
	return err
}

func main() {
	address := flag.String("address", "", "where to listen")
	certificate := flag.String("tls-cert-file", "", "PEM")
	key := flag.String("tls-private-key-file", "", "PEM")
	socket := flag.String("network", "", "socket that takes HTTP CONNECT for pods' ports")
	flag.Parse()
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	http.HandleFunc("/portForward/{namespace}/{pod}", func(w http.ResponseWriter, req *http.Request) {
		options, err := portforward.NewV4Options(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		pod := req.PathValue("pod") + "." + req.PathValue("namespace")
		portforward.ServePortForward(w, req, network(*socket), pod, "", options, idleTimeout, creationTimeout,
			[]string{portforward.ProtocolV1Name})
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServeTLS(*address, *certificate, *key, nil))
	os.Exit(1)
}
