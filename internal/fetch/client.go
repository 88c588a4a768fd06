package fetch

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-retryablehttp"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/urls"
)

const (
	maxDownload      = 1 << 30          // bytes, COCO's largest archive has 241 MB
	maxDownloadTime  = 10 * time.Minute // for everything, all tries and the pauses between them
	maxDownloadStall = time.Minute      // without a connection or without a byte
	downloadTries    = 4
	firstRetryPause  = time.Second // doubled for each further try
	maxRetryPause    = 30 * time.Second
	maxRedirects     = 10
	headBytes        = 512             // of a download that its check sees
	maxLookupTime    = 2 * time.Second // for a name that a proxy finds, whatever is known of it here
)

// Client downloads a file over HTTP. Its zero value is ready to use, and takes anything.
type Client struct {
	// Check says what is wrong with what arrives, by its first bytes, at most headBytes; nil takes anything.
	Check func(head []byte) error
	// Remedy says what to do where a download fails, behind a colon; "" says nothing.
	Remedy string

	// Arrived is told the length of each piece that arrives, of every try; nil is not.
	Arrived func(bytes int)

	// Refuse is asked about every address before it is connected to, whether a name led there or a redirect; nil refuses
	// none. Where a proxy makes the connections, only the proxy sees what names lead to: then Refuse is asked about
	// addresses in URLs, and about those that names lead to from here, as far as they can be found.
	Refuse func(netip.Addr) error
	// RefuseName is asked about the name of every server, of redirects as well; nil refuses none.
	RefuseName func(string) error

	proxy     func(*http.Request) (*url.URL, error)                                 // nil means what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say
	lookup    func(ctx context.Context, network, host string) ([]netip.Addr, error) // nil means that of net.DefaultResolver
	transport http.RoundTripper                                                     // used instead of connections of its own; never together with refuse

	limit int64         // bytes; 0 means maxDownload
	total time.Duration // 0 means maxDownloadTime
	stall time.Duration // 0 means maxDownloadStall
	pause time.Duration // before the second try; 0 means firstRetryPause
}

// ErrRefused marks a connection that was not made because of where it led.
var ErrRefused = errors.New("refused to connect")

// bodyFault is a fault in the middle of a download, which a further try may not have.
type bodyFault struct{ error }

func (b *bodyFault) Unwrap() error { return b.error }

// diskFault is a fault of the file that a download goes into, about which the server can do nothing.
type diskFault struct{ error }

func (d *diskFault) Unwrap() error { return d.error }

// storeFault names the folder only: the file may have a temporary name.
func storeFault(dst *os.File, err error) error {
	return &diskFault{files.Explain("store the download in", filepath.Dir(dst.Name()), err)}
}

// Download downloads rawURL into dst, replacing what dst holds, and returns the number of bytes. Passing faults (a connection
// that breaks or stalls, 429, 5xx, a body that is cut short) are tried again from the beginning. What has
// arrived has to pass the check.
//
// An error says what to do. After one, dst holds anything. An error that came from ctx wraps ctx.Err().
func (f Client) Download(ctx context.Context, rawURL string, dst *os.File) (int64, error) {
	if err := urls.Check(rawURL); err != nil {
		return 0, err
	}
	total := cmp.Or(f.total, maxDownloadTime)
	timed, cancel := context.WithTimeout(ctx, total)
	defer cancel()
	n, tries, err := f.try(timed, rawURL, dst)
	if err == nil {
		return n, nil
	}
	if ctx.Err() != nil {
		return 0, fmt.Errorf("failed to download %s: %w", escape.URL(rawURL), ctx.Err())
	}
	if timed.Err() != nil {
		err = fmt.Errorf("not finished after %v: %w", total, err)
	}
	fault := &plainFault{rawURL, err}
	if local := (*diskFault)(nil); errors.As(err, &local) {
		return 0, fmt.Errorf("failed to download %s: %w (set TMPDIR)", escape.URL(rawURL), fault)
	}
	times := ""
	if tries > 1 {
		times = fmt.Sprintf(" in %d tries", tries)
	}
	remedy := ""
	if f.Remedy != "" {
		remedy = ": " + f.Remedy
	}
	return 0, fmt.Errorf("failed to download %s%s: %w%s", escape.URL(rawURL), times, fault, remedy)
}

// try downloads rawURL, in up to downloadTries tries. Its error is that of the last.
func (f Client) try(ctx context.Context, rawURL string, dst *os.File) (n int64, tries int, err error) {
	transport, err := f.roundTripper()
	if err != nil {
		return 0, 0, err
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return 0, 0, err
	}
	request.Header.Set("User-Agent", "mmjsonl")
	request.SetResponseHandler(func(response *http.Response) error {
		defer response.Body.Close()
		var err error
		n, err = f.store(response, dst)
		return err
	})

	var last error // why the last try failed
	client := retryablehttp.Client{
		HTTPClient:     &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		RetryMax:       downloadTries - 1,
		RetryWaitMin:   cmp.Or(f.pause, firstRetryPause),
		RetryWaitMax:   maxRetryPause,
		Backoff:        retryPause,
		RequestLogHook: func(retryablehttp.Logger, *http.Request, int) { tries++ },
		CheckRetry: func(ctx context.Context, response *http.Response, err error) (bool, error) {
			switch {
			case err != nil:
				last = err
			case isPassing(response.StatusCode):
				last = statusFault(response)
				response.Body.Close() // or the client would wait for its beginning
			default:
				return false, nil
			}
			return ctx.Err() == nil && (err == nil || f.mayPass(ctx, err)), last
		},
		// The client's own words have the URL in them.
		ErrorHandler: func(response *http.Response, err error, _ int) (*http.Response, error) { return response, err },
	}
	if _, err := client.Do(request); err != nil {
		if last != nil {
			err = last
		}
		return 0, tries, err
	}
	return n, tries, nil
}

// store writes a response to dst, and checks it. Of its errors, only a *bodyFault may pass.
func (f Client) store(response *http.Response, dst *os.File) (int64, error) {
	if response.StatusCode != http.StatusOK {
		return 0, statusFault(response)
	}
	limit := cmp.Or(f.limit, maxDownload)
	if response.ContentLength > limit {
		return 0, fmt.Errorf("the server announces %d bytes: at most %d are taken", response.ContentLength, limit)
	}
	if err := dst.Truncate(0); err != nil {
		return 0, storeFault(dst, err)
	}
	if _, err := dst.Seek(0, io.SeekStart); err != nil {
		return 0, storeFault(dst, err)
	}
	body := &body{r: response.Body, arrived: f.Arrived}
	n, err := io.Copy(dst, io.LimitReader(body, limit+1))
	var fault *bodyFault
	switch {
	case errors.As(err, &fault):
		return 0, err
	case err != nil:
		return 0, storeFault(dst, err)
	case n > limit:
		return 0, fmt.Errorf("the server sends more than %d bytes", limit)
	}
	if f.Check != nil {
		if err := f.Check(body.head); err != nil {
			return 0, fmt.Errorf("what the server sent cannot be used: %w", err)
		}
	}
	return n, nil
}

// body reads a response's body, keeps its beginning, and marks its faults.
type body struct {
	r       io.Reader
	head    []byte
	arrived func(bytes int)
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.arrived != nil {
		b.arrived(n)
	}
	b.head = append(b.head, p[:min(n, headBytes-len(b.head))]...)
	switch {
	case err == nil, err == io.EOF:
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		err = &bodyFault{fmt.Errorf("what the server sent is not in gzip as it says: %w", err)}
	default:
		err = &bodyFault{fmt.Errorf("the connection broke: %w", err)}
	}
	return n, err
}

// statusFault is the error of a response that is not 200.
func statusFault(response *http.Response) error {
	return fmt.Errorf("the server answers %d %s", response.StatusCode, http.StatusText(response.StatusCode))
}

// isPassing reports whether a further request may be answered otherwise.
func isPassing(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
		status >= 500 && status != http.StatusNotImplemented
}

// mayPass reports whether a further try may not end in the same error.
func (f Client) mayPass(ctx context.Context, err error) bool {
	var fault *bodyFault
	var transport *url.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &fault):
		return true
	case !errors.As(err, &transport): // of store
		return false
	case errors.Is(err, ErrRefused), errors.Is(err, errRedirect):
		return false
	case errors.As(err, &name) && name.IsNotFound:
		return false
	}
	again, _ := retryablehttp.DefaultRetryPolicy(ctx, nil, err) // knows what is wrong with certificates
	return again
}

// retryPause is the library's, which follows a server's Retry-After, within our bound.
func retryPause(least, most time.Duration, try int, response *http.Response) time.Duration {
	pause := retryablehttp.DefaultBackoff(least, most, try, response)
	if pause < 0 || pause > most {
		return most
	}
	return pause
}

// errRedirect marks a redirect that is not followed.
var errRedirect = errors.New("the redirect is not followed")

func checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("%w: it is the %dth", errRedirect, len(before))
	}
	if err := urls.Check(next.URL.String()); err != nil {
		return fmt.Errorf("%w: %w", errRedirect, err)
	}
	next.Header.Del("Referer") // a signed URL's signature is not for another server
	return nil
}

// roundTripper returns what makes the connections.
func (f Client) roundTripper() (http.RoundTripper, error) {
	if f.transport != nil {
		if f.Refuse != nil || f.RefuseName != nil {
			return nil, errors.New("a transport that makes its own connections cannot be kept from refused addresses")
		}
		return f.transport, nil
	}
	// The proxy's own address is the operator's choice and is not refused, so the two ways need a dialer each.
	return &connections{
		client:  f,
		direct:  f.connect(f.Refuse, nil),
		proxied: f.connect(nil, f.proxyOf),
	}, nil
}

// proxyOf returns the proxy that a request goes through, nil if it goes through none.
func (f Client) proxyOf(request *http.Request) (*url.URL, error) {
	if f.proxy != nil {
		return f.proxy(request)
	}
	return http.ProxyFromEnvironment(request)
}

// Proxied reports whether a proxy makes the connection to a URL's server.
func (f Client) Proxied(rawURL string) bool {
	request, err := http.NewRequest(http.MethodGet, rawURL, nil)
	if err != nil {
		return false
	}
	proxy, err := f.proxyOf(request)
	return err == nil && proxy != nil
}

// connect returns a transport whose every connection is one of its own, refused where refuse says so and broken off when it
// stalls.
func (f Client) connect(refuse func(netip.Addr) error, proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	stall := cmp.Or(f.stall, maxDownloadStall)
	dialer := &net.Dialer{Timeout: stall}
	if refuse != nil {
		// Here the address is the one that is about to be connected to, whatever the name led to before.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			target, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("%w to %q: %w", ErrRefused, address, err)
			}
			return refused(refuse, target.Addr())
		}
	}
	return &http.Transport{
		Proxy: proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &impatientConn{conn, stall}, nil
		},
		TLSHandshakeTimeout: stall,
		DisableKeepAlives:   true,
		ForceAttemptHTTP2:   true,
	}
}

// impatientConn is a connection on which no byte may take longer than stall.
type impatientConn struct {
	net.Conn
	stall time.Duration
}

func (c *impatientConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// connections sends each request directly or through the proxy.
type connections struct {
	client          Client
	direct, proxied http.RoundTripper
}

func (c *connections) RoundTrip(request *http.Request) (*http.Response, error) {
	host := request.URL.Hostname()
	if err := c.client.refuseHost(host); err != nil {
		return nil, err
	}
	proxy, err := c.client.proxyOf(request)
	if err != nil {
		return nil, fmt.Errorf("failed to read the proxy's address from the environment: %w", err)
	}
	if proxy == nil {
		return c.direct.RoundTrip(request)
	}
	if err := c.client.refuseFound(request.Context(), host); err != nil {
		return nil, err
	}
	return c.proxied.RoundTrip(request)
}

// refuseHost returns an error if the host of a URL is refused by what it is called. What only resembles an address, as 127.1, 0x7f000001
// and digits that are not ASCII do, is refused: resolvers and proxies differ in what they take it for.
func (f Client) refuseHost(host string) error {
	if f.Refuse == nil && f.RefuseName == nil {
		return nil
	}
	if address, err := netip.ParseAddr(host); err == nil {
		return refused(f.Refuse, address)
	}
	for _, c := range []byte(host) {
		if c >= utf8.RuneSelf {
			return fmt.Errorf("%w to %q: give the name in ASCII, as xn--…", ErrRefused, host)
		}
	}
	label := strings.TrimRight(host, ".")
	label = label[strings.LastIndexByte(label, '.')+1:]
	if label != "" && label[0] >= '0' && label[0] <= '9' {
		return fmt.Errorf("%w to %q: give the address in full", ErrRefused, host)
	}
	if f.RefuseName != nil {
		if err := f.RefuseName(host); err != nil {
			return fmt.Errorf("%w to %q: %w", ErrRefused, host, err)
		}
	}
	return nil
}

// refuseFound returns an error if a name that a proxy will find leads to a refused address as far as this machine knows. Where it knows
// nothing, the proxy decides.
func (f Client) refuseFound(ctx context.Context, host string) error {
	if _, err := netip.ParseAddr(host); err == nil || f.Refuse == nil {
		return nil
	}
	lookup := f.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupNetIP
	}
	timed, cancel := context.WithTimeout(ctx, maxLookupTime)
	defer cancel()
	addresses, _ := lookup(timed, "ip", host)
	for _, address := range addresses {
		if err := refused(f.Refuse, address); err != nil {
			return err
		}
	}
	return nil
}

// refused asks refuse about an address.
func refused(refuse func(netip.Addr) error, address netip.Addr) error {
	if refuse == nil {
		return nil
	}
	if err := refuse(address.Unmap().WithZone("")); err != nil {
		return fmt.Errorf("%w to %v: %w", ErrRefused, address, err)
	}
	return nil
}

// plainFault is an error of a download made fit to be shown: without the secrets of the URL that was asked for, with the one
// that failed if it is another, and without characters that a server may have put there to be more than text.
type plainFault struct {
	asked string
	err   error
}

func (p *plainFault) Unwrap() error { return p.err }

func (p *plainFault) Error() string {
	text := p.err.Error()
	var transport *url.Error
	if errors.As(p.err, &transport) {
		// Its text begins with the method and the whole URL.
		place := ""
		if escape.URL(transport.URL) != escape.URL(p.asked) {
			place = " (redirected to " + escape.URL(transport.URL) + ")"
		}
		text = strings.Replace(text, transport.Error(), transport.Err.Error()+place, 1)
	}
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxFaultShown {
		text = strings.ToValidUTF8(text[:maxFaultShown], "") + "…"
	}
	return text
}

// maxFaultShown is how much of a server's or a library's words an error shows, in bytes.
const maxFaultShown = 400
