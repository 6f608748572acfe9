package keyform

import (
	"encoding/xml"
	"math/big"
	"strings"

	"github.com/tradepay/tradepay-go/internal/rsakey"
	"github.com/tradepay/tradepay-go/internal/strictjson"
)

// readNotation reads keys whose numbers are written one by one: a JSON Web Key, and the XML
// of .NET. It returns nothing for other texts.
func readNotation(text string) ([]key, error) {
	switch {
	case strings.HasPrefix(text, "{"):
		return readJWK(text)
	case strings.HasPrefix(text, "<") && strings.Contains(text, "<RSAKeyValue"):
		return readXML(text)
	}
	return nil, nil
}

func readJWK(text string) ([]key, error) {
	object, err := strictjson.Parse([]byte(text))
	if err != nil {
		return nil, nil // it may be something else
	}
	if set, ok := object["keys"].([]any); ok {
		var only map[string]any
		if len(set) == 1 {
			only, _ = set[0].(map[string]any)
		}
		if only == nil {
			return nil, foreign("a set of JSON Web Keys", "give the one that you mean")
		}
		object = only
	}
	kind, ok := object["kty"].(string)
	switch {
	case !ok:
		return nil, nil
	case kind == "oct":
		return nil, foreign("a shared secret, not a key pair", otherKindRemedy)
	case kind != "RSA":
		return nil, foreign("a JSON Web Key of another kind, not RSA", otherKindRemedy)
	case object["oth"] != nil:
		return nil, foreign("a JSON Web Key with more than two primes", "write it as PEM")
	}
	members := make(map[string][]string)
	for _, name := range numberNames {
		switch value := object[name].(type) {
		case nil:
		case string:
			members[name] = []string{value}
		default:
			members[name] = []string{"a number that is no text"} // nor base64
		}
	}
	return written(members)
}

// xmlKey is RSAKeyValue of XML signatures, as .NET writes it. A member that stands twice
// has no meaning.
type xmlKey struct {
	XMLName  xml.Name `xml:"RSAKeyValue"`
	Modulus  []string `xml:"Modulus"`
	Exponent []string `xml:"Exponent"`
	D        []string `xml:"D"`
	P        []string `xml:"P"`
	Q        []string `xml:"Q"`
}

func readXML(text string) ([]key, error) {
	const begin, end = "<RSAKeyValue", "</RSAKeyValue>"
	if strings.Count(text, begin) > 1 {
		return nil, unusable("these are several keys in XML", keepOne)
	}
	text = text[strings.Index(text, begin):]
	if i := strings.Index(text, end); i >= 0 {
		text = text[:i+len(end)]
	}
	var parsed xmlKey
	if err := xml.Unmarshal([]byte(text), &parsed); err != nil {
		return nil, unusable("is damaged: it is an RSA key in XML that is not whole", wholeRemedy)
	}
	return written(map[string][]string{
		"n": parsed.Modulus, "e": parsed.Exponent, "d": parsed.D, "p": parsed.P, "q": parsed.Q,
	})
}

// numberNames are the numbers of a key as a JSON Web Key names them.
var numberNames = []string{"n", "e", "d", "p", "q"}

// written reads the numbers of a key, which are base64. A key that has a private number is
// private, whatever that number is.
func written(members map[string][]string) ([]key, error) {
	numbers := make(map[string]*big.Int)
	for _, name := range numberNames {
		if len(members[name]) > 1 {
			return nil, unusable("is damaged: it holds a number twice", wholeRemedy)
		}
		data, at := fromBase64(strings.Join(strings.Fields(strings.Join(members[name], "")), ""))
		if at >= 0 {
			return nil, unusable("is damaged: one of its numbers is not base64", wholeRemedy)
		}
		numbers[name] = new(big.Int).SetBytes(data)
	}
	if numbers["n"].Sign() == 0 || numbers["e"].Sign() == 0 {
		return nil, unusable("is damaged: it lacks the modulus or the exponent", wholeRemedy)
	}
	private := len(members["d"])+len(members["p"])+len(members["q"]) > 0
	return []key{{
		// DER tells the length of a modulus. Here, its size has to tell that it is whole.
		odd: !private && numbers["n"].BitLen()%128 != 0,
		numbers: rsakey.Numbers{
			N: numbers["n"], E: numbers["e"], D: numbers["d"], Primes: []*big.Int{numbers["p"], numbers["q"]},
		},
		private: private,
	}}, nil
}
