package fetch

import (
	"net/netip"
	"testing"
)

func TestRefuseLocal(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{
		"127.0.0.1":                true,
		"127.255.255.254":          true,
		"::1":                      true,
		"::ffff:127.0.0.1":         true,
		"0.0.0.0":                  true,
		"0.1.2.3":                  true,
		"::":                       true,
		"169.254.169.254":          true,
		"169.254.170.2":            true,
		"fe80::1":                  true,
		"fe80::1%eth0":             true,
		"224.0.0.1":                true,
		"ff02::1":                  true,
		"fd00:ec2::254":            true,
		"100.100.100.200":          true,
		"168.63.129.16":            true,
		"64:ff9b::169.254.169.254": true,
		"64:ff9b::7f00:1":          true,
		"::ffff:169.254.169.254":   true,
		"10.0.0.1":                 false,
		"172.17.0.1":               false,
		"192.168.1.1":              false,
		"fd00::1":                  false,
		"52.217.18.172":            false,
		"64:ff9b::52.217.18.172":   false,
		"2600:1f18:4a3:6900::1":    false,
		"169.253.255.255":          false,
		"128.0.0.1":                false,
		"fec0::1":                  false,
	} {
		if err := RefuseLocal(netip.MustParseAddr(address)); (err != nil) != refused {
			t.Errorf("%s: got %v", address, err)
		}
	}
}
