package fetch

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// servicePrefixes are where clouds serve a machine's credentials, beside link-local addresses, and where containers reach their host,
// whatever network they are in.
var servicePrefixes = map[netip.Prefix]string{
	netip.MustParsePrefix("fd00:ec2::/32"):      "the metadata service of Amazon's cloud",
	netip.MustParsePrefix("fd20:ce::254/128"):   "the metadata service of Google's cloud",
	netip.MustParsePrefix("168.63.129.16/32"):   "the metadata service of Azure's cloud",
	netip.MustParsePrefix("100.100.100.200/32"): "the metadata service of Alibaba's cloud",
	netip.MustParsePrefix("192.0.0.192/32"):     "the metadata service of Oracle's cloud",
	netip.MustParsePrefix("fd00:42::42/128"):    "the metadata service of Scaleway's cloud",
	netip.MustParsePrefix("172.17.0.1/32"):      "the host of Docker's containers",
	netip.MustParsePrefix("192.168.65.254/32"):  "the host of Docker Desktop's containers",
	netip.MustParsePrefix("192.168.127.254/32"): "the host of Podman's containers",
}

// localNames are names of this machine, of its host, and of clouds' metadata services. A resolver mostly knows where they lead. Behind a
// proxy only the proxy's resolver does.
var localNames = map[string]string{
	"localhost":                      "this machine itself",
	"localhost.localdomain":          "this machine itself",
	"localhost6":                     "this machine itself",
	"localhost6.localdomain6":        "this machine itself",
	"ip6-localhost":                  "this machine itself",
	"ip6-loopback":                   "this machine itself",
	"host.docker.internal":           "the host of this container",
	"gateway.docker.internal":        "the host of this container",
	"kubernetes.docker.internal":     "the host of this container",
	"docker.for.mac.host.internal":   "the host of this container",
	"docker.for.win.host.internal":   "the host of this container",
	"docker.for.linux.host.internal": "the host of this container",
	"host.containers.internal":       "the host of this container",
	"host.minikube.internal":         "the host of this container",
	"host.k3d.internal":              "the host of this container",
	"host.lima.internal":             "the host of this container",
	"host.orb.internal":              "the host of this container",
	"host.rancher-desktop.internal":  "the host of this container",
	"metadata":                       "a cloud's metadata service",
	"metadata.google.internal":       "a cloud's metadata service",
	"metadata.goog":                  "a cloud's metadata service",
	"instance-data":                  "a cloud's metadata service",
	"instance-data.ec2.internal":     "a cloud's metadata service",
	"metadata.azure.internal":        "a cloud's metadata service",
	"metadata.azure.com":             "a cloud's metadata service",
	"metadata.oraclecloud.com":       "a cloud's metadata service",
	"metadata.tencentyun.com":        "a cloud's metadata service",
	"metadata.ucloud.cn":             "a cloud's metadata service",
	"metadata.platformequinix.com":   "a cloud's metadata service",
	"metadata.packet.net":            "a cloud's metadata service",
	"rancher-metadata":               "a cloud's metadata service",
}

// Machine is where a machine's own network is read from. Its zero value is the machine that the program runs on.
type Machine struct {
	Addresses func() ([]net.Addr, error) // of its interfaces; nil means net.InterfaceAddrs
	Routes    fs.FS                      // has Linux's files route and ipv6_route; nil means /proc/net
}

// Local knows what is this machine or its neighbourhood: what only the machine itself may ask.
type Local struct {
	own      map[netip.Addr]bool
	gateways map[netip.Addr]bool
	// Where routes cannot be read, any address of an interface's network can be the gateway's.
	suspect []netip.Prefix
}

// Local reads the machine's network as it is now.
func (m Machine) Local() (*Local, error) {
	addresses := m.Addresses
	if addresses == nil {
		addresses = net.InterfaceAddrs
	}
	routes := m.Routes
	if routes == nil {
		routes = os.DirFS("/proc/net")
	}
	interfaces, err := addresses()
	if err != nil {
		return nil, fmt.Errorf("failed to read the addresses of this machine, which are not downloaded from: %w", err)
	}
	l := &Local{own: map[netip.Addr]bool{}, gateways: map[netip.Addr]bool{}}
	known4 := readRoutes(routes, "route", l.gateways, gateway4)
	known6 := readRoutes(routes, "ipv6_route", l.gateways, gateway6)
	for _, address := range interfaces {
		network, ok := address.(*net.IPNet)
		if !ok {
			continue
		}
		own, ok := netip.AddrFromSlice(network.IP)
		if !ok {
			continue
		}
		own = own.Unmap()
		l.own[own] = true
		if known := own.Is4() && known4 || own.Is6() && known6; !known {
			ones, _ := network.Mask.Size()
			l.suspect = append(l.suspect, netip.PrefixFrom(own, ones).Masked())
		}
	}
	return l, nil
}

// readRoutes adds the gateways in a table of routes, a line each, and reports whether the table could be read.
func readRoutes(routes fs.FS, name string, gateways map[netip.Addr]bool, gateway func(fields []string) (netip.Addr, bool)) bool {
	f, err := routes.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || fields[0] == "Iface" { // the heading
			continue
		}
		address, ok := gateway(fields)
		if !ok {
			return false
		}
		if !address.IsUnspecified() {
			gateways[address] = true
		}
	}
	return lines.Err() == nil
}

// gateway4 reads a line of /proc/net/route: the interface, the destination, and the gateway as a number whose bytes are in memory as the
// network has them.
func gateway4(fields []string) (netip.Addr, bool) {
	if len(fields) < 3 || len(fields[2]) != 8 {
		return netip.Addr{}, false
	}
	number, err := strconv.ParseUint(fields[2], 16, 32)
	var bytes [4]byte
	binary.NativeEndian.PutUint32(bytes[:], uint32(number))
	return netip.AddrFrom4(bytes), err == nil
}

// gateway6 reads a line of /proc/net/ipv6_route: destination, source, each with the length of its prefix, and the next hop.
func gateway6(fields []string) (netip.Addr, bool) {
	if len(fields) < 5 {
		return netip.Addr{}, false
	}
	bytes, err := hex.DecodeString(fields[4])
	address, ok := netip.AddrFromSlice(bytes)
	return address, err == nil && ok && len(bytes) == 16
}

// RefuseAddress refuses the addresses at which a machine in a cloud, the runner of a workflow, or its host answers questions that only it
// may ask: loopback, link-local and unspecified ones, the clouds' metadata services, the machine's own, and its gateways'. An IPv6
// address through which an IPv4 address can be reached is refused with it. Private networks are not refused: they have mirrors.
func (l *Local) RefuseAddress(address netip.Addr) error {
	address = address.Unmap().WithZone("")
	if err := l.refuse(address); err != nil {
		return err
	}
	if translatedHere.Contains(address) {
		return errors.New("it is translated to an IPv4 address that cannot be known")
	}
	for _, inner := range embedded(address) {
		if err := l.refuse(inner); err != nil {
			return fmt.Errorf("it leads to %v: %w", inner, err)
		}
	}
	return nil
}

// refuse looks at an address as it is.
func (l *Local) refuse(address netip.Addr) error {
	switch {
	case address.IsLoopback():
		return errors.New("it is this machine itself")
	case address.IsUnspecified() || address.Is4() && address.As4()[0] == 0 || address == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return errors.New("it is not the address of a server")
	case address.IsLinkLocalUnicast():
		return errors.New("it is a link-local address, as cloud metadata services have")
	case address.IsMulticast():
		return errors.New("it is a multicast address")
	case l.own[address]:
		return errors.New("it is this machine itself")
	case l.gateways[address]:
		return errors.New("it is this machine's gateway, which is the host of a container")
	}
	for prefix, what := range servicePrefixes {
		if prefix.Contains(address) {
			return fmt.Errorf("it is %s", what)
		}
	}
	for _, prefix := range l.suspect {
		if prefix.Contains(address) {
			return errors.New("it is in this machine's own network, whose gateway cannot be read from /proc/net")
		}
	}
	return nil
}

// Prefixes of IPv6 addresses that lead to IPv4 addresses.
var (
	translated     = netip.MustParsePrefix("64:ff9b::/96")    // NAT64 (RFC 6052)
	translatedHere = netip.MustParsePrefix("64:ff9b:1::/48")  // NAT64 with a layout of the network's own (RFC 8215)
	compatible     = netip.MustParsePrefix("::/96")           // IPv4-compatible (RFC 4291)
	stateless      = netip.MustParsePrefix("::ffff:0:0:0/96") // IPv4-translated (RFC 2765)
	sixToFour      = netip.MustParsePrefix("2002::/16")       // RFC 3056
	teredo         = netip.MustParsePrefix("2001::/32")       // RFC 4380
	isatapPrivate  = [4]byte{0x00, 0x00, 0x5e, 0xfe}          // ISATAP (RFC 5214), in bytes 8 to 11
	isatapGlobal   = [4]byte{0x02, 0x00, 0x5e, 0xfe}          // the same for IPv4 addresses that are unique
)

// embedded returns the IPv4 addresses that an IPv6 address leads to, by the ways that are standard.
func embedded(address netip.Addr) []netip.Addr {
	if !address.Is6() {
		return nil
	}
	bytes := address.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(bytes[i : i+4])) }
	switch {
	case translated.Contains(address), compatible.Contains(address), stateless.Contains(address):
		return []netip.Addr{at(12)}
	case sixToFour.Contains(address):
		return []netip.Addr{at(2)}
	case teredo.Contains(address):
		client := [4]byte(bytes[12:])
		for i := range client {
			client[i] ^= 0xff
		}
		return []netip.Addr{at(4), netip.AddrFrom4(client)}
	case [4]byte(bytes[8:12]) == isatapPrivate, [4]byte(bytes[8:12]) == isatapGlobal:
		return []netip.Addr{at(12)}
	}
	return nil
}

// RefuseName refuses names that are known to lead to what RefuseAddress refuses. It asks no resolver.
func (l *Local) RefuseName(name string) error {
	name = strings.ToLower(strings.TrimRight(name, "."))
	what, found := localNames[name]
	if strings.HasSuffix(name, ".localhost") {
		what, found = "this machine itself", true
	}
	if !found {
		return nil
	}
	return fmt.Errorf("it is a name of %s", what)
}
