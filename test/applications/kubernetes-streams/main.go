// As much of a Kubernetes API server as kubectl needs for its streams, of Kubernetes' own parts: one pod that can be watched, whose
// log is followed, into which commands and ports go over SPDY/3.1 and over WebSockets. A command runs in this process: `cat` echoes,
// `count N` writes N bytes. Prints its port.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/httpstream/wsstream"
	utilproxy "k8s.io/apimachinery/pkg/util/proxy"
	"k8s.io/apiserver/pkg/util/proxy"
	clientremote "k8s.io/client-go/tools/remotecommand"
	"k8s.io/kubelet/pkg/cri/streaming/portforward"
	"k8s.io/kubelet/pkg/cri/streaming/remotecommand"
)

const pod = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"one","namespace":"default","uid":"1","resourceVersion":"%d","labels":{"round":"%d"}},
"spec":{"containers":[{"name":"main","image":"none"}]},"status":{"phase":"Running"}}`

type node struct{}

// ExecInContainer runs one of the two commands.
func (node) ExecInContainer(_ context.Context, _ string, _ types.UID, _ string, cmd []string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan clientremote.TerminalSize, _ time.Duration) error {
	if cmd[0] == "cat" {
		_, err := io.Copy(out, in)
		return err
	}
	count, _ := strconv.Atoi(cmd[1])
	_, err := io.WriteString(out, strings.Repeat("x", count))
	return err
}

// PortForward echoes.
func (node) PortForward(_ context.Context, _ string, _ types.UID, _ int32, stream io.ReadWriteCloser) error {
	_, err := io.Copy(stream, stream)
	return err
}

// refused lets the translation fail as the API server does.
type refused struct{}

func (refused) Error(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, text)
	}
}

// flushed writes the pieces with a pause between them.
func flushed(w http.ResponseWriter, pieces ...string) {
	for _, piece := range pieces {
		io.WriteString(w, piece)
		w.(http.Flusher).Flush()
		time.Sleep(300 * time.Millisecond)
	}
}

func pods(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if req.URL.Query().Get("watch") == "" {
		fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[`+pod+`]}`, 1, 1)
		return
	}
	for round := 2; round <= 4; round++ {
		event := fmt.Sprintf(pod, round, round)
		flushed(w, fmt.Sprintf(`{"type":"MODIFIED","object":%s}`, event))
	}
	<-req.Context().Done()
}

// asked reads the query of an API server; a kubelet's has other names.
func asked(req *http.Request) func(string) bool {
	query := req.URL.Query()
	return func(name string) bool { return query.Get(name) == "true" }
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	kubelet := func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/portforward") {
			options, _ := portforward.NewV4Options(req)
			portforward.ServePortForward(w, req, node{}, "one", "1", options, time.Minute, time.Minute, portforward.SupportedProtocols)
			return
		}
		is := asked(req)
		options := &remotecommand.Options{Stdin: is("stdin"), Stdout: is("stdout"), Stderr: is("stderr"), TTY: is("tty")}
		command := req.URL.Query()["command"]
		remotecommand.ServeExec(w, req, node{}, "one", "1", "main", command, options, time.Minute, time.Minute, []string{"v4.channel.k8s.io"})
	}
	// What a WebSocket brings goes to the node as SPDY, as in the API server.
	streams := func(w http.ResponseWriter, req *http.Request) {
		if !wsstream.IsWebSocketRequest(req) {
			kubelet(w, req)
			return
		}
		location := url.URL{Scheme: "http", Host: listener.Addr().String(), Path: req.URL.Path, RawQuery: req.URL.RawQuery}
		if strings.HasSuffix(req.URL.Path, "/portforward") {
			upgrade := utilproxy.NewUpgradeAwareHandler(&location, http.DefaultTransport, false, true, refused{})
			proxy.NewTunnelingHandler(upgrade).ServeHTTP(w, req)
			return
		}
		is := asked(req)
		options := proxy.Options{Stdin: is("stdin"), Stdout: is("stdout"), Stderr: is("stderr"), Tty: is("tty")}
		proxy.NewStreamTranslatorHandler(&location, http.DefaultTransport, 0, options).ServeHTTP(w, req)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api", answer(`{"kind":"APIVersions","versions":["v1"]}`))
	mux.HandleFunc("/apis", answer(`{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`))
	mux.HandleFunc("/api/v1", answer(`{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list","watch","patch"]}]}`))
	mux.HandleFunc("/api/v1/namespaces/default/pods", pods)
	mux.HandleFunc("GET /api/v1/namespaces/default/pods/one", answer(fmt.Sprintf(pod, 1, 1)))
	mux.HandleFunc("PATCH /api/v1/namespaces/default/pods/one", answer(fmt.Sprintf(pod, 2, 2)))
	mux.HandleFunc("/api/v1/namespaces/default/pods/one/log", func(w http.ResponseWriter, _ *http.Request) {
		flushed(w, "one\n", "two\n", "three\n")
	})
	mux.HandleFunc("/api/v1/namespaces/default/pods/one/exec", streams)
	mux.HandleFunc("/api/v1/namespaces/default/pods/one/portforward", streams)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, mux))
}
