package tradepay_test

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/wallets"
)

func TestUserAgent(t *testing.T) {
	t.Parallel()
	const path = "github.com/tradepay/tradepay-go"
	at := func(version string) debug.Module { return debug.Module{Path: path, Version: version} }
	shop := debug.Module{Path: "example.com/shop", Version: "v9.9.9"}
	fork, released, devel := debug.Module{Path: "example.com/fork", Version: "v0.1.1"}, at("v0.1.0"), at("(devel)")
	replaced, local := released, at("v0.0.0-00010101000000-000000000000")
	replaced.Replace = &fork
	local.Replace = &debug.Module{Path: "../tradepay-go"}
	other := debug.Module{Path: path + "/orderflow", Version: "v0.3.0"}
	for name, tt := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"no information": {nil, "tradepay-go"},
		"of a shop": {
			&debug.BuildInfo{Main: shop, Deps: []*debug.Module{&other, &released}}, "tradepay-go/0.1.0",
		},
		"of a shop with a fork": {&debug.BuildInfo{Main: shop, Deps: []*debug.Module{&replaced}}, "tradepay-go/0.1.1"},
		"of a shop with a copy": {&debug.BuildInfo{Main: shop, Deps: []*debug.Module{&local}}, "tradepay-go"},
		"of the command":        {&debug.BuildInfo{Main: at("v0.2.0-rc.1+dirty")}, "tradepay-go/0.2.0-rc.1+dirty"},
		"of a checkout":         {&debug.BuildInfo{Main: devel}, "tradepay-go"},
		"of something else":     {&debug.BuildInfo{Main: shop}, "tradepay-go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tradepay.UserAgentOf(tt.info))
		})
	}
}

func TestUserAgentIsSent(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(inquiryPath, signed(200, inquired("SUCCESS")))
	_, err := w.client().QueryOrder(t.Context(), tradepay.OrderRef{PaymentRequestID: "order-1"})
	require.NoError(t, err)
	require.Regexp(t, `^tradepay-go(/\d\S*)?$`, w.seenOn(inquiryPath)[0].header.Get("User-Agent"))
}
