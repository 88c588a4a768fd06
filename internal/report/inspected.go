package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Inspected writes what was found in a file. server is the cache whose capacity was asked for, or nil.
func Inspected(w io.Writer, r *inspect.Result, server *servers.Capacity) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }

	name := escape.Printable(r.File)
	if r.File == "-" {
		name = "standard input"
	}
	if r.Compression != "none" {
		name += " (" + r.Compression + ")"
	}
	line("%s", name)
	if r.BadRowCount > 0 {
		line("  %s, left out of everything below:", counted(r.BadRowCount, "bad row"))
		for _, bad := range r.BadRows {
			line("    line %d: %s", bad.Line, escape.Line(bad.Reason))
		}
		if more := r.BadRowCount - int64(len(r.BadRows)); more > 0 {
			line("    and %s more", grouped(more))
		}
	}
	for _, fact := range facts(r) {
		line("  %-18s %s", fact[0], fact[1])
	}
	if r.Slots > 0 {
		line("")
		b.WriteString(chart(r.Figures, 80, 10))
		mostUsed(line, r.Figures)
		ages(line, r.Figures)
		replicas(line, r.Figures)
	}
	if server != nil {
		serverWords(line, r, server)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// facts are a file's figures, a name and a value each. Those that do not apply are left out.
func facts(r *inspect.Result) [][2]string {
	var all [][2]string
	add := func(name, format string, args ...any) {
		all = append(all, [2]string{name, fmt.Sprintf(format, args...)})
	}
	requests := grouped(r.Requests)
	if r.TextOnly > 0 {
		requests += fmt.Sprintf(", %s of them without images", grouped(r.TextOnly))
	}
	add("requests", "%s", requests)
	if r.Sessions > 0 {
		add("sessions", "%s", grouped(r.Sessions))
	}
	if r.Slots == 0 {
		return all
	}
	add("image slots", "%s, at most %s in a request", grouped(r.Slots), grouped(int64(r.MostInARow)))
	add("distinct images", "%s", grouped(r.Distinct))
	duplicates := fmt.Sprintf("%s, reuse %s", grouped(r.Duplicates), percent(reuse.Share(r.Duplicates, r.Slots)))
	if r.WithinRows > 0 {
		duplicates += fmt.Sprintf("; %s within a request", grouped(r.WithinRows))
	}
	add("duplicates", "%s", duplicates)

	var kinds []string
	for _, kind := range []struct {
		name  string
		slots int64
	}{
		{"path", r.ReferenceKinds.Path}, {"http URL", r.ReferenceKinds.HTTP}, {"data URI", r.ReferenceKinds.DataURI},
		{"other URL", r.ReferenceKinds.OtherURL}, {"uuid", r.ReferenceKinds.UUID},
	} {
		if kind.slots > 0 {
			kinds = append(kinds, counted(kind.slots, kind.name))
		}
	}
	add("named by", "%s", strings.Join(kinds, ", "))

	const sizesShown = 5
	sizes := r.ImageSizes
	for i, size := range sizes.Sizes {
		name := ""
		if i == 0 {
			name = "image sizes"
		}
		if i == sizesShown && len(sizes.Sizes) > sizesShown+1 {
			add(name, "and %d more sizes", len(sizes.Sizes)-sizesShown)
			break
		}
		add(name, "%dx%d: %s", size.Width, size.Height, counted(size.Images, "image"))
	}
	if sizes.Unreadable > 0 {
		add("sizes not read", "%s; the first: %s", counted(sizes.Unreadable, "image"), escape.Printable(sizes.FirstUnreadable))
	}
	if sizes.LookedAt > 0 && sizes.LookedAt < r.Distinct {
		add("", "(sizes of %s of the %s images were looked for)", grouped(sizes.LookedAt), grouped(r.Distinct))
	}
	return all
}

func mostUsed(line func(string, ...any), f *reuse.Figures) {
	if f.Duplicates == 0 {
		return
	}
	line("")
	take := func(images int64, share float64) string {
		if images == 1 {
			return fmt.Sprintf("1 image takes %s of the slots", percent(share))
		}
		return fmt.Sprintf("%s take %s of the slots", counted(images, "image"), percent(share))
	}
	words := take(max(f.Distinct/100, 1), f.Popularity.Top1)
	if f.Distinct >= 20 { // else both are the same image
		words += ", " + take(f.Distinct/10, f.Popularity.Top10)
	}
	line("Most used: %s; Gini coefficient %.2f", words, f.Popularity.Gini)
	for _, use := range f.Popularity.Top {
		name := fmt.Sprintf("image %d", use.Image)
		if use.Name != "" {
			name = escape.Printable(use.Name)
		}
		line("  %11s  %s", grouped(use.Uses), name)
	}
}

func ages(line func(string, ...any), f *reuse.Figures) {
	if f.Duplicates == 0 {
		return
	}
	line("")
	line("Reuses by age, in requests since the image was used before")
	for _, class := range f.Ages {
		name := grouped(class.From) + " to " + grouped(class.To)
		switch {
		case class.To == 0:
			name = "same request"
		case class.From == class.To:
			name = grouped(class.From)
		}
		line("  %24s  %11s  %9s", name, grouped(class.Uses), percent(reuse.Share(class.Uses, f.Duplicates)))
	}
}

func replicas(line func(string, ...any), f *reuse.Figures) {
	if len(f.Replicas) == 0 {
		return
	}
	line("")
	line("Each of %d servers behind a round robin, hit rates by request", len(f.Replicas))
	header := fmt.Sprintf("  %6s  %11s  %11s  %9s", "server", "slots", "distinct", "reuse")
	for _, p := range f.Capacities {
		header += fmt.Sprintf("  %11s", "@"+grouped(p.Capacity))
	}
	line("%s", header)
	for i, r := range f.Replicas {
		row := fmt.Sprintf("  %6d  %11s  %11s  %9s", i+1, grouped(r.Slots), grouped(r.Distinct), percent(r.ReuseRate))
		for _, p := range r.Points {
			row += fmt.Sprintf("  %11s", percent(p.HitRate))
		}
		line("%s", row)
	}
}

func serverWords(line func(string, ...any), r *inspect.Result, c *servers.Capacity) {
	line("")
	line("%s of %s", c.Cache, bytesWords(c.CacheBytes))
	if c.LeastBytes == c.MostBytes {
		line("  holds %s of %s", counted(c.LeastCapacity, "image"), bytesWords(c.MostBytes))
	} else {
		line("  holds %s to %s of %s to %s", grouped(c.LeastCapacity), counted(c.MostCapacity, "image"), bytesWords(c.LeastBytes), bytesWords(c.MostBytes))
	}
	for _, capacity := range c.Images() {
		i := slices.IndexFunc(r.Capacities, func(p reuse.Point) bool { return p.Capacity == capacity })
		if i >= 0 && r.Slots > 0 {
			line("  an LRU cache of %s hits %s of the slots", counted(capacity, "image"), percent(r.Capacities[i].HitRate))
		}
	}
	line("  drops: %s", c.Policy)
	line("  knows an image by: %s", c.Key)
	switch len(c.Counters) {
	case 0:
		line("  compare with: no counter is known")
	default:
		line("  compare with: %s", strings.Join(c.Counters, ", "))
	}
	for _, note := range c.Notes {
		line("  %s", note)
	}
}

// bytesWords writes a number of bytes in the largest binary unit of which there is one.
func bytesWords(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return counted(n, "byte")
}
