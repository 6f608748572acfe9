package tradepay

import (
	"runtime/debug"
	"strings"
	"sync"
)

const modulePath = "github.com/tradepay/tradepay-go"

// userAgent is what the client calls itself to the wallet, such as tradepay-go/0.1.0,
// and without the version where the build does not tell it.
var userAgent = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return userAgentOf(info)
})

// userAgentOf finds the module in a program's build information: among those that it
// needs, or as the program itself.
func userAgentOf(info *debug.BuildInfo) string {
	const name = "tradepay-go"
	if info == nil {
		return name
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != modulePath {
			continue
		}
		if m.Replace != nil { // by what is built in its place
			m = m.Replace
		}
		version, isVersion := strings.CutPrefix(m.Version, "v")
		isPlaceholder := strings.HasPrefix(version, "0.0.0-00010101000000-")
		if isVersion && !isPlaceholder {
			return name + "/" + version
		}
	}
	return name
}
