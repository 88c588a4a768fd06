package program

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// Server is a server on this machine that does not complain about the faults its handler makes on purpose.
func Server(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// Through is the environment in which all of the web is reached through a proxy.
func Through(proxy *httptest.Server) []string {
	return []string{"HTTP_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL, "NO_PROXY=", "no_proxy="}
}

// Archive is a proxy for all of the web that is requested OfficialArchive and nothing else. Each request gets the next of the answers, and
// the last one is for all that follow.
func Archive(t *testing.T, answers ...http.HandlerFunc) (env []string, asked *atomic.Int32, stop func()) {
	t.Helper()
	asked = new(atomic.Int32)
	server := Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		turn := int(asked.Add(1))
		if r.URL.String() != OfficialArchive {
			t.Errorf("requested %s", r.URL)
		}
		answers[min(turn, len(answers))-1](w, r)
	}))
	return Through(server), asked, server.Close
}

// Serve answers with this body.
func Serve(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) } // a client that hangs up is not an error here
}
