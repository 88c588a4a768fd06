package report

import (
	"fmt"
	"strings"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

func popularitySection(f *reuse.Figures) g.Node {
	top := f.Popularity.Top
	if f.Slots == 0 || len(top) == 0 {
		return nil
	}
	row := func(use reuse.Use) g.Node {
		name := use.Name
		if name == "" {
			name = fmt.Sprintf("image %d", use.Image)
		}
		return el("tr", el("th", attrs("scope", "row", "class", "free"), isolated(name)),
			cell(grouped(use.Uses)), cell(percent(reuse.Share(use.Uses, f.Slots))), barCell(reuse.Share(use.Uses, top[0].Uses)))
	}
	return section("popularity", "Popularity",
		el("p", text(popularityWords(f))),
		scroll("The most used images", el("table", attrs("class", "wide"), lines(
			caption("The most used images"),
			el("thead", el("tr", column("image"), column("uses"), column("of all slots"), barColumn())),
			el("tbody", lines(g.Map(top, row))),
		))),
	)
}

func popularityWords(f *reuse.Figures) string {
	p := f.Popularity
	most := func(images int64, part string) string {
		if images <= 1 {
			return "the most used image takes"
		}
		return fmt.Sprintf("the most used %s (%s) take", counted(images, "image"), part)
	}
	tenth := max(f.Distinct/10, 1)
	words := fmt.Sprintf("Of all slots, %s %s", most(tenth, "10 %"), percent(p.Top10))
	if hundredth := max(f.Distinct/100, 1); hundredth < tenth {
		words = fmt.Sprintf("Of all slots, %s %s and %s %s", most(hundredth, "1 %"), percent(p.Top1), most(tenth, "10 %"), percent(p.Top10))
	}
	words = fmt.Sprintf("%s. The Gini coefficient is %.2f: at 0 all images are used equally often, and near 1 a few take "+
		"nearly all slots. An image is used %.4g times on average.", words, p.Gini, float64(f.Slots)/float64(f.Distinct))
	return strings.ReplaceAll(words, " %", "\u00a0%") // so that no line begins with the sign
}

func distancesSection(f *reuse.Figures) g.Node {
	if f.Slots == 0 || len(f.Ages) == 0 {
		return nil
	}
	var all, longest, sum int64
	for _, class := range f.Ages {
		all += class.Uses
		longest = max(longest, class.Uses)
	}
	row := func(class reuse.AgeClass) g.Node {
		sum += class.Uses
		return el("tr", rowName(distance(class)), cell(grouped(class.Uses)), cell(percent(reuse.Share(class.Uses, all))), cell(percent(reuse.Share(sum, all))),
			barCell(reuse.Share(class.Uses, longest)))
	}
	return section("distances", "Reuse distance",
		el("p", text("How many requests after its previous use an image is used again.")),
		scroll("Reuses by distance", el("table", attrs("class", "wide"), lines(
			caption("Reuses by distance"),
			el("thead", el("tr", column("distance in requests"), column("reuses"), column("of all reuses"), column("up to here"), barColumn())),
			el("tbody", lines(g.Map(f.Ages, row))),
		))),
	)
}

func replicasSection(f *reuse.Figures) g.Node {
	if f.Slots == 0 || len(f.Replicas) == 0 {
		return nil
	}
	atCapacity := func(p reuse.Point) g.Node { return column("at " + grouped(p.Capacity)) }
	row := func(name string, r reuse.Replica) g.Node {
		hitRate := func(p reuse.Point) g.Node { return cell(percent(reuse.Share(p.HitsByRequest, r.Slots))) }
		return el("tr", rowName(name), cell(grouped(r.Requests)), cell(grouped(r.Slots)), cell(grouped(r.Distinct)), cell(percent(r.ReuseRate)),
			g.Map(r.Points, hitRate))
	}
	var rows g.Group
	for i, r := range f.Replicas {
		rows = append(rows, row(fmt.Sprint(i+1), r))
	}
	rows = append(rows, row("one for all requests",
		reuse.Replica{Requests: f.Requests, Slots: f.Slots, Distinct: f.Distinct, ReuseRate: f.ReuseRate, Points: f.Capacities}))
	words := fmt.Sprintf("What each of %d servers sees when requests go to them in turn, each with a cache of its own.", len(f.Replicas))
	return section("replicas", "Behind a round robin",
		el("p", text(words)),
		scroll("What each server sees", el("table", lines(
			caption("Hit rates by request"),
			el("thead", el("tr", column("server"), column("requests"), column("slots"), column("distinct images"), column("reuse rate"),
				g.Map(f.Capacities, atCapacity))),
			el("tbody", lines(rows)),
		))),
	)
}
