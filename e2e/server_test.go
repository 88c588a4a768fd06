//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// request is a request as it arrived at the model server.
type request struct {
	text      string
	images    []image
	model     string
	minTokens int
	maxTokens int
	ignoreEOS bool
	at        time.Time
}

// image is an image or a video of a request: the URL in it and, if a server had to fetch that, what it got.
type image struct {
	url     string
	uuid    string // beside the URL
	fetched []byte
}

// server is an OpenAI-compatible chat server that answers anything with two words and records what it was asked.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	faults   []string // what a model server would have refused
}

func newServer(t *testing.T) *server {
	s := new(server)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) chat(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	received, err := readRequest(r.Body)
	received.at = at
	s.mu.Lock()
	if err != nil {
		s.faults = append(s.faults, err.Error())
	} else {
		s.requests = append(s.requests, received)
	}
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range []string{
		`"choices":[{"index":0,"delta":{"role":"assistant","content":"two "},"finish_reason":null}]`,
		`"choices":[{"index":0,"delta":{"content":"words"},"finish_reason":null}]`,
		`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]`,
		`"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}`,
	} {
		fmt.Fprintf(w, "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"test\",%s}\n\n", event)
		w.(http.Flusher).Flush()
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// readRequest reads the user's messages from a chat request, several where turns go on: a string, or parts of text and images. It fetches images from
// http URLs, which are the model server's to fetch.
func readRequest(body io.Reader) (r request, err error) {
	var chat struct {
		Model               string
		MaxTokens           int  `json:"max_tokens"`
		MinTokens           int  `json:"min_tokens"`
		IgnoreEOS           bool `json:"ignore_eos"`
		MaxCompletionTokens int  `json:"max_completion_tokens"`
		Messages            []struct {
			Role    string
			Content json.RawMessage
		}
	}
	if err := json.NewDecoder(body).Decode(&chat); err != nil {
		return r, err
	}
	r.minTokens, r.ignoreEOS = chat.MinTokens, chat.IgnoreEOS
	r.model, r.maxTokens = chat.Model, max(chat.MaxTokens, chat.MaxCompletionTokens)
	for _, message := range chat.Messages {
		var text string
		if message.Role != "user" {
			continue
		} else if json.Unmarshal(message.Content, &text) == nil {
			r.text += text
			continue
		}
		var parts []struct {
			Type     string
			Text     string
			ImageURL struct{ URL string } `json:"image_url"`
			VideoURL struct{ URL string } `json:"video_url"`
			UUID     string
		}
		if err := json.Unmarshal(message.Content, &parts); err != nil {
			return r, err
		}
		for _, part := range parts {
			switch part.Type {
			case "text":
				r.text += part.Text
			case "image_url", "video_url":
				image := image{url: part.ImageURL.URL + part.VideoURL.URL, uuid: part.UUID}
				if strings.HasPrefix(image.url, "http") {
					if image.fetched, err = fetch(image.url); err != nil {
						return r, err
					}
				}
				r.images = append(r.images, image)
			default:
				return r, fmt.Errorf("a part of type %q", part.Type)
			}
		}
	}
	return r, nil
}

func fetch(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("failed to fetch %q: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}
