package saved

import (
	"encoding/json"
	"fmt"
)

// readHAR reads the entries of a HAR file, as browsers and proxies export them: the last
// one that is signed.
func readHAR(raw json.RawMessage) (Exchange, error) {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return Exchange{}, ErrJSON
	}
	var last Exchange
	count := 0
	for _, entry := range entries {
		if x, err := newRecord(entry).pair(); err == nil && x.isSigned() {
			last = x
			count++
		}
	}
	switch count {
	case 0:
		return Exchange{}, ErrNoHeader
	case 1:
		last.Form = "a HAR file"
	default:
		last.Form = fmt.Sprintf("a HAR file, the last of its %d signed messages", count)
	}
	return last, nil
}

func (x Exchange) isSigned() bool {
	return x.Request != nil && x.Request.IsSigned() || x.Response != nil && x.Response.IsSigned()
}
