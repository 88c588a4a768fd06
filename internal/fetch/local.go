package fetch

import (
	"errors"
	"fmt"
	"net/netip"
)

// metadataAddresses are where clouds serve a machine's credentials, beside link-local ones.
var metadataAddresses = map[netip.Addr]string{
	netip.MustParseAddr("fd00:ec2::254"):   "Amazon",
	netip.MustParseAddr("fd20:ce::254"):    "Google",
	netip.MustParseAddr("168.63.129.16"):   "Azure",
	netip.MustParseAddr("100.100.100.200"): "Alibaba",
	netip.MustParseAddr("192.0.0.192"):     "Oracle",
}

// translated is the prefix of IPv6 addresses that a NAT64 gateway passes on to the IPv4 address in their last four bytes
// (RFC 6052).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// RefuseLocal refuses the addresses at which a machine in a cloud, or the runner of a workflow, answers questions that
// only it may ask: loopback, link-local and unspecified ones, and the clouds' metadata services. Private networks are
// not refused: mirrors stand there.
func RefuseLocal(address netip.Addr) error {
	address = address.Unmap()
	if translated.Contains(address) {
		bytes := address.As16()
		address = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	switch {
	case address.IsLoopback():
		return errors.New("it is this machine itself")
	case address.IsUnspecified() || address.Is4() && address.As4()[0] == 0:
		return errors.New("it is no address of a server")
	case address.IsLinkLocalUnicast():
		return errors.New("it is a link-local address, as cloud metadata services have")
	case address.IsMulticast():
		return errors.New("it is a multicast address")
	}
	if cloud, found := metadataAddresses[address]; found {
		return fmt.Errorf("it is the metadata service of %s's cloud", cloud)
	}
	return nil
}
