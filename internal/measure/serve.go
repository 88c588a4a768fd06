package measure

import (
	"encoding/json"
	"errors"
	"io"
	"time"
)

// readStats reads what mmjsonl serve answers at /stats, as the metrics that it has of the same.
func (s *Scrape) readStats(r io.Reader) error {
	var stats struct {
		Started *time.Time `json:"started"`
		Fetches *float64   `json:"fetches"`
	}
	if err := json.NewDecoder(r).Decode(&stats); err != nil || stats.Started == nil || stats.Fetches == nil {
		return errors.New("it is JSON and not what mmjsonl serve answers at /stats: give that, or what a server's /metrics answers")
	}
	for name, value := range map[string]float64{fetches + "_total": *stats.Fetches, "mmjsonl_start_time_seconds": float64(stats.Started.UnixMicro()) / 1e6} {
		one := sample{name: name, value: value}
		s.samples[one.key()] = one
	}
	s.types[fetches+"_total"] = "counter"
	return nil
}
