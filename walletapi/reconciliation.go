package walletapi

import (
	"context"
	"net/url"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/operation"
)

// Period is what one file for reconciliation is about.
type Period string

// The periods of Toka.
const (
	Daily  Period = "day"  // one file for the day, which is there on the next
	Hourly Period = "hour" // a file for each hour of the day, which is there an hour later
)

// ReconciliationFiles returns the links to the wallet's files about a day: the payments
// and refunds that it settled. The day is the date of day in its own location. No link
// means that the files are not there yet: ask again later. Who has a link may read the
// file, so keep it out of logs. What a file holds is between you and the wallet; the
// client does not load it. Toka has it.
func ReconciliationFiles(
	ctx context.Context, client *tradepay.Client, day time.Time, period Period,
) ([]string, error) {
	switch {
	case day.IsZero():
		return nil, invalid("day", "is required", "")
	case period != Daily && period != Hourly:
		return nil, invalid("period", "must be Daily or Hourly", "")
	}
	var answer struct {
		FileURLs []string `json:"fileUrls"`
	}
	request := map[string]any{"reconDate": day.Format(time.DateOnly), "settlePeriod": string(period)}
	if err := call(ctx, client, operation.Reconciliation, request, &answer); err != nil {
		return nil, err
	}
	for _, link := range answer.FileURLs {
		if u, err := url.Parse(link); err != nil || u.Host == "" {
			return nil, malformed(operation.Reconciliation, "fileUrls")
		}
	}
	return answer.FileURLs, nil
}
