package fetch

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
)

// Routes as Linux shows them in a container: the gateway of all others, a further one, and networks without.
const (
	routes4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
		"eth0\t00000000\t010014AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" +
		"eth0\t00000A0A\tFE0014AC\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0\n" +
		"eth0\t000014AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
	routes6 = "fd070000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n" +
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd070000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"
)

// container is a machine at 172.20.0.5 and fd07::5, whose host is at 172.20.0.1 and fd07::1.
func container(files map[string]string) Machine {
	routes := fstest.MapFS{}
	for name, text := range files {
		routes[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Machine{
		Addresses: func() ([]net.Addr, error) {
			return []net.Addr{
				&net.IPNet{IP: net.IPv4(127, 0, 0, 1), Mask: net.CIDRMask(8, 32)},
				&net.IPNet{IP: net.ParseIP("::1"), Mask: net.CIDRMask(128, 128)},
				&net.IPNet{IP: net.IPv4(172, 20, 0, 5), Mask: net.CIDRMask(16, 32)},
				&net.IPNet{IP: net.ParseIP("fd07::5"), Mask: net.CIDRMask(64, 128)},
				&net.IPNet{IP: net.ParseIP("2001:db8:7::5"), Mask: net.CIDRMask(64, 128)},
			}, nil
		},
		Routes: routes,
	}
}

// littleEndian reports whether the numbers of routes4 are those of this machine.
func littleEndian() bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == 1
}

// local is the neighbourhood of a container whose routes can be read.
func local(t *testing.T) *Local {
	t.Helper()
	if !littleEndian() {
		t.Skip("the routes of this test are those of a little-endian machine")
	}
	l, err := container(map[string]string{"route": routes4, "ipv6_route": routes6}).Local()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLocalRefuseAddress(t *testing.T) {
	t.Parallel()
	l := local(t)
	for address, why := range map[string]string{ // "" is not refused
		"127.0.0.1":       "this machine itself",
		"127.255.255.254": "this machine itself",
		"::1":             "this machine itself",
		"0.0.0.0":         "not the address of a server",
		"0.1.2.3":         "not the address of a server",
		"255.255.255.255": "not the address of a server",
		"::":              "not the address of a server",
		"169.254.169.254": "link-local",
		"169.254.170.2":   "link-local",
		"fe80::1":         "link-local",
		"fe80::1%eth0":    "link-local",
		"224.0.0.1":       "multicast",
		"ff02::1":         "multicast",

		"fd00:ec2::254":   "Amazon",
		"fd00:ec2::23":    "Amazon",
		"fd20:ce::254":    "Google",
		"168.63.129.16":   "Azure",
		"100.100.100.200": "Alibaba",
		"192.0.0.192":     "Oracle",
		"172.17.0.1":      "the host of Docker's containers",
		"192.168.65.254":  "the host of Docker Desktop's containers",

		// The machine's own, and its gateways'.
		"172.20.0.5":          "this machine itself",
		"fd07::5":             "this machine itself",
		"fd07::5%eth0":        "this machine itself",
		"2001:db8:7::5":       "this machine itself",
		"::ffff:172.20.0.5":   "this machine itself",
		"172.20.0.1":          "gateway",
		"172.20.0.254":        "gateway",
		"fd07::1":             "gateway",
		"::ffff:172.20.0.1":   "gateway",
		"::ffff:ac14:1%lo":    "gateway",
		"64:ff9b::172.20.0.1": "it leads to 172.20.0.1: it is this machine's gateway",

		// IPv4 inside IPv6.
		"::ffff:127.0.0.1":                   "this machine itself",
		"::ffff:169.254.169.254":             "link-local",
		"::127.0.0.1":                        "leads to 127.0.0.1",
		"::169.254.169.254":                  "leads to 169.254.169.254",
		"::172.20.0.1":                       "leads to 172.20.0.1",
		"::ffff:0:127.0.0.1":                 "leads to 127.0.0.1",
		"64:ff9b::169.254.169.254":           "leads to 169.254.169.254",
		"64:ff9b::7f00:1":                    "leads to 127.0.0.1",
		"64:ff9b::0.0.0.0":                   "leads to 0.0.0.0",
		"64:ff9b:1::7f00:1":                  "cannot be known",
		"64:ff9b:1:7f00:0:100::":             "cannot be known",
		"64:ff9b:1:ffff:ffff:ffff:ffff:ffff": "cannot be known",
		"2002:7f00:1::":                      "leads to 127.0.0.1",
		"2002:7f00:1::1":                     "leads to 127.0.0.1",
		"2002:a9fe:a9fe::1":                  "leads to 169.254.169.254",
		"2002:ac14:1::":                      "leads to 172.20.0.1",
		"2002:ac14:5:1:2:3:4:5":              "leads to 172.20.0.5",
		"2002:6464:64c8::":                   "leads to 100.100.100.200",
		"2001:0:7f00:1::":                    "leads to 127.0.0.1", // the server
		"2001:0:808:808:0:0:80ff:fffe":       "leads to 127.0.0.1", // the client
		"2001:0:808:808:8000:63bf:5601:5601": "leads to 169.254.169.254",
		"2001:0:808:808:0:0:53eb:fffe":       "leads to 172.20.0.1",
		"fd99::5efe:127.0.0.1":               "leads to 127.0.0.1",
		"2001:db8::200:5efe:172.20.0.1":      "leads to 172.20.0.1",

		"10.0.0.1":                     "",
		"172.20.0.2":                   "",
		"172.20.255.255":               "",
		"172.17.0.2":                   "",
		"192.168.1.1":                  "",
		"fd00::1":                      "",
		"fd07::2":                      "",
		"fec0::1":                      "",
		"52.217.18.172":                "",
		"64:ff9b::52.217.18.172":       "",
		"64:ff9b::10.0.0.1":            "",
		"::52.217.18.172":              "",
		"2002:34d9:12ac::":             "",
		"2002:0a00:1::":                "",
		"2001:0:808:808:0:0:cb26:ed53": "", // 52.217.18.172
		"2001:db8::5efe:52.217.18.172": "",
		"2600:1f18:4a3:6900::1":        "",
		"2001:db8::7f00:1":             "",
		"169.253.255.255":              "",
		"128.0.0.1":                    "",
		"100.100.100.201":              "",
	} {
		err := l.RefuseAddress(netip.MustParseAddr(address))
		if why == "" && err != nil || why != "" && (err == nil || !strings.Contains(err.Error(), why)) {
			t.Errorf("%s: got %v, want %q", address, err, why)
		}
	}
}

// Where the routes cannot be read, no address of an interface's network is taken for one that is not the gateway's.
func TestLocalWithoutRoutes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files      map[string]string
		refuse4    bool
		refuse6    bool
		onlyLittle bool
	}{
		"none":                {nil, true, true, false},
		"no IPv6":             {map[string]string{"route": routes4}, false, true, true},
		"no IPv4":             {map[string]string{"ipv6_route": routes6}, true, false, false},
		"cut":                 {map[string]string{"route": routes4 + "eth0\t00000000\n", "ipv6_route": routes6[:200]}, true, true, false},
		"not a number":        {map[string]string{"route": "eth0 00000000 0100zzAC 0003\n", "ipv6_route": strings.ReplaceAll(routes6, "fd", "zz")}, true, true, false},
		"an address too long": {map[string]string{"route": "eth0 00000000 010014AC00 0003\n", "ipv6_route": "0 0 0 0 fd07 0\n"}, true, true, false},
	} {
		if test.onlyLittle && !littleEndian() {
			continue
		}
		l, err := container(test.files).Local()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for address, want := range map[string]bool{
			"172.20.0.77": test.refuse4, "172.20.255.1": test.refuse4, "64:ff9b::172.20.0.77": test.refuse4, "fd07::77": test.refuse6,
			"172.21.0.1": false, "10.0.0.1": false, "fd08::1": false, "172.20.0.5": true, "fd07::5": true,
		} {
			if err := l.RefuseAddress(netip.MustParseAddr(address)); (err != nil) != want {
				t.Errorf("%s: %s: got %v, want refused: %v", name, address, err, want)
			}
		}
	}
}

// A machine that does not tell its addresses downloads nothing: any could be its own.
func TestLocalWithoutAddresses(t *testing.T) {
	t.Parallel()
	m := Machine{Addresses: func() ([]net.Addr, error) { return nil, errors.New("no netlink") }, Routes: fstest.MapFS{}}
	if l, err := m.Local(); err == nil || l != nil {
		t.Errorf("got %v, %v, want an error", l, err)
	}
}

// The zero value reads the machine of the test.
func TestLocalHere(t *testing.T) {
	t.Parallel()
	l, err := Machine{}.Local()
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		own, ok := netip.AddrFromSlice(address.(*net.IPNet).IP)
		if !ok || l.RefuseAddress(own) == nil {
			t.Errorf("%v of this machine is not refused", address)
		}
	}
	if err := l.RefuseAddress(netip.MustParseAddr("203.0.113.7")); err != nil {
		t.Error(err)
	}
}

func TestLocalRefuseName(t *testing.T) {
	t.Parallel()
	l := local(t)
	for name, refused := range map[string]bool{
		"localhost": true, "LocalHost": true, "localhost.": true, "localhost..": true, "a.localhost": true, "localhost.localdomain": true,
		"metadata.google.internal": true, "METADATA.google.internal.": true, "metadata": true, "instance-data": true, "instance-data.ec2.internal": true,
		"host.docker.internal": true, "gateway.docker.internal": true, "host.containers.internal": true,
		"localhost.example": false, "mylocalhost": false, "metadata.example": false, "mirror.corp.internal": false, "docker.internal": false,
		"images.cocodataset.org": false, "": false,
	} {
		if err := l.RefuseName(name); (err != nil) != refused {
			t.Errorf("%q: got %v, want refused: %v", name, err, refused)
		}
	}
}
