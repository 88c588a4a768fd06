package jpeg

import "testing"

// The steepest slope that surfaces can have is inside the library's table.
func TestGradientsFit(t *testing.T) {
	for component, octaves := range [][]octave{luminanceOctaves, chromaOctaves} {
		difference, apart := 0.0, 1 // of means two blocks apart; blocks between two values of a level
		for i := len(octaves) - 1; i >= 0; i-- {
			difference += 2 * float64(octaves[i].amplitude) * min(1, 2/float64(apart))
			apart *= octaves[i].enlarge
		}
		for _, slope := range slopes[component] {
			if got := gradientOf(int32(difference), slope); got >= gradients {
				t.Errorf("component %d: a coefficient can be %d, the table has %d", component, got, gradients)
			}
			if got := gradientOf(-int32(difference), slope); got >= gradients {
				t.Errorf("component %d: a coefficient can be %d below what the table has", component, -int32(got))
			}
		}
	}
}
