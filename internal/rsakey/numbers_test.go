package rsakey_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/vectortest"
)

// TestNumbersOfWhichSomeAreMissing: D, or one prime, is enough, and a wrong one beside them does
// no harm. Without them, or with another N or E, there is no key.
func TestNumbersOfWhichSomeAreMissing(t *testing.T) {
	t.Parallel()
	want := vectortest.Key(t, "merchant")
	states := map[string]func(*big.Int) *big.Int{
		"right":   func(n *big.Int) *big.Int { return n },
		"missing": func(*big.Int) *big.Int { return nil },
		"zero":    func(*big.Int) *big.Int { return new(big.Int) },
		"wrong":   func(n *big.Int) *big.Int { return new(big.Int).Add(n, big.NewInt(2)) },
		"huge":    func(n *big.Int) *big.Int { return new(big.Int).Lsh(n, 20_000) },
	}
	for d, ofD := range states {
		for p, ofP := range states {
			for q, ofQ := range states {
				t.Run(fmt.Sprintf("D %s, P %s, Q %s", d, p, q), func(t *testing.T) {
					t.Parallel()
					numbers := rsakey.Numbers{
						N: want.N, E: big.NewInt(65537), D: ofD(want.D),
						Primes: []*big.Int{ofP(want.Primes[0]), ofQ(want.Primes[1])},
					}
					key, err := numbers.Private()
					if d == "right" || p == "right" || q == "right" {
						require.NoError(t, err)
						require.True(t, want.PublicKey.Equal(&key.PublicKey))
						require.NoError(t, key.Validate())
					} else {
						requireUnusable(t, err, "its numbers do not fit together")
					}
					for name, change := range map[string]func(*rsakey.Numbers){
						"N": func(k *rsakey.Numbers) { k.N = new(big.Int).Add(k.N, big.NewInt(2)) },
						"E": func(k *rsakey.Numbers) { k.E = big.NewInt(65539) },
					} {
						other := numbers
						change(&other)
						_, err := other.Private()
						require.Error(t, err, "another %s", name)
					}
				})
			}
		}
	}
}

func TestNumbersOfPublicKeys(t *testing.T) {
	t.Parallel()
	n, e := vectortest.Key(t, "wallet-v2").N, big.NewInt(65537)
	for says, numbers := range map[string]rsakey.Numbers{
		"":                          {N: n, E: e},
		"modulus or its exponent":   {},
		"is zero":                   {N: n},
		"even exponent":             {N: n, E: big.NewInt(65536)},
		"exponent other than 65537": {N: n, E: new(big.Int).Lsh(e, 64)},
		"even modulus":              {N: new(big.Int).Add(n, big.NewInt(1)), E: e},
		"small factor":              {N: new(big.Int).Mul(n, big.NewInt(997)), E: e},
	} {
		key, err := numbers.Public()
		if says == "" {
			require.NoError(t, err)
			require.Zero(t, n.Cmp(key.N))
			continue
		}
		requireUnusable(t, err, says)
	}
}

func requireUnusable(t *testing.T, err error, says string) {
	t.Helper()
	var fault *rsakey.UnusableError
	require.ErrorAs(t, err, &fault)
	require.Contains(t, fault.Rule, says)
	if strings.Contains(fault.Rule, "damaged") {
		require.NotContains(t, fault.Remedy, "genpkey", "its public half may be with the wallet")
	}
}
