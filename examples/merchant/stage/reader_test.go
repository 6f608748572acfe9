package stage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Numbers are those of the region, and times those of the zone.
func TestReader(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	x := &exported{Run: runSummary{StartedAt: at, Amount: "1169.20 ZAR", PaymentID: "p1",
		Verdict: Verdict{Key: "verdict.agreePaid", Charged: "1169.20 ZAR", Shop: "paid"}}}
	for _, tt := range []struct {
		name, lang, locale, zone, amount, time string
	}{
		{"nothing said", "en", "", "", "1,169.20\u00a0ZAR", "2026-11-30 23:30:00 UTC"},
		{"Spain", "es", "es-ES", "Europe/Madrid", "1.169,20\u00a0ZAR", "2026-12-01 00:30:00 CET"},
		{"Mexico", "es", "es-MX", "America/Mexico_City", "1,169.20\u00a0ZAR", "2026-11-30 17:30:00 CST"},
		{"another language's region", "es", "en-US", "UTC", "1.169,20\u00a0ZAR", "2026-11-30 23:30:00 UTC"},
		{"no such region and zone", "en", "en-zzzzzzzzzzz", "../etc/passwd",
			"1,169.20\u00a0ZAR", "2026-11-30 23:30:00 UTC"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, known := languageNamed(tt.lang)
			require.True(t, known)
			r := newReader(l, tt.locale, tt.zone)
			svg := string(diagram(r, x))
			require.Contains(t, svg, ">"+tt.amount+"  p1  "+tt.time+"<")
			require.Contains(t, svg, tt.amount+",", "the verdict")
			require.Equal(t, "12345678901234567.89 ZAR", r.money("12345678901234567.89 ZAR"), "not exact anymore")
			require.Equal(t, "unknown", r.money("unknown"))
		})
	}
}
