package strictjson_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go/internal/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type object = strictjson.Object
	for name, tt := range map[string]struct {
		json string
		want object
	}{
		"an empty object": {`{}`, object{}},
		"white space all around": {" \t\r\n{ \"a\" :\t1 ,\r\n\"b\":[ ] } \n",
			object{"a": json.Number("1"), "b": []any{}}},
		"all kinds of values": {`{"s":"x","n":1,"t":true,"f":false,"z":null,"l":[1,"a",null,{}],"o":{"p":{}}}`,
			object{"s": "x", "n": json.Number("1"), "t": true, "f": false, "z": nil,
				"l": []any{json.Number("1"), "a", nil, map[string]any{}}, "o": map[string]any{"p": map[string]any{}}}},
		"numbers as they were written": {`{"a":1.0,"b":1e2,"c":-0,"d":12345678901234567890123,"e":0.10,"f":1E+09}`,
			object{"a": json.Number("1.0"), "b": json.Number("1e2"), "c": json.Number("-0"),
				"d": json.Number("12345678901234567890123"), "e": json.Number("0.10"), "f": json.Number("1E+09")}},
		"names that differ in case": {`{"paymentId":"1","paymentID":"2","PAYMENTID":"3"}`,
			object{"paymentId": "1", "paymentID": "2", "PAYMENTID": "3"}},
		"names that differ in space": {`{"a":1,"a ":2,"":3}`,
			object{"a": json.Number("1"), "a ": json.Number("2"), "": json.Number("3")}},
		"names that look alike": {`{"a":1,"` + "\u0430" + `":2}`,
			object{"a": json.Number("1"), "\u0430": json.Number("2")}},
		"the same name on two levels": {`{"a":{"a":{"a":1}}}`,
			object{"a": map[string]any{"a": map[string]any{"a": json.Number("1")}}}},
		"the same name in two objects": {`{"l":[{"a":1},{"a":2}]}`,
			object{"l": []any{map[string]any{"a": json.Number("1")}, map[string]any{"a": json.Number("2")}}}},
		"escapes in names and values": {`{"\u0061\n":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`,
			object{"a\n": "\"\\/\b\f\n\r\té😀"}},
		"a value with half a character":   {`{"a":"x\ud83d"}`, object{"a": "x\ufffd"}},
		"a string that holds JSON":        {`{"ORDER":"{\"a\":1,\"a\":2}"}`, object{"ORDER": `{"a":1,"a":2}`}},
		"a string that ends in backslash": {`{"a":"\\","b":"\\\""}`, object{"a": `\`, "b": `\"`}},
		"raw letters beyond ASCII":        {`{"é":"日本語 😀"}`, object{"é": "日本語 😀"}},
		"DEL and line separators":         {"{\"a\":\"\x7f\u2028\u2029\"}", object{"a": "\x7f\u2028\u2029"}},
		"32 levels of objects":            {nested(`{"a":`, `1`, `}`, 32), object(nestedValue(32).(map[string]any))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Parse([]byte(tt.json))
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func nested(open, middle, end string, depth int) string {
	return strings.Repeat(open, depth) + middle + strings.Repeat(end, depth)
}

func nestedValue(depth int) any {
	if depth == 0 {
		return json.Number("1")
	}
	return map[string]any{"a": nestedValue(depth - 1)}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		json string
		want error
	}{
		"a member twice":                    {`{"a":1,"a":1}`, strictjson.ErrDuplicate},
		"a member twice with others":        {`{"a":1,"b":2,"a":3}`, strictjson.ErrDuplicate},
		"a member twice, nested":            {`{"o":{"a":1,"a":2}}`, strictjson.ErrDuplicate},
		"a member twice, in a list":         {`{"l":[{"a":1,"a":2}]}`, strictjson.ErrDuplicate},
		"a member twice, first null":        {`{"a":null,"a":1}`, strictjson.ErrDuplicate},
		"a member twice, once escaped":      {`{"a":1,"\u0061":2}`, strictjson.ErrDuplicate},
		"a member twice, escaped otherwise": {`{"\u00E9":1,"\u00e9":2}`, strictjson.ErrDuplicate},
		"a member twice, by surrogates":     {`{"😀":1,"\ud83d\ude00":2}`, strictjson.ErrDuplicate},
		"an escaped slash twice":            {`{"a/b":1,"a\/b":2}`, strictjson.ErrDuplicate},
		"an empty name twice":               {`{"":1,"":2}`, strictjson.ErrDuplicate},

		"invalid UTF-8 in a value":     {"{\"a\":\"\xff\"}", strictjson.ErrUTF8},
		"invalid UTF-8 in a name":      {"{\"a\xc0\xaf\":1}", strictjson.ErrUTF8},
		"invalid UTF-8 after the end":  {"{}\x80", strictjson.ErrUTF8},
		"an encoded surrogate":         {"{\"a\":\"\xed\xa0\x80\"}", strictjson.ErrUTF8},
		"half a character":             {`{"\ud800":1}`, strictjson.ErrUTF8},
		"the other half":               {`{"\udc00":1}`, strictjson.ErrUTF8},
		"the halves swapped":           {`{"\udc00\ud800":1}`, strictjson.ErrUTF8},
		"halves apart":                 {`{"\ud83d \ude00":1}`, strictjson.ErrUTF8},
		"half and another escape":      {`{"\ud83d\n\ude00":1}`, strictjson.ErrUTF8},
		"half and another letter":      {`{"\ud83d\u0041":1}`, strictjson.ErrUTF8},
		"one and a half":               {`{"\ud83d\ude00\ud83d":1}`, strictjson.ErrUTF8},
		"two first halves":             {`{"\ud83d\ud83d\ude00":1}`, strictjson.ErrUTF8},
		"UTF-16":                       {"\xff\xfe{\x00}\x00", strictjson.ErrUTF8},
		"a letter cut in half":         {"{\"a\":\"\xc3", strictjson.ErrUTF8},
		"a byte order mark":            {"\ufeff{}", strictjson.ErrSyntax},
		"a byte order mark at the end": {"{}\ufeff", strictjson.ErrTrailing},

		"a second object":               {`{}{}`, strictjson.ErrTrailing},
		"a second object on a new line": {"{}\n{}", strictjson.ErrTrailing},
		"a word after the end":          {`{} x`, strictjson.ErrTrailing},
		"a brace after the end":         {`{}}`, strictjson.ErrTrailing},
		"a comma after the end":         {`{},`, strictjson.ErrTrailing},
		"a zero byte after the end":     {"{}\x00", strictjson.ErrTrailing},
		"a form feed after the end":     {"{}\f", strictjson.ErrTrailing},
		"a no-break space after it":     {"{}\u00a0", strictjson.ErrTrailing},

		"33 levels of objects":       {nested(`{"a":`, `1`, `}`, 33), strictjson.ErrDepth},
		"32 lists in an object":      {`{"a":` + nested(`[`, ``, `]`, 32) + `}`, strictjson.ErrDepth},
		"very many lists":            {`{"a":` + strings.Repeat(`[`, 1<<16), strictjson.ErrDepth},
		"very many objects":          {strings.Repeat(`{"a":`, 1<<16), strictjson.ErrDepth},
		"a list":                     {`[]`, strictjson.ErrNotObject},
		"a list of an object":        {`[{"a":1}]`, strictjson.ErrNotObject},
		"a string":                   {`"a"`, strictjson.ErrNotObject},
		"a number":                   {`1`, strictjson.ErrNotObject},
		"null":                       {`null`, strictjson.ErrNotObject},
		"true":                       {`true`, strictjson.ErrNotObject},
		"nothing":                    {``, strictjson.ErrSyntax},
		"only white space":           {" \n\t", strictjson.ErrSyntax},
		"HTML":                       {`<html></html>`, strictjson.ErrSyntax},
		"a form":                     {`a=1&b=2`, strictjson.ErrSyntax},
		"only an opening brace":      {`{`, strictjson.ErrSyntax},
		"a closing brace first":      {`}`, strictjson.ErrSyntax},
		"an object that breaks off":  {`{"a":1`, strictjson.ErrSyntax},
		"a name that breaks off":     {`{"a`, strictjson.ErrSyntax},
		"a name without value":       {`{"a"}`, strictjson.ErrSyntax},
		"a colon without value":      {`{"a":}`, strictjson.ErrSyntax},
		"a value that breaks off":    {`{"a":"x`, strictjson.ErrSyntax},
		"an escape that breaks off":  {`{"a":"\`, strictjson.ErrSyntax},
		"a list that breaks off":     {`{"a":[1,`, strictjson.ErrSyntax},
		"a list closed by a brace":   {`{"a":[1}`, strictjson.ErrSyntax},
		"an object closed otherwise": {`{"a":1]`, strictjson.ErrSyntax},
		"a comma before the end":     {`{"a":1,}`, strictjson.ErrSyntax},
		"a comma at the beginning":   {`{,"a":1}`, strictjson.ErrSyntax},
		"a comma only":               {`{,}`, strictjson.ErrSyntax},
		"two commas":                 {`{"a":1,,"b":2}`, strictjson.ErrSyntax},
		"no comma":                   {`{"a":1 "b":2}`, strictjson.ErrSyntax},
		"no colon":                   {`{"a" 1}`, strictjson.ErrSyntax},
		"two colons":                 {`{"a"::1}`, strictjson.ErrSyntax},
		"a comma for a colon":        {`{"a",1}`, strictjson.ErrSyntax},
		"a comma before a list end":  {`{"a":[1,]}`, strictjson.ErrSyntax},
		"a comma in an empty list":   {`{"a":[,]}`, strictjson.ErrSyntax},
		"a colon in a list":          {`{"a":["b":1]}`, strictjson.ErrSyntax},
		"no comma in a list":         {`{"a":[1 2]}`, strictjson.ErrSyntax},
		"a name without quotes":      {`{a:1}`, strictjson.ErrSyntax},
		"a number as name":           {`{1:1}`, strictjson.ErrSyntax},
		"null as name":               {`{null:1}`, strictjson.ErrSyntax},
		"single quotes":              {`{'a':1}`, strictjson.ErrSyntax},
		"a comment":                  {`{/**/"a":1}`, strictjson.ErrSyntax},
		"a line comment":             {"{\"a\":1}//x", strictjson.ErrTrailing},
		"leading zeros":              {`{"a":01}`, strictjson.ErrSyntax},
		"a plus sign":                {`{"a":+1}`, strictjson.ErrSyntax},
		"a point without digits":     {`{"a":1.}`, strictjson.ErrSyntax},
		"a point first":              {`{"a":.5}`, strictjson.ErrSyntax},
		"a lone minus":               {`{"a":-}`, strictjson.ErrSyntax},
		"an exponent without digits": {`{"a":1e}`, strictjson.ErrSyntax},
		"a hexadecimal number":       {`{"a":0x1}`, strictjson.ErrSyntax},
		"not a number":               {`{"a":NaN}`, strictjson.ErrSyntax},
		"infinity":                   {`{"a":-Infinity}`, strictjson.ErrSyntax},
		"a word in another case":     {`{"a":True}`, strictjson.ErrSyntax},
		"a word and more":            {`{"a":nullnull}`, strictjson.ErrSyntax},
		"a word that breaks off":     {`{"a":tru}`, strictjson.ErrSyntax},
		"two values":                 {`{"a":1"b"}`, strictjson.ErrSyntax},
		"an unknown escape":          {`{"a":"\x41"}`, strictjson.ErrSyntax},
		"a short escape":             {`{"a":"\u12"}`, strictjson.ErrSyntax},
		"a line feed in a string":    {"{\"a\":\"x\ny\"}", strictjson.ErrSyntax},
		"a tab in a string":          {"{\"a\":\"x\ty\"}", strictjson.ErrSyntax},
		"a zero byte in a string":    {"{\"a\":\"x\x00y\"}", strictjson.ErrSyntax},
		"a control byte in a name":   {"{\"a\x1f\":1}", strictjson.ErrSyntax},
		"an escaped line feed byte":  {"{\"a\":\"\\\n\"}", strictjson.ErrSyntax},
		"a zero byte as value":       {"{\"a\":\x00}", strictjson.ErrSyntax},
		"a zero byte as name":        {"{\x00", strictjson.ErrSyntax},
		"a no-break space":           {"{\u00a0}", strictjson.ErrSyntax},
		"a vertical tab":             {"{\v}", strictjson.ErrSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Parse([]byte(tt.json))
			require.ErrorIs(t, err, tt.want)
			require.Nil(t, got)
		})
	}
}

func TestDepthCountsObjectsAndLists(t *testing.T) {
	t.Parallel()
	_, err := strictjson.Parse([]byte(`{"a":` + nested(`[`, ``, `]`, 31) + `}`))
	require.NoError(t, err)
	_, err = strictjson.Parse([]byte(nested(`{"a":[`, ``, `]}`, 16)))
	require.NoError(t, err)
	_, err = strictjson.Parse([]byte(nested(`{"a":[`, `{}`, `]}`, 16)))
	require.ErrorIs(t, err, strictjson.ErrDepth)
	// Side by side is not deep.
	_, err = strictjson.Parse([]byte(`{"a":[` + strings.Repeat(`[[]],`, 1000) + `[]]}`))
	require.NoError(t, err)
}

func TestErrorsCarryNoContent(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"sesame":1,"sesame":2}`, `{"a":"sesame`, `{"sesame"`, `{"a":sesame}`, `{}sesame`, `"sesame"`,
		"{\"sesame\":\"\xff\"}",
	} {
		_, err := strictjson.Parse([]byte(text))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "sesame")
	}
}

func TestAccessors(t *testing.T) {
	t.Parallel()
	obj, err := strictjson.Parse([]byte(`{"string":"sesame","empty":"","number":10.50,"yes":true,"null":null,` +
		`"object":{"a":"b"},"list":[1]}`))
	require.NoError(t, err)

	for member, want := range map[string]string{"string": "sesame", "empty": "", "number": "10.50", "null": "",
		"missing": "", "String": ""} {
		got, err := obj.Text(member)
		require.NoError(t, err, member)
		require.Equal(t, want, got, member)
	}
	for _, member := range []string{"yes", "object", "list"} {
		got, err := obj.Text(member)
		requireTypeError(t, err, member, "a string")
		require.Empty(t, got)
	}

	inner, err := obj.Object("object")
	require.NoError(t, err)
	require.Equal(t, strictjson.Object{"a": "b"}, inner)
	for _, member := range []string{"null", "missing", "Object"} {
		got, err := obj.Object(member)
		require.NoError(t, err, member)
		require.Nil(t, got, member)
	}
	for _, member := range []string{"string", "empty", "number", "yes", "list"} {
		got, err := obj.Object(member)
		requireTypeError(t, err, member, "an object")
		require.Nil(t, got)
	}

	list, err := obj.List("list")
	require.NoError(t, err)
	require.Equal(t, []any{json.Number("1")}, list)
	for _, member := range []string{"null", "missing", "List"} {
		got, err := obj.List(member)
		require.NoError(t, err, member)
		require.Nil(t, got, member)
	}
	for _, member := range []string{"string", "empty", "number", "yes", "object"} {
		got, err := obj.List(member)
		requireTypeError(t, err, member, "a list")
		require.Nil(t, got)
	}

	// A nil object answers like an empty one.
	var none strictjson.Object
	text, err := none.Text("a")
	require.NoError(t, err)
	require.Empty(t, text)
}

func requireTypeError(t *testing.T, err error, member, want string) {
	t.Helper()
	var wrong *strictjson.TypeError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, strictjson.TypeError{Member: member, Want: want}, *wrong)
	require.Equal(t, `member "`+member+`" is not `+want, err.Error())
	require.NotContains(t, err.Error(), "sesame")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `{"a":1,"b":[true,false,null,"x",{"c":1.5e-3}]}`, `{"a":1,"a":2}`,
		`{"a":1,"\u0061":2}`, `{"a":"\ud800"}`,
		"{\"a\":\"\xff\"}", `{} {}`, "\ufeff{}", `{"a":-0.0}`, `{"a":[[[[]]]]}`, `{"a":"\\\""}`, `{"a":1,}`,
		`{"a":01}`, "{\"a\":\x00}",
		`{"paymentId":"1","paymentAmount":{"currency":"USD","value":"1050"},"extendInfo":"{\"a\":\"b\"}"}`,
		nested(`{"a":`, `1`, `}`, 33), nested(`{"a":[`, `1`, `]}`, 16),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		obj, err := strictjson.Parse(data)
		if !bytes.Equal(data, before) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if obj != nil {
				t.Fatal("refused and yet returned")
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what is not JSON: %q", data)
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		var want map[string]any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if !reflect.DeepEqual(map[string]any(obj), want) {
			t.Fatalf("read %v, encoding/json reads %v", obj, want)
		}
	})
}
