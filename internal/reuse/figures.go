package reuse

// Figures are what a stream of requests does to a cache of images. Marshalled with encoding/json they are the document that
// `mmjsonl inspect --json` prints; names do not change once released.
type Figures struct {
	Requests      int64       `json:"requests"`
	Slots         int64       `json:"image_slots"`
	Distinct      int64       `json:"distinct_images"`
	Duplicates    int64       `json:"duplicate_references"`       // references that are not their image's first
	WithinRows    int64       `json:"duplicates_within_requests"` // of these, repeats of an image in the same request
	ReuseRate     float64     `json:"reuse_rate"`                 // duplicates ÷ slots: what a cache without limit hits by reference
	MostInARow    int         `json:"most_images_in_a_request"`   // the largest request
	TextOnly      int64       `json:"requests_without_images"`
	WarmUp        int64       `json:"warm_up_requests,omitempty"`     // requests in front that are not measured; 0 if all are
	MeasuredSlots int64       `json:"measured_image_slots,omitempty"` // slots behind the warm-up; 0 without one
	Popularity    Popularity  `json:"popularity"`
	Ages          []AgeClass  `json:"reuse_ages"`                    // how old a reuse is; classes without reuses left out
	Curve         []Point     `json:"hit_curve"`                     // exact LRU hits at a selection of capacities, ascending, up to Distinct
	Fixed         []Point     `json:"hit_curve_fixed"`               // the same at capacities that are the same for every file
	Even          []Point     `json:"-"`                             // the same at even distances, for a linear axis
	Capacities    []Point     `json:"capacities"`                    // at the requested capacities, in the order requested
	InBytes       []BytePoint `json:"capacities_in_bytes,omitempty"` // at the requested capacities in bytes, in the order requested
	Needed        []Need      `json:"needed_capacities"`             // what parts of the possible hits need, ascending; empty if nothing can hit
	Concurrency   int         `json:"concurrency"`                   // requests in flight that the ranges of Points are for
	Replicas      []Replica   `json:"replicas,omitempty"`            // what each of several servers sees behind a round robin
}

// Point is an LRU cache of a capacity in images: how many references it hits.
type Point struct {
	Capacity        int64   `json:"capacity"`
	HitsByRequest   int64   `json:"hits_by_request"`   // all images of a request looked up, then all stored
	HitsByReference int64   `json:"hits_by_reference"` // one image looked up and stored after the other
	HitRate         float64 `json:"hit_rate"`          // HitsByRequest ÷ slots
	// Requests whose images all hit, by request, and their share of the requests with images.
	WholeRequests    int64   `json:"requests_all_hit"`
	WholeRequestRate float64 `json:"request_hit_rate"`
	// The least and the most hits by request that are possible when requests overtake each other as far as Concurrency lets them;
	// both are HitsByRequest at a concurrency of 1.
	LeastHits int64 `json:"least_hits"`
	MostHits  int64 `json:"most_hits"`
	// Typical is known of inspected files that are sent with several requests in flight, for Capacities.
	Typical *Typical `json:"typical,omitempty"`
	// MeasuredHits are the hits by request behind the warm-up, of Figures.MeasuredSlots; 0 without a warm-up, and in Replicas and Curve.
	MeasuredHits int64 `json:"measured_hits,omitempty"`
}

// BytePoint is an LRU cache of a capacity in bytes, whose images differ in what they take: how many references it hits. It drops the oldest images until
// there is room for the next one.
type BytePoint struct {
	Bytes           int64   `json:"capacity_bytes"`
	HitsByRequest   int64   `json:"hits_by_request"`   // all images of a request looked up, then all stored
	HitsByReference int64   `json:"hits_by_reference"` // one image looked up and stored after the other
	HitRate         float64 `json:"hit_rate"`          // HitsByRequest ÷ slots
	// Requests whose images all hit, by request, and their share of the requests with images.
	WholeRequests    int64   `json:"requests_all_hit"`
	WholeRequestRate float64 `json:"request_hit_rate"`
	MeasuredHits     int64   `json:"measured_hits,omitempty"` // the hits by request behind the warm-up; 0 without one
}

// Need is the least LRU cache that hits a part of what a cache without limit hits, by request.
type Need struct {
	Percent  int     `json:"percent_of_possible_hits"`
	Hits     int64   `json:"hits_by_request"` // at least
	HitRate  float64 `json:"hit_rate"`        // Hits ÷ slots
	Capacity int64   `json:"capacity"`        // in images
}

// Typical is what an LRU cache hits by request when the stream is replayed in orders that a client with several requests in flight may
// cause.
type Typical struct {
	Replays  int   `json:"replays"`
	Hits     int64 `json:"hits"`      // in the middle one
	LowHits  int64 `json:"low_hits"`  // one tenth of them hit less than this
	HighHits int64 `json:"high_hits"` // one tenth of them hit more than this
}

// Popularity tells how unevenly images are used.
type Popularity struct {
	Top   []Use   `json:"top"`            // the ten most used, most used first
	Top1  float64 `json:"top_1_percent"`  // share of all slots that the most used 1 % of the images take, at least one image
	Top10 float64 `json:"top_10_percent"` // likewise 10 %
	Gini  float64 `json:"gini"`           // 0: all images are used equally often; towards 1: a few take all
}

// Use is how often an image is used.
type Use struct {
	Image uint32 `json:"image"`          // its number, in the order of first use for inspected files
	Name  string `json:"name,omitempty"` // what rows call it, shortened; not known to the Watcher
	Uses  int64  `json:"uses"`
}

// AgeClass counts reuses whose image was last used From to To requests earlier; 0 is the same request.
type AgeClass struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	Uses int64 `json:"uses"`
}

// Replica is what one of several servers sees.
type Replica struct {
	Requests  int64   `json:"requests"`
	Slots     int64   `json:"image_slots"`
	Distinct  int64   `json:"distinct_images"`
	ReuseRate float64 `json:"reuse_rate"`
	Points    []Point `json:"capacities"` // as Figures.Capacities
}
