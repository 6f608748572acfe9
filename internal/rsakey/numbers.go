package rsakey

import (
	"crypto/rsa"
	"math/big"
	"sync"
)

// Numbers are the numbers of an RSA key as a file states them. A public key has the
// modulus N and the exponent E. A private key has the exponent D, the primes, or both.
// Zero or nil is a number that the file does not state.
type Numbers struct {
	N, E, D *big.Int
	Primes  []*big.Int
}

// Equal reports whether two files state one key: the public half is its name.
func (k Numbers) Equal(other Numbers) bool {
	return stated(k.N).Cmp(stated(other.N)) == 0 && stated(k.E).Cmp(stated(other.E)) == 0
}

// Public returns the public half, or an [UnusableError].
func (k Numbers) Public() (*rsa.PublicKey, error) {
	key := &rsa.PublicKey{N: new(big.Int).Set(stated(k.N))}
	e := stated(k.E)
	switch {
	case key.N.Sign() == 0 || e.Sign() == 0:
		return nil, &UnusableError{Rule: "is damaged: its modulus or its exponent is zero", Remedy: original}
	case e.BitLen() < 31:
		key.E = int(e.Int64())
	default: // it may be no int here: any odd value that Check rejects
		key.E = 1
	}
	if err := Check(key); err != nil {
		return nil, err
	}
	if new(big.Int).GCD(nil, nil, key.N, smallPrimes()).BitLen() != 1 {
		return nil, &UnusableError{
			Rule: "is damaged: its modulus has a small factor, which that of a key never has", Remedy: original,
		}
	}
	return key, nil
}

// Private returns the whole key, or an [UnusableError]. As OpenSSL does, it takes what is
// right of D and the primes, and works out the rest: the values that only make
// signing faster are never read. The modulus and the exponent, which the wallet
// has, are never changed. The key has made a signature that its public half verifies.
func (k Numbers) Private() (*rsa.PrivateKey, error) {
	damaged := &UnusableError{Rule: "is damaged: its numbers do not fit together", Remedy: original}
	n, e := stated(k.N), stated(k.E)
	if n.BitLen() > MaxBits || n.Bit(0) == 0 || e.Bit(0) == 0 || e.BitLen() > 64 {
		if _, err := k.Public(); err != nil {
			return nil, err
		}
		return nil, damaged
	}
	primes := k.primes()
	if primes == nil {
		return nil, damaged
	}
	d := stated(k.D)
	if d.Sign() == 0 || d.Cmp(n) >= 0 || !inverse(e, d, primes) {
		if e.Cmp(big.NewInt(exponent)) != 0 && inverse(big.NewInt(exponent), d, primes) {
			return nil, damaged // it is the exponent that is wrong
		}
		if d = inverted(e, primes); d == nil {
			return nil, damaged
		}
	}
	public, err := k.Public()
	if err != nil {
		return nil, err
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: new(big.Int).Set(d), Primes: primes}
	key.Precompute()
	if err := CheckPrivate(key); err != nil {
		return nil, err
	}
	content := []byte("a signature that its own public key verifies")
	if signature, err := Sign(key, content); err != nil || !Verifies(public, content, signature) {
		return nil, damaged
	}
	return key, nil
}

// primes returns the factors of N: those that are stated if they are right, those that
// one of them or D leads to otherwise, or nil.
func (k Numbers) primes() []*big.Int {
	product := big.NewInt(1)
	var given []*big.Int
	for _, p := range k.Primes {
		if p = stated(p); p.BitLen() < 2 || p.BitLen() > k.N.BitLen() {
			continue
		}
		given = append(given, new(big.Int).Set(p))
		product.Mul(product, p)
		if product.BitLen() > MaxBits {
			break
		}
	}
	if len(given) >= 2 && product.Cmp(k.N) == 0 {
		return given
	}
	for _, p := range given {
		if q, rest := new(big.Int).QuoRem(k.N, p, new(big.Int)); rest.Sign() == 0 && q.BitLen() > 1 {
			return []*big.Int{p, q}
		}
	}
	return factored(k.N, stated(k.E), stated(k.D))
}

// factored returns the two primes of n, which the private exponent d leads to, the larger
// first, or nil if d is not that of n and e. It is the way of RSA's inventors:
// e*d-1 is a multiple of the order of every number, so that a square root of
// 1 which is neither 1 nor -1 turns up soon.
func factored(n, e, d *big.Int) []*big.Int {
	one := big.NewInt(1)
	order := new(big.Int).Mul(e, d)
	order.Sub(order, one)
	if d.Sign() <= 0 || d.BitLen() > n.BitLen() || order.Sign() <= 0 || order.Bit(0) != 0 {
		return nil
	}
	twos := order.TrailingZeroBits()
	odd := new(big.Int).Rsh(order, twos)
	last := new(big.Int).Sub(n, one)
	for base := int64(2); base < 100; base++ { // each finds it with a chance of at least one half
		x := new(big.Int).Exp(big.NewInt(base), odd, n)
		for range twos {
			square := new(big.Int).Mul(x, x)
			square.Mod(square, n)
			if square.Cmp(one) == 0 {
				break
			}
			x = square
		}
		if square := new(big.Int).Mul(x, x); square.Mod(square, n).Cmp(one) != 0 {
			return nil // d is not the exponent of this key
		}
		if x.Cmp(one) == 0 || x.Cmp(last) == 0 {
			continue
		}
		p := new(big.Int).GCD(nil, nil, new(big.Int).Sub(x, one), n)
		q := new(big.Int).Quo(n, p)
		if p.Cmp(q) < 0 {
			p, q = q, p
		}
		return []*big.Int{p, q}
	}
	return nil
}

// inverse reports whether d undoes e for these primes.
func inverse(e, d *big.Int, primes []*big.Int) bool {
	product := new(big.Int).Mul(e, d)
	product.Sub(product, big.NewInt(1))
	for _, p := range primes {
		less := new(big.Int).Sub(p, big.NewInt(1))
		if new(big.Int).Mod(product, less).Sign() != 0 {
			return false
		}
	}
	return true
}

// inverted returns the smallest d that undoes e for these primes, or nil if there is none.
func inverted(e *big.Int, primes []*big.Int) *big.Int {
	order := big.NewInt(1)
	for _, p := range primes {
		less := new(big.Int).Sub(p, big.NewInt(1))
		common := new(big.Int).GCD(nil, nil, order, less)
		order.Mul(order, less.Quo(less, common))
	}
	return new(big.Int).ModInverse(e, order)
}

// stated returns a number, or 0 if it is not stated.
func stated(number *big.Int) *big.Int {
	if number == nil {
		return new(big.Int)
	}
	return number
}

// smallPrimes is the product of the odd primes below 1000. Of the numbers that a
// slip of the hand makes of a modulus, it finds five in six.
var smallPrimes = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for n := int64(3); n < 1000; n += 2 {
		if p := big.NewInt(n); p.ProbablyPrime(0) {
			product.Mul(product, p)
		}
	}
	return product
})
