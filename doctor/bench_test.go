package doctor_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tradepay/tradepay-go/doctor"
)

// BenchmarkDiagnose compares the doctor with the least that its search needs:
// one verification with each key available, and a hash of each content tried. It
// reports the slowest message of each table: the broken ones of the tests, and
// those that are made to keep it busy, with bodies of up to 1 MiB and with
// headers that are tried with 16 keys of 8192 bits.
func BenchmarkDiagnose(b *testing.B) {
	broken := make(map[string]doctor.Evidence)
	for name, ill := range allIllnesses(b) {
		broken[name] = patientWith(b, ill).evidence()
	}
	for _, table := range []struct {
		name     string
		messages map[string]doctor.Evidence
	}{{"broken", broken}, {"hostile-bodies", hostileBodies(b)}, {"hostile-headers", hostileHeaders(b)}} {
		b.Run(table.name, func(b *testing.B) {
			name := slowestDiagnosis(table.messages)
			e := table.messages[name]
			tried := doctor.Diagnose(e).Tried
			floor := searchByHand(e, tried)
			var found, hand []time.Duration
			for b.Loop() {
				start := time.Now()
				floor()
				middle := time.Now()
				_ = doctor.Diagnose(e)
				hand, found = append(hand, middle.Sub(start)), append(found, time.Since(middle))
			}
			b.ReportMetric(milliseconds(found)/milliseconds(hand), "x-floor")
			b.ReportMetric(milliseconds(found), "slowest-ms")
			b.ReportMetric(milliseconds(hand), "floor-ms")
			b.ReportMetric(float64(tried), "contents")
			b.ReportMetric(0, "ns/op") // of both together: it says nothing
			b.Logf("the slowest of %d is %q", len(table.messages), name)
		})
	}
}

// slowestDiagnosis names the message that takes longest, by the best of three
// runs.
func slowestDiagnosis(messages map[string]doctor.Evidence) string {
	var slowest string
	var longest time.Duration
	for name, e := range messages {
		best := time.Hour
		for range 3 {
			start := time.Now()
			_ = doctor.Diagnose(e)
			best = min(best, time.Since(start))
		}
		if best > longest {
			slowest, longest = name, best
		}
	}
	return slowest
}

// searchByHand verifies with each key that a diagnosis tries, and hashes as
// many contents.
func searchByHand(e doctor.Evidence, contents int) func() {
	keys := append(slices.Collect(maps.Values(e.Keys)), e.OtherKeys...)
	keys = slices.DeleteFunc(keys, func(key *rsa.PublicKey) bool { return key == nil })
	keys = keys[:min(len(keys), 16)]
	content := append([]byte(e.Method+" "+e.URI+"\n"+e.ClientID+"."+noon.Format(time.RFC3339)+"."), e.Body...)
	return func() {
		digest := sha256.Sum256(content)
		for range contents - 1 {
			digest = sha256.Sum256(content)
		}
		for _, key := range keys { // it fails, as most do
			_ = rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], make([]byte, key.Size()))
		}
	}
}

// milliseconds is the median.
func milliseconds(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Nanoseconds()) / 1e6
}
