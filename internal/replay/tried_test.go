package replay

import (
	"reflect"
	"testing"
)

func TestTried(t *testing.T) {
	tried := Tried{0: 0, 4: 10, 8: 10, 20: 35}
	if got := tried.Open([]int64{30, 7, 4, 7, -1, 31, 0}, 30); !reflect.DeepEqual(got, []int64{7, 30}) {
		t.Errorf("open are %d, want 7 and 30", got)
	}
	for _, test := range []struct{ hits, below, enough int64 }{{0, -1, 0}, {1, 0, 4}, {10, 0, 4}, {11, 8, 20}, {35, 8, 20}, {36, 20, 99}} {
		if below, enough := tried.Bracket(test.hits, 99); below != test.below || enough != test.enough {
			t.Errorf("%d hits are between %d and %d, want %d and %d", test.hits, below, enough, test.below, test.enough)
		}
	}
}
