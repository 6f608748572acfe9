package tradepay_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		decimal, currency string
		value             int64
		text              string // of Decimal, if it differs
	}{
		"two decimals":                      {"10.50", "USD", 1050, ""},
		"one decimal of two":                {"10.5", "USD", 1050, "10.50"},
		"no decimals of two":                {"10", "USD", 1000, "10.00"},
		"the smallest amount":               {"0.01", "USD", 1, ""},
		"a zero before the point":           {"0.50", "EUR", 50, ""},
		"a currency without decimals":       {"1050", "CLP", 1050, ""},
		"the smallest without decimals":     {"1", "JPY", 1, ""},
		"three decimals":                    {"1.050", "IQD", 1050, ""},
		"two decimals of three":             {"1.05", "IQD", 1050, "1.050"},
		"the smallest of three decimals":    {"0.001", "BHD", 1, ""},
		"four decimals":                     {"1.0001", "CLF", 10001, ""},
		"a withdrawn currency":              {"5.00", "BGN", 500, ""},
		"16 digits with two decimals":       {"99999999999999.99", "USD", 9_999_999_999_999_999, ""},
		"16 digits without decimals":        {"9999999999999999", "CLP", 9_999_999_999_999_999, ""},
		"16 digits with four decimals":      {"999999999999.9999", "CLF", 9_999_999_999_999_999, ""},
		"16 digits with decimals left out":  {"99999999999999", "USD", 9_999_999_999_999_900, "99999999999999.00"},
		"zeros inside are digits like else": {"100.00", "ZAR", 10000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := tradepay.ParseAmount(tt.decimal, tt.currency)
			require.NoError(t, err)
			require.Equal(t, tradepay.Amount{Currency: tt.currency, Value: tt.value}, a)
			want := tt.text
			if want == "" {
				want = tt.decimal
			}
			require.Equal(t, want, a.Decimal())
			require.Equal(t, want+" "+tt.currency, a.String())
			again, err := tradepay.ParseAmount(a.Decimal(), a.Currency)
			require.NoError(t, err)
			require.Equal(t, a, again)
		})
	}
}

// TestParseAmountBetweenThousands: one country separates thousands with the sign
// that is the decimal point of another. ParseAmount does not guess, and does not
// advise to round what may be thousands.
func TestParseAmountBetweenThousands(t *testing.T) {
	t.Parallel()
	const (
		none = `decimal: CLP has no decimals; the dot seems to separate thousands; leave separators out: one ` +
			`thousand is "1000"`
		comma = `decimal: CLP has no decimals; the comma seems to separate thousands; leave separators out: one ` +
			`thousand is "1000"`
		two = "decimal: USD has 2 decimals, the text has 3; round it first, or leave the dot out if it separates " +
			"thousands"
		digits = `decimal: must be digits with at most one decimal point; write it like "10.50", without separators ` +
			`of thousands`
		whole = `decimal: must be digits with at most one decimal point; write it like "1050", without separators of ` +
			`thousands`
	)
	for _, tt := range []struct{ decimal, currency, text string }{
		{"1.000", "CLP", none},
		{"12.500", "CLP", none},
		{"999.999", "CLP", none},
		{"1.000.000", "CLP", none},
		{"1,000", "CLP", comma},
		{"1,234,567", "CLP", comma},
		{"1.000", "USD", two},
		{"999.999", "USD", two},
		{"1,000", "USD", digits},
		{"1,000.00", "USD", digits},
		{"1.000,00", "USD", digits},
		{"1.000.000", "USD", digits},
		{"1,000", "IQD", digits},
		{"0.000", "CLP", "decimal: CLP has 0 decimals, the text has 3; round it first"},
		{"0.505", "USD", "decimal: USD has 2 decimals, the text has 3; round it first"},
		{"1000.000", "CLP", "decimal: CLP has 0 decimals, the text has 3; round it first"},
		{"1.00", "CLP", "decimal: CLP has 0 decimals, the text has 2; round it first"},
		{"1.0000", "CLP", "decimal: CLP has 0 decimals, the text has 4; round it first"},
		{"1.000,00", "CLP", whole},
		{"1.000.00", "CLP", whole},
		{"1,00", "CLP", whole},
		{".000", "CLP", whole},
		{"1.x00", "CLP", whole},
	} {
		a, err := tradepay.ParseAmount(tt.decimal, tt.currency)
		require.Zero(t, a)
		require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
		require.EqualError(t, err, "tradepay: invalid amount: "+tt.text, "%s %s", tt.decimal, tt.currency)
	}
}

func TestParseAmountRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ decimal, currency, field string }{
		"nothing":                           {"", "USD", "decimal"},
		"zero":                              {"0", "USD", "decimal"},
		"zero with decimals":                {"0.00", "USD", "decimal"},
		"a minus":                           {"-1", "USD", "decimal"},
		"a plus":                            {"+1", "USD", "decimal"},
		"a lone sign":                       {"-", "USD", "decimal"},
		"an exponent":                       {"1e3", "USD", "decimal"},
		"a hexadecimal number":              {"0x10", "USD", "decimal"},
		"an underscore":                     {"1_000", "USD", "decimal"},
		"a group separator":                 {"1,000.00", "USD", "decimal"},
		"a decimal comma":                   {"10,50", "EUR", "decimal"},
		"a space before":                    {" 1", "USD", "decimal"},
		"a space after":                     {"1 ", "USD", "decimal"},
		"a line feed":                       {"1\n", "USD", "decimal"},
		"a currency sign":                   {"$1", "USD", "decimal"},
		"two points":                        {"1.2.3", "USD", "decimal"},
		"a point at the end":                {"1.", "USD", "decimal"},
		"a point at the beginning":          {".50", "USD", "decimal"},
		"only a point":                      {".", "USD", "decimal"},
		"a leading zero":                    {"01.00", "USD", "decimal"},
		"two zeros":                         {"00.50", "USD", "decimal"},
		"too many decimals":                 {"1.001", "USD", "decimal"},
		"too many decimals, though zero":    {"1.000", "USD", "decimal"},
		"decimals where there are none":     {"1.0", "JPY", "decimal"},
		"four decimals of three":            {"1.0001", "IQD", "decimal"},
		"17 digits with two decimals":       {"100000000000000.00", "USD", "decimal"},
		"17 digits without decimals":        {"10000000000000000", "CLP", "decimal"},
		"17 digits with decimals left out":  {"100000000000000", "USD", "decimal"},
		"more than 64 bits":                 {"99999999999999999999", "CLP", "decimal"},
		"very many digits":                  {strings.Repeat("9", 1<<16), "USD", "decimal"},
		"very many decimals":                {"1." + strings.Repeat("0", 1<<16), "USD", "decimal"},
		"digits of another script":          {"\u0661\u0662", "USD", "decimal"},
		"full-width digits":                 {"\uff11", "USD", "decimal"},
		"not a number":                      {"NaN", "USD", "decimal"},
		"infinity":                          {"Inf", "USD", "decimal"},
		"a zero byte":                       {"1\x00", "USD", "decimal"},
		"no currency":                       {"1", "", "currency"},
		"a currency in lower case":          {"1", "usd", "currency"},
		"a currency of mixed case":          {"1", "Usd", "currency"},
		"a currency with a space":           {"1", "USD ", "currency"},
		"a currency that does not exist":    {"1", "ABC", "currency"},
		"the code for no currency":          {"1", "XXX", "currency"},
		"the code for tests":                {"1", "XTS", "currency"},
		"gold":                              {"1", "XAU", "currency"},
		"a numeric code":                    {"1", "840", "currency"},
		"a symbol":                          {"1", "$", "currency"},
		"both wrong: the currency is named": {"", "", "currency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := tradepay.ParseAmount(tt.decimal, tt.currency)
			require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
			require.Zero(t, a)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
			require.NotEmpty(t, field.Rule)
			// "100 for 1.00 USD" would be dear advice to who writes decimals.
			require.NotContains(t, field.Remedy, "smallest unit")
			require.Less(t, len(err.Error()), 300, "the value is not repeated")
		})
	}
}

func TestAmountText(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]tradepay.Amount{
		"10.50 USD":                 {Currency: "USD", Value: 1050},
		"0.05 USD":                  {Currency: "USD", Value: 5},
		"0.00 USD":                  {Currency: "USD"},
		"-0.05 USD":                 {Currency: "USD", Value: -5},
		"-10.50 USD":                {Currency: "USD", Value: -1050},
		"1.050 IQD":                 {Currency: "IQD", Value: 1050},
		"0.001 IQD":                 {Currency: "IQD", Value: 1},
		"-0.0001 CLF":               {Currency: "CLF", Value: -1},
		"1050 JPY":                  {Currency: "JPY", Value: 1050},
		"-1 JPY":                    {Currency: "JPY", Value: -1},
		"1050 ABC":                  {Currency: "ABC", Value: 1050},
		"0 ":                        {},
		"-92233720368547758.08 USD": {Currency: "USD", Value: math.MinInt64},
		"92233720368547758.07 USD":  {Currency: "USD", Value: math.MaxInt64},
		"-9223372036854775808 JPY":  {Currency: "JPY", Value: math.MinInt64},
		"99999999999999.99 ZAR":     {Currency: "ZAR", Value: 9_999_999_999_999_999},
	} {
		require.Equal(t, want, a.String())
		require.Equal(t, strings.TrimSuffix(want, " "+a.Currency), a.Decimal())
	}
}

func TestAmountJSON(t *testing.T) {
	t.Parallel()
	for wire, a := range map[string]tradepay.Amount{
		`{"currency":"USD","value":"1050"}`:             {Currency: "USD", Value: 1050},
		`{"currency":"JPY","value":"1"}`:                {Currency: "JPY", Value: 1},
		`{"currency":"IQD","value":"9999999999999999"}`: {Currency: "IQD", Value: 9_999_999_999_999_999},
		`{"currency":"ABC","value":"7"}`:                {Currency: "ABC", Value: 7}, // kept: comparing is the guard
		`{"currency":"USD","value":"0"}`:                {Currency: "USD"},
	} {
		data, err := json.Marshal(a)
		require.NoError(t, err)
		require.Equal(t, wire, string(data))
		data, err = json.Marshal(&a)
		require.NoError(t, err)
		require.Equal(t, wire, string(data))
		var got tradepay.Amount
		require.NoError(t, json.Unmarshal([]byte(wire), &got))
		require.Equal(t, a, got)
	}

	order := struct {
		Fee   tradepay.Amount  `json:"fee"`
		Total *tradepay.Amount `json:"total,omitempty"`
	}{}
	require.NoError(t, json.Unmarshal([]byte(`{"fee":{"value":"5","currency":"USD","more":1},"total":null}`), &order))
	require.Equal(t, tradepay.Amount{Currency: "USD", Value: 5}, order.Fee)
	require.Nil(t, order.Total)
	require.NoError(t, json.Unmarshal([]byte(`{"fee":null}`), &order))
	require.Equal(t, tradepay.Amount{Currency: "USD", Value: 5}, order.Fee, "null changes nothing")
}

func TestAmountJSONRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ json, field string }{
		"a number as value":          {`{"currency":"USD","value":1050}`, "amount"},
		"a fraction as value":        {`{"currency":"USD","value":10.5}`, "amount"},
		"a number as currency":       {`{"currency":840,"value":"1"}`, "amount"},
		"a list":                     {`["USD","1"]`, "amount"},
		"a string":                   {`"10.50 USD"`, "amount"},
		"a bare number":              {`1050`, "amount"},
		"a boolean":                  {`true`, "amount"},
		"an empty object":            {`{}`, "currency"},
		"no currency":                {`{"value":"1"}`, "currency"},
		"a currency in lower case":   {`{"currency":"usd","value":"1"}`, "currency"},
		"two letters":                {`{"currency":"US","value":"1"}`, "currency"},
		"four letters":               {`{"currency":"USDT","value":"1"}`, "currency"},
		"digits as currency":         {`{"currency":"840","value":"1"}`, "currency"},
		"letters beyond ASCII":       {`{"currency":"\u00c4\u00d6","value":"1"}`, "currency"},
		"one letter of three bytes":  {`{"currency":"\u20ac","value":"1"}`, "currency"},
		"no value":                   {`{"currency":"USD"}`, "value"},
		"null as value":              {`{"currency":"USD","value":null}`, "value"},
		"an empty value":             {`{"currency":"USD","value":""}`, "value"},
		"a decimal value":            {`{"currency":"USD","value":"10.50"}`, "value"},
		"a minus":                    {`{"currency":"USD","value":"-1"}`, "value"},
		"a plus":                     {`{"currency":"USD","value":"+1"}`, "value"},
		"a space":                    {`{"currency":"USD","value":" 1"}`, "value"},
		"a leading zero":             {`{"currency":"USD","value":"01"}`, "value"},
		"two zeros":                  {`{"currency":"USD","value":"00"}`, "value"},
		"an exponent":                {`{"currency":"USD","value":"1e3"}`, "value"},
		"17 digits":                  {`{"currency":"USD","value":"10000000000000000"}`, "value"},
		"digits of another script":   {`{"currency":"USD","value":"\u0661"}`, "value"},
		"a value beyond sixty-four":  {`{"currency":"USD","value":"99999999999999999999"}`, "value"},
		"a value with a separator":   {`{"currency":"USD","value":"1,050"}`, "value"},
		"a currency of blank spaces": {`{"currency":"   ","value":"1"}`, "currency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := tradepay.Amount{Currency: "EUR", Value: 7}
			got := before
			err := json.Unmarshal([]byte(tt.json), &got)
			require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
			require.Equal(t, before, got, "refused and yet changed")
		})
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, seed := range [][2]string{
		{"10.50", "USD"}, {"0.01", "USD"}, {"0", "USD"}, {"1", "JPY"}, {"1.0", "JPY"}, {"0.001", "IQD"},
		{"1.0001", "CLF"}, {"", ""},
		{"99999999999999.99", "USD"}, {"9999999999999999", "CLP"}, {"10000000000000000", "CLP"}, {"-1", "USD"},
		{"1e3", "USD"}, {"01", "USD"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, decimal, currency string) {
		a, err := tradepay.ParseAmount(decimal, currency)
		if err != nil {
			require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
			require.Zero(t, a)
			return
		}
		require.Equal(t, currency, a.Currency)
		require.GreaterOrEqual(t, a.Value, int64(1))
		require.LessOrEqual(t, a.Value, int64(9_999_999_999_999_999))
		// The text is the same number, at most with fewer decimals.
		text := a.Decimal()
		require.True(t, strings.HasPrefix(text, decimal), "%q became %q", decimal, text)
		require.Empty(t, strings.Trim(strings.TrimPrefix(text, decimal), ".0"), "%q became %q", decimal, text)
		again, err := tradepay.ParseAmount(text, currency)
		require.NoError(t, err)
		require.Equal(t, a, again)
		wire, err := json.Marshal(a)
		require.NoError(t, err)
		var read tradepay.Amount
		require.NoError(t, json.Unmarshal(wire, &read))
		require.Equal(t, a, read)
	})
}

func TestAmountArithmetic(t *testing.T) {
	t.Parallel()
	usd := func(value int64) tradepay.Amount { return tradepay.Amount{Currency: "USD", Value: value} }
	zar, none, most := tradepay.Amount{Currency: "ZAR", Value: 5}, tradepay.Amount{}, usd(9_999_999_999_999_999)
	for name, tt := range map[string]struct {
		a, b, sum, difference tradepay.Amount
		sumErr, differenceErr error
		order                 int
		orderErr              error
	}{
		"more":       {a: usd(7), b: usd(5), sum: usd(12), difference: usd(2), order: 1},
		"less":       {a: usd(5), b: usd(7), sum: usd(12), difference: usd(-2), order: -1},
		"the same":   {a: usd(5), b: usd(5), sum: usd(10), difference: usd(0)},
		"none added": {a: usd(5), b: none, sum: usd(5), difference: usd(5), orderErr: tradepay.ErrInvalidAmount},
		"to none":    {a: none, b: usd(5), sum: usd(5), difference: usd(-5), orderErr: tradepay.ErrInvalidAmount},
		"the most":   {a: most, b: usd(0), sum: most, difference: most, order: 1},
		"over the most": {a: most, b: usd(1), difference: usd(most.Value - 1),
			sumErr: tradepay.ErrInvalidAmount, order: 1},
		"under the most": {a: usd(-most.Value), b: usd(1), sum: usd(1 - most.Value),
			differenceErr: tradepay.ErrInvalidAmount, order: -1},
		"overflow": {
			a: usd(math.MaxInt64), b: usd(math.MaxInt64), sumErr: tradepay.ErrInvalidAmount,
			differenceErr: tradepay.ErrInvalidAmount,
		},
		"the least": {
			a: usd(0), b: usd(math.MinInt64), sumErr: tradepay.ErrInvalidAmount,
			differenceErr: tradepay.ErrInvalidAmount, order: 1,
		},
		"none and too much": {
			a: none, b: usd(most.Value + 1), sumErr: tradepay.ErrInvalidAmount,
			differenceErr: tradepay.ErrInvalidAmount, orderErr: tradepay.ErrInvalidAmount,
		},
		"too much and none": {
			a: usd(-most.Value - 1), b: none, sumErr: tradepay.ErrInvalidAmount,
			differenceErr: tradepay.ErrInvalidAmount, orderErr: tradepay.ErrInvalidAmount,
		},
		"another currency": {
			a: usd(5), b: zar, sumErr: tradepay.ErrInvalidAmount, differenceErr: tradepay.ErrInvalidAmount,
			orderErr: tradepay.ErrInvalidAmount,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sum, err := tt.a.Add(tt.b)
			require.ErrorIs(t, err, tt.sumErr)
			require.Equal(t, tt.sum, sum)
			difference, err := tt.a.Sub(tt.b)
			require.ErrorIs(t, err, tt.differenceErr)
			require.Equal(t, tt.difference, difference)
			order, err := tt.a.Cmp(tt.b)
			require.ErrorIs(t, err, tt.orderErr)
			require.Equal(t, tt.order, order)
		})
	}
	require.True(t, none.IsZero())
	require.False(t, usd(0).IsZero())
}

// FuzzAmountText: UnmarshalText accepts only what MarshalText writes.
func FuzzAmountText(f *testing.F) {
	for _, text := range []string{"", "10.50 USD", "1050 JPY", "-0.05 USD", "1.050 IQD", "12 XQZ", "10.5 USD",
		"010.50 USD", "10.50", "10.50 usd", "+1.00 USD", "-0.00 USD"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var a tradepay.Amount
		if err := a.UnmarshalText([]byte(text)); err != nil {
			require.ErrorIs(t, err, tradepay.ErrInvalidAmount)
			require.True(t, a.IsZero())
			return
		}
		again, err := a.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(again))
	})
}

// TestAmountThatIsNotJSON: what could not be read again is not written.
func TestAmountThatIsNotJSON(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		amount tradepay.Amount
		field  string
	}{
		"negative":          {tradepay.Amount{Currency: "USD", Value: -5}, "amount"},
		"17 digits":         {tradepay.Amount{Currency: "USD", Value: 10_000_000_000_000_000}, "value"},
		"no currency":       {tradepay.Amount{Value: 5}, "currency"},
		"small letters":     {tradepay.Amount{Currency: "usd", Value: 5}, "currency"},
		"not three letters": {tradepay.Amount{Currency: "US", Value: 5}, "currency"},
	} {
		_, err := json.Marshal(tt.amount)
		require.ErrorIs(t, err, tradepay.ErrInvalidAmount, name)
		var wrong *tradepay.FieldError
		require.ErrorAs(t, err, &wrong, name)
		require.Equal(t, tt.field, wrong.Field, name)
	}
}
