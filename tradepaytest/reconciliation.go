package tradepaytest

import (
	"crypto/subtle"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
)

// reconciliationPath is where the files are.
const reconciliationPath = "/reconciliation/"

// The names of the files: a day, or an hour of it.
const (
	fileOfDay  = "2006-01-02"
	fileOfHour = "2006-01-02T15"
)

// reconciliation answers with the links to the files of a day: one, or one for each hour.
// There are none for the time that is not over by the wallet's clock, whose location is
// that of the day.
func (w *Wallet) reconciliation(x *exchange) *answer {
	f := w.form(x)
	date, period := f.required("reconDate", 10), f.required("settlePeriod", 8)
	if f.mistake != "" {
		return illegal(f.mistake)
	}
	now := w.now()
	start, err := time.ParseInLocation(fileOfDay, date, now.Location())
	if err != nil {
		return illegal("reconDate must be a day like 2026-01-15")
	}
	end := start.AddDate(0, 0, 1)
	links := []any{}
	switch period {
	case "day":
		if !now.Before(end) {
			links = append(links, w.fileURL(start.Format(fileOfDay)))
		}
	case "hour":
		for hour := start; hour.Before(end) && !now.Before(hour.Add(time.Hour)); hour = hour.Add(time.Hour) {
			links = append(links, w.fileURL(hour.Format(fileOfHour)))
		}
	default:
		return illegal("settlePeriod must be day or hour")
	}
	return success(map[string]any{"fileUrls": links})
}

func (w *Wallet) fileURL(name string) string {
	return w.url + reconciliationPath + name + ".csv?token=" + w.fileToken(name)
}

func (w *Wallet) fileToken(name string) string { return w.secret("reconciliation", name, 43) }

// reconciliationFile serves a file. Who has the link may read it.
func (w *Wallet) reconciliationFile(rw http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, reconciliationPath), ".csv")
	token := r.URL.Query().Get("token")
	start, end, ok := period(name, w.now().Location())
	if !ok || subtle.ConstantTimeCompare([]byte(token), []byte(w.fileToken(name))) != 1 {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "text/csv; charset=utf-8")
	file := csv.NewWriter(rw)
	_ = file.Write(strings.Fields(fileColumns))
	_ = file.WriteAll(w.settled(start, end))
}

// period is the time that a file is about.
func period(name string, location *time.Location) (start, end time.Time, ok bool) {
	if day, err := time.ParseInLocation(fileOfDay, name, location); err == nil {
		return day, day.AddDate(0, 0, 1), true
	}
	hour, err := time.ParseInLocation(fileOfHour, name, location)
	return hour, hour.Add(time.Hour), err == nil
}

// fileColumns are the columns as integrators list them, in their order.
const fileColumns = `SETTLE_BATCH_ID TXN_ID TXN_TYPE MERCHANT_TRANS_ID MID SHOP_ID TERMINAL_ID MERCHANT_NAME TXN_AMOUNT
	TXN_FEE SETTLE_AMOUNT TXN_CURRENCY CHARGED TXN_DATE SETTLE_DATE ORIGINAL_TXN_ID ORIGINAL_TXN_DATE PAY_METHOD`

// settled are the rows of a file: the payments and refunds of its time. How the wallet
// writes an amount is not documented; here it is in the smallest unit.
func (w *Wallet) settled(start, end time.Time) (rows [][]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.payments {
		for _, m := range p.movements {
			kind := map[string]string{"PAYMENT": "ACQUIRING_ORDER", "REFUND": "REFUND"}[m.kind]
			outside := m.at.Before(start) || !m.at.Before(end)
			if kind == "" || outside || m.status != tradepay.TransactionSuccess {
				continue
			}
			row := []string{
				"B" + start.Format("2006010215"), p.id, kind, p.requestID, merchantID, "", "", p.payee,
				strconv.FormatInt(m.amount.Value, 10), "0", strconv.FormatInt(m.amount.Value,
					10), m.amount.Currency, "N",
				m.at.Format(bodyTime), end.Format("20060102"), "", "", "BALANCE",
			}
			if kind == "REFUND" {
				row[1], row[15], row[16] = m.id, p.id, p.paidAt.Format(bodyTime)
			}
			rows = append(rows, row)
		}
	}
	return rows
}
