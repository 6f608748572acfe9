package tradepaytest_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails if a wallet leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	for wait := time.Millisecond; ; wait *= 2 {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "tradepaytest.(*Wallet)") {
			break
		}
		if wait > 2*time.Minute { // a loaded machine takes its time
			fmt.Println("goroutines after Close:\n" + stacks)
			code = 1
			break
		}
		time.Sleep(wait)
	}
	os.Exit(code)
}
