package doctor

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/tradepay/tradepay-go/internal/stranger"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// judgeStranger says what answered in place of the wallet. It reports whether the
// response has nothing of the wallet's: none of its headers, and no result.
func (d *doctor) judgeStranger() bool {
	if d.e.Kind != EvidenceResponse || d.e.HeadersOnly {
		return false
	}
	d.indexHeaders()
	for _, name := range []string{"Signature", "Response-Time", "Client-Id"} {
		if d.first(name) != "" {
			return false
		}
	}
	seen := http.Header{}
	for _, name := range telling {
		seen.Set(name, d.first(name))
	}
	look := stranger.Look(d.e.Status, seen, d.e.Body)
	said := d.answered(look.What)
	if d.hasResult() {
		d.add(Finding{
			Cause: CauseMissingHeader, Certain: true,
			Summary: said + " with a result, but none of the wallet's headers: " +
				"Signature, Response-Time and Client-Id are absent.",
			Remedy: "Check the host and the path of the gateway: another API or a mock answers like this. If they " +
				"are right, find the proxy that drops headers.",
			Detail: fmt.Sprintf("body of %d bytes", len(d.e.Body)),
		})
		return false
	}
	d.add(Finding{
		Cause: CauseNotTheWallet, Certain: true,
		Summary: said + ", without a result and with none of the wallet's headers: the wallet's API does not " +
			"answer like this." + looks[look.Cause].what,
		Remedy: looks[look.Cause].remedy,
		Detail: fmt.Sprintf("body of %d bytes", len(d.e.Body)),
	})
	return true
}

// telling are the headers by which strangers are known.
var telling = []string{
	"Content-Type", "Content-Encoding", "Location", "Www-Authenticate", "Cf-Mitigated", "X-Amzn-Waf-Action",
}

// maxMedia is the length of the longest type of a content that the doctor shows.
const maxMedia = 64

// answered says what came: status, type of the content, and what that looks like.
func (d *doctor) answered(what string) string {
	parts := []string{"What answered is " + what}
	if d.e.Status != 0 {
		parts[0] = fmt.Sprintf("What answered is HTTP %d, %s", d.e.Status, what)
	}
	if media, _, err := mime.ParseMediaType(d.first("Content-Type")); err == nil && len(media) <= maxMedia {
		parts = append(parts, "Content-Type "+media) // in small letters, a token
	}
	return strings.Join(parts, ", ")
}

// hasResult reports whether the body is an answer of the platform's shape, which the
// wallet may have written.
func (d *doctor) hasResult() bool {
	body, err := strictjson.Parse(d.e.Body)
	if err != nil {
		return false
	}
	result, err := body.Object("result")
	return err == nil && (result["resultStatus"] != nil || result["resultCode"] != nil)
}

// looks say more of what answered, and what to change. The general remedy stands for
// those that have none.
var looks = map[stranger.Cause]struct{ what, remedy string }{
	stranger.CauseChallenge: {
		" It looks like the page by which a firewall tells people and programs apart.",
		"Ask the wallet to let your server's addresses through to its API: a firewall takes your program for a robot.",
	},
	stranger.CauseLogin: {
		" It looks like a login.",
		"Check the host and the path of the gateway, and whether a proxy or a portal on the way wants a login: the " +
			"wallet's API asks for a signature only.",
	},
	stranger.CauseCaptivePortal: {
		" The network of this machine wants a login.",
		"Log in to the network, or use another one: it lets nothing through before.",
	},
	stranger.CauseProxyAuth: {
		" A proxy wants a password.",
		"Give the proxy on the way its user and password.",
	},
	stranger.CauseRedirect: {
		" It names another address.",
		"Send the request to the address that the wallet documents, and follow no redirect: the signature is for " +
			"one address. A login page of the network looks the same.",
	},
	stranger.CauseNotFound: {
		" Nothing is at this path.",
		"Check the path of the request, its prefix and its version, and sandbox against production.",
	},
	stranger.CauseForbidden: {
		" Something does not let this machine through.",
		"Ask the wallet whether its allow-list has your server's addresses, and check the host of the gateway.",
	},
	stranger.CauseRateLimited: {
		" Something limits requests.",
		"Ask less often, and ask the wallet for its limit.",
	},
	stranger.CauseGateway: {
		" The wallet, or something before it, is in trouble.",
		"Wait; if it lasts, tell the wallet when it began and for which host.",
	},
	stranger.CauseHTTPSExpected: {
		" The server speaks TLS, and the request did not.",
		"Send the request to https.",
	},
	stranger.CauseClientCert: {
		" The server wants a client certificate.",
		"Get a client certificate from the wallet and use it for the connection.",
	},
	stranger.CauseCompressed: {
		" Its compression is not the wallet's.",
		"Find what compresses answers, such as a CDN or a proxy, and ask for none: the signature is over the bytes " +
			"that the wallet wrote.",
	},
}
