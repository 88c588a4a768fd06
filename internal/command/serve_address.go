package command

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

// base is the URL of a folder of images that rows name.
type base struct {
	manifest string
	url      *url.URL
}

// defaultPort is where folders are served unless an address is given.
const defaultPort = "9999"

// checkListen decides where to listen, and warns where the rows name another place.
func (s *serving) checkListen(in *inputs.Serve, problems *problem.List) {
	port := ""
	for _, b := range s.bases {
		if named := report.PortOf(b.url); port == "" {
			port = named
		}
	}
	if port == "" {
		port = defaultPort
	}
	host := "127.0.0.1"
	switch text := in.Listen.Get(); {
	case text == "":
	case strings.Trim(text, "0123456789") == "":
		port = text
	default:
		given, givenPort, err := net.SplitHostPort(text)
		switch bare := strings.Trim(text, "[]"); {
		case err == nil && given != "":
			host, port = given, givenPort
		case err == nil:
			port = givenPort
		case !strings.Contains(text, ":") || net.ParseIP(bare) != nil:
			host = bare
		default:
			problems.Add("listen", "%s %q is not an address\ngive PORT, HOST or HOST:PORT", problem.Name("listen"), text)
			return
		}
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(number, 10) != port {
		problems.Add("listen", "%s %q has no port from 0 to 65535\ngive one, like 127.0.0.1:9999", problem.Name("listen"), in.Listen.Get())
		return
	}
	s.listen, s.said.Local = net.JoinHostPort(host, port), report.IsLoopback(host)
	for _, b := range s.bases {
		s.warnOfBase(b, port)
	}
}

// warnOfBase warns about rows that name another place than the server's.
func (s *serving) warnOfBase(b base, port string) {
	named := report.PortOf(b.url)
	switch local := report.IsLoopback(b.url.Hostname()); {
	case local && port != "0" && named != port:
		s.warnings.Add("listen", "the rows of %q name %q, and this server listens at port %s\ngive %s %s, or run a server for each port",
			b.manifest, b.url.Redacted(), port, problem.Name("listen"), named)
	case !local && s.said.Local:
		s.warnings.Add("listen", "the rows of %q name the host %q, and only this machine reaches the server\ngive %s 0.0.0.0:%s",
			b.manifest, b.url.Hostname(), problem.Name("listen"), port)
	}
	if secure := b.url.Scheme == "https"; secure && s.config.TLS == nil {
		s.warnings.Add("tls-cert", "the rows of %q name %q, and this server speaks plain HTTP\ngive %s and %s, unless a proxy in front of it does",
			b.manifest, b.url.Redacted(), problem.Name("tls-cert"), problem.Name("tls-key"))
	} else if !secure && s.config.TLS != nil {
		s.warnings.Add("tls-cert", "the rows of %q name %q, and this server speaks HTTPS\nleave %s out", b.manifest, b.url.Redacted(), problem.Name("tls-cert"))
	}
}

// locate fills in what is known once the server listens.
func (s *serving) locate(address net.Addr) {
	s.said.Address = address.String()
	host, port, err := net.SplitHostPort(s.said.Address)
	if err != nil {
		return
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // which this machine can try
	}
	scheme := "http"
	if s.config.TLS != nil {
		scheme = "https"
	}
	s.said.Base = scheme + "://" + net.JoinHostPort(host, port)
}
