package stream_test

import (
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

func TestSamplers(t *testing.T) {
	for name, sampler := range map[string]stream.Sampler{
		"uniform":                    stream.Uniform{Rows: 200, PerRow: 3, Pool: 50},
		"uniform, most of the pool":  stream.Uniform{Rows: 200, PerRow: 6, Pool: 10},
		"uniform, no reuse":          stream.Uniform{Rows: 200, PerRow: 3, Pool: 600},
		"first":                      stream.First{Rows: 200, PerRow: 3, Pool: 50},
		"first, mixed lengths":       stream.First{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}, {20, 0}, {7, 9}}, Pool: 50},
		"steady":                     stream.Steady{Rows: 200, PerRow: 3, Pool: 50},
		"mixed lengths":              stream.Mixed{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}, {20, 0}, {7, 9}}, Pool: 50},
		"mixed, most of the pool":    stream.Mixed{Lengths: []stream.RowsOfLength{{100, 1}, {40, 9}}, Pool: 10},
		"held out":                   stream.HeldOut{Of: stream.Uniform{Rows: 200, PerRow: 3, Pool: 50}, Rows: 7},
		"held out of mixed lengths":  stream.HeldOut{Of: stream.Mixed{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}}, Pool: 50}, Rows: 7},
		"steady, mixed lengths":      stream.Steady{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}, {20, 0}, {7, 9}}, Pool: 50},
		"zipf, mixed lengths":        stream.Zipf{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}, {20, 0}, {7, 9}}, Pool: 50, Exponent: 1},
		"zipf, most of the pool":     stream.Zipf{Lengths: []stream.RowsOfLength{{100, 1}, {40, 9}}, Pool: 10, Exponent: 2},
		"zipf of long rows":          stream.Zipf{Lengths: []stream.RowsOfLength{{100, 1}, {4, 300}}, Pool: 400, Exponent: 1},
		"zipf":                       stream.Zipf{Rows: 200, PerRow: 3, Pool: 50, Exponent: 1},
		"zipf, many images in a row": stream.Zipf{Rows: 50, PerRow: 80, Pool: 300, Exponent: 0.5},
		"hit rate":                   stream.HitRate{Rows: 200, PerRow: 3, Pool: 50, Classes: []stream.DepthClass{{From: 1, To: 20, Quota: 400}, {From: 25, To: 1000, Quota: 150}}},
		"hit rate, many rows":        stream.HitRate{Rows: 3000, PerRow: 3, Pool: 50, Classes: []stream.DepthClass{{From: 1, To: 20, Quota: 8950}}},
		"hit rate, mixed lengths, first uses before": stream.HitRate{Lengths: []stream.RowsOfLength{{100, 1}, {40, 3}, {20, 0}, {7, 9}}, Pool: 50, Classes: []stream.DepthClass{{From: 1, To: 20, Quota: 233}}, FirstUsesFirst: true},
		"hit rate, weights":                          stream.HitRate{Rows: 200, PerRow: 3, Pool: 4, Weights: []int64{5, 1, 1, 7}, Classes: []stream.DepthClass{{From: 1, To: 100, Quota: 596}}},
		"hit rate, first uses before":                stream.HitRate{Rows: 200, PerRow: 3, Pool: 50, Classes: []stream.DepthClass{{From: 1, To: 20, Quota: 550}}, FirstUsesFirst: true},
		"conversations":                              stream.Conversations{Turns: []uint32{3, 1, 4, 4, 2}, PerTurn: []int{3, 0, 1}, Pool: 7, Sessions: 2},
		"windows of groups": stream.Windows{Users: 9, TurnsOf: []uint32{3, 3, 3, 5, 5, 1, 4, 4, 4}, Window: 3, Shared: 1, Groups: []stream.Group{{Users: 3, Turns: 3, Visits: 2},
			{Users: 2, Turns: 5, Visits: 2}, {Users: 1, Turns: 1, Visits: 1}, {Users: 1, Turns: 4, Visits: 2}, {Users: 1, Turns: 4, Visits: 2}, {Users: 1, Turns: 4, Visits: 2}}},
	} {
		t.Run(name, func(t *testing.T) { streamtest.Suite(t, sampler) })
	}
}

func TestStreamRowsOfDifferentLengths(t *testing.T) {
	s := &stream.Stream{Media: []uint32{0, 1, 2, 3, 4}, Ends: []int64{2, 2, 5}, PerRow: 9}
	if s.Rows() != 3 || !slices.Equal(s.Row(0), []uint32{0, 1}) || len(s.Row(1)) != 0 || !slices.Equal(s.Row(2), []uint32{2, 3, 4}) || !slices.Equal(s.Span(1, 3), []uint32{2, 3, 4}) {
		t.Errorf("the rows are %v, %v, %v and the last two %v", s.Row(0), s.Row(1), s.Row(2), s.Span(1, 3))
	}
}

func TestStreamWithoutImages(t *testing.T) {
	s, err := stream.Uniform{Rows: 10}.Sample(t.Context(), 1)
	if err != nil || s.Rows() != 10 || len(s.Media) != 0 || len(s.Row(9)) != 0 {
		t.Errorf("%d rows of %d slots, %v", s.Rows(), len(s.Media), err)
	}
}
