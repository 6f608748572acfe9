package main

import (
	"crypto/rand"
	"flag"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tradepay/tradepay-go/internal/loopback"
	"github.com/tradepay/tradepay-go/tradepaytest"
)

const (
	// journalled is how many steps the sandbox remembers for its control API.
	journalled = 1000
	// controlTokenFile is where the sandbox writes the token of its control API.
	controlTokenFile = "sandbox-control-token"
)

// plainPrefix is what a client can put before the wallet's paths.
var plainPrefix = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)+$`)

// reach is how the sandbox is reached, and whom it reaches.
type reach struct {
	network   *bool
	tls       *bool
	publicURL *string
	tokenFile *string
	routes    *routes
}

func (fs *flagSet) reach() reach {
	return reach{
		network: fs.toggle("reachable-from-network"), tls: fs.toggle("tls"), publicURL: fs.text("public-url"),
		tokenFile: fs.text("control-token-file"), routes: flagValue[*routes](fs, "notify-to"),
	}
}

// check says what does not fit together.
func (r reach) check(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err == nil && !loopback.Host(host) && !*r.network {
		return usage("-address %s is not on loopback, and the sandbox's keys are published: "+
			"-reachable-from-network lets other machines in, with keys of its own and a token for the control API",
			printable(address))
	}
	if *r.tokenFile != "" && !*r.network {
		return usage("-control-token-file is for -reachable-from-network: on loopback, the control API wants no token")
	}
	if *r.publicURL != "" {
		u, err := url.Parse(*r.publicURL)
		if err != nil {
			return usage("-public-url: %w", err)
		}
		if name := gatewayOf(u, ""); name != "" {
			return usage("-public-url %s is the gateway of %s: the sandbox is none", printable(u.Host), name)
		}
		if !loopback.Host(u.Hostname()) && !*r.network {
			return usage("-public-url %s is not on loopback, and the sandbox's keys are published: "+
				"-reachable-from-network gives it keys of its own", printable(*r.publicURL))
		}
	}
	return nil
}

// options are those of the wallet, and the token of its control API, "" for none.
func (r reach) options() (opts []tradepaytest.Option, token string, err error) {
	if *r.network {
		token = rand.Text()
		if *r.tokenFile != "" {
			data, err := os.ReadFile(*r.tokenFile)
			if err != nil {
				return nil, "", failed("-control-token-file: %w", err)
			}
			token = strings.TrimSpace(string(data))
		}
		opts = append(opts, tradepaytest.WithNetwork(token))
	}
	if *r.tls {
		opts = append(opts, tradepaytest.WithTLS())
	}
	if *r.publicURL != "" {
		opts = append(opts, tradepaytest.WithPublicURL(*r.publicURL))
	}
	for _, route := range *r.routes {
		opts = append(opts, tradepaytest.WithNotifyTo(route[0], route[1]))
	}
	return opts, token, nil
}

// keys are how those of the wallet are written.
func (r reach) keys() keyFiles {
	if *r.network {
		return madeKeys
	}
	return publishedKeys
}

// write writes what clients need beside sandbox.env, and returns where.
func (r reach) write(wallet *tradepaytest.Wallet, token, dir string) (map[string]string, error) {
	files := make(map[string]string)
	if ca := wallet.Authority(); ca != nil {
		files["ca"] = filepath.Join(dir, "sandbox-ca.pem")
		if err := replace(files["ca"], ca); err != nil {
			return nil, err
		}
	}
	if token != "" {
		files["controlToken"] = filepath.Join(dir, controlTokenFile)
		if err := replace(files["controlToken"], []byte(token+"\n")); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// routes is the value of the flag -notify-to, which may come several times.
type routes [][2]string

func newRoutes() flag.Value { return new(routes) }

// String implements [flag.Value].
func (r *routes) String() string { return "" }

// Set implements [flag.Value].
func (r *routes) Set(text string) error {
	host, target, ok := strings.Cut(text, "=")
	u, err := url.Parse(target)
	if !ok || err != nil || u.Host == "" {
		return newNotice("%s is not like shop.example=http://127.0.0.1:8080", printable(text))
	}
	if name := gatewayOf(u, ""); name != "" {
		return newNotice("%s is the gateway of %s: notifications go to a merchant", printable(u.Host), name)
	}
	*r = append(*r, [2]string{host, target})
	return nil
}
