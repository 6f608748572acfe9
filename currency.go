package tradepay

// MinorDigits returns how many decimals the ISO 4217 currency has: 2 for USD,
// 0 for JPY and CLP, 3 for IQD. It reports false for a code that has no minor
// unit in ISO 4217 list one. It knows the list published 2026-01-01, and ANG and
// BGN, which were withdrawn in 2025 and 2026: refunds may still need them.
func MinorDigits(currency string) (digits int, ok bool) {
	d, ok := minorDigits[currency]
	return int(d), ok
}

// minorDigits holds every code to which ISO 4217 list one gives a minor unit.
// Among them are funds codes, but no metals, composite units or test codes.
var minorDigits = func() map[string]int8 {
	m := make(map[string]int8, 192)
	for digits, codes := range map[int8]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD " +
			"CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS " +
			"GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD " +
			"LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN " +
			"PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL " +
			"THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for i := 0; i < len(codes); i += 4 {
			m[codes[i:i+3]] = digits
		}
	}
	return m
}()
