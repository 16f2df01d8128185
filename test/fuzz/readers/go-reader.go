// Writes down, as JSON, each request that Go's own HTTP server reads off the wire to its end.
package main

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	var mutex sync.Mutex
	tell := func(text string) {
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Fprintln(os.Stdout, text)
	}
	tell(fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		sum := sha1.Sum(body)
		line, _ := json.Marshal(map[string]string{
			"line": r.Method + " " + r.RequestURI + " " + r.Proto,
			"body": hex.EncodeToString(sum[:]),
		})
		tell(string(line))
		w.Header().Set("Content-Length", "0")
	})
	log.SetOutput(io.Discard)
	log.Fatal(http.Serve(listener, handler))
}
