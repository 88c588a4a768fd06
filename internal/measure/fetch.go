package measure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// CheckURL says what is wrong with the URL of metrics.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("does not begin with http:// or https://")
	case u.Host == "":
		return errors.New("has no host")
	}
	return nil
}

// patience is how long a server may take to answer.
const patience = 30 * time.Second

// Fetch reads a page of metrics from a server.
func Fetch(ctx context.Context, url string) (*Scrape, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/plain;version=0.0.4")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		var fault interface{ Unwrap() error }
		if errors.As(err, &fault) {
			err = fault.Unwrap() // without the URL, which the caller names
		}
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	return ReadScrape(response.Body)
}

// Moved reports whether one of the counters that are looked for differs between two scrapes.
func Moved(before, after *Scrape) bool {
	for key, now := range after.samples {
		if known[bare(now.name)] && now.value != before.samples[key].value {
			return true
		}
	}
	return false
}
