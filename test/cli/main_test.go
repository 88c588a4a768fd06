package cli

import (
	"testing"

	"mmjsonl/test/program"
)

func TestMain(m *testing.M) { program.Main(m) }
