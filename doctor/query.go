package doctor

import (
	"net/url"
	"slices"
	"strings"
)

// The queries of which the doctor makes variants.
const (
	maxQuery = 512 // bytes
	maxPairs = 5   // pairs that it puts into every order, 120 at most
)

// queries are the URI with its query as frameworks write it anew: decoded, sorted,
// or with another text for an empty value.
func (d *doctor) queries(v *variants, path, query string) {
	if query == "" || len(query) > maxQuery {
		return
	}
	if plain, err := url.QueryUnescape(query); err == nil {
		v.put(path+"?"+plain, CauseQuery, "the path with its query decoded")
	}
	if values, err := url.ParseQuery(query); err == nil {
		v.put(path+"?"+values.Encode(), CauseQuery, "the path with its query sorted and encoded again")
	}
	pairs := strings.Split(query, "&")
	for _, other := range []struct {
		write func(pair string) string
		what  string
	}{
		{func(pair string) string { return strings.TrimSuffix(pair, "=") }, "without = after a name without a value"},
		{equalsAfterName, "with = after a name without a value"},
		{func(pair string) string { return strings.ReplaceAll(pair, "+", "%20") }, "with %20 for +"},
		{func(pair string) string { return strings.ReplaceAll(pair, "%20", "+") }, "with + for %20"},
	} {
		changed := make([]string, len(pairs))
		for i, pair := range pairs {
			changed[i] = other.write(pair)
		}
		v.put(path+"?"+strings.Join(changed, "&"), CauseQuery, "the path with its query "+other.what)
		d.orders(v, path, changed)
	}
	d.orders(v, path, pairs)
}

func equalsAfterName(pair string) string {
	if pair == "" || strings.Contains(pair, "=") {
		return pair
	}
	return pair + "="
}

// orders puts the pairs of a query, which a framework may have sorted, into every
// order.
func (d *doctor) orders(v *variants, path string, pairs []string) {
	if len(pairs) > maxPairs {
		return
	}
	for order := range permutations(len(pairs)) {
		other := make([]string, len(pairs))
		for i, from := range order {
			other[i] = pairs[from]
		}
		v.putRare(path+"?"+strings.Join(other, "&"), CauseQuery, "the path with its query in another order")
	}
}

// permutations yields each order of n places. The slice is valid until the next one.
func permutations(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		for more := true; more; more = nextOrder(order) {
			if !yield(order) {
				return
			}
		}
	}
}

// nextOrder makes an order the next one of the dictionary. It reports whether there
// is one.
func nextOrder(order []int) bool {
	i := len(order) - 2
	for i >= 0 && order[i] > order[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(order) - 1
	for order[j] < order[i] {
		j--
	}
	order[i], order[j] = order[j], order[i]
	slices.Reverse(order[i+1:])
	return true
}
