package tradepaytest

import (
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // of the document
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go/internal/loopback"
)

// controlPath is where the control API is: what a test does to the wallet, as [Wallet]'s
// methods do.
const controlPath = "/__tradepay/"

// controlDocument describes the control API. The wallet serves the operations that it
// lists, and no other.
//
//go:embed openapi.json
var controlDocument []byte

// controlCall carries out one operation. It returns what is answered in JSON; nil if it
// has answered by itself.
type controlCall func(w *Wallet, rw http.ResponseWriter, r *http.Request) (any, error)

// controlCalls are the operations by their operationId.
var controlCalls = map[string]controlCall{
	"getDocument": controlGetDocument, "getHealth": controlGetHealth, "reset": controlReset,
	"getClock": controlGetClock, "moveClock": controlMoveClock,
	"suspend": controlSuspend, "resume": controlResume,
	"listPayments": controlListPayments, "getPayment": controlGetPayment,
	"pay": controlAct((*Wallet).Pay), "decline": controlAct((*Wallet).Decline), "expire": controlAct((*Wallet).Expire),
	"listRefunds": controlListRefunds, "giveBack": controlGiveBack,
	"listTokens": controlListTokens, "endToken": controlEndToken,
	"listFaults": controlListFaults, "addFault": controlAddFault, "clearFaults": controlClearFaults,
	"removeFault":    controlRemoveFault,
	"listDeliveries": controlListDeliveries, "resend": controlResend,
	"suspendDeliveries": controlSuspendDeliveries, "resumeDeliveries": controlResumeDeliveries,
	"listRefusals": controlListRefusals,
	"getKeys":      controlGetKeys, "rotateKeys": controlRotateKeys, "getMerchant": controlGetMerchant,
	"listBalances": controlListBalances, "setBalance": controlSetBalance,
	"getUser": controlGetUser, "setUser": controlSetUser, "makeAuthCode": controlMakeAuthCode,
	"getJournal": controlGetJournal,
}

// controlPaths are the operationIds of the document, by path and method. It panics if
// document and operations differ, which a test would find.
var controlPaths = sync.OnceValue(func() map[string]map[string]string {
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(controlDocument, &document); err != nil {
		panic("tradepaytest: openapi.json: " + err.Error())
	}
	paths, listed := make(map[string]map[string]string), 0
	for path, methods := range document.Paths {
		ids := make(map[string]string)
		for method, operation := range methods {
			if controlCalls[operation.OperationID] == nil {
				panic("tradepaytest: openapi.json: no operation " + operation.OperationID)
			}
			ids[strings.ToUpper(method)] = operation.OperationID
			listed++
		}
		paths[strings.TrimSuffix(controlPath, "/")+path] = ids
	}
	if listed != len(controlCalls) {
		panic("tradepaytest: openapi.json lists " + strconv.Itoa(listed) + " of " + strconv.Itoa(len(controlCalls)) +
			" operations")
	}
	return paths
})

// controlHandler leads each method and path of the document to its operation.
func (w *Wallet) controlHandler() http.Handler {
	mux := http.NewServeMux()
	for path, ids := range controlPaths() {
		allow := strings.Join(slices.Sorted(maps.Keys(ids)), ", ")
		for method, id := range ids {
			mux.HandleFunc(method+" "+path, func(rw http.ResponseWriter, r *http.Request) {
				if answer, err := controlCalls[id](w, rw, r); answer != nil || err != nil {
					writeControl(rw, answer, err)
				}
			})
		}
		mux.HandleFunc(path, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Allow", allow)
			writeControl(rw, nil, &problem{http.StatusMethodNotAllowed, "use " + allow})
		})
	}
	mux.HandleFunc(controlPath, func(rw http.ResponseWriter, _ *http.Request) {
		writeControl(rw, nil, &problem{http.StatusNotFound,
			"the control API has no such path: see " + controlPath + "openapi.json"})
	})
	return mux
}

// problem is an error that the control API answers with its status.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func badRequest(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// serveControl answers a request to the control API.
func (w *Wallet) serveControl(rw http.ResponseWriter, r *http.Request) {
	if err := w.mayControl(rw, r); err != nil {
		writeControl(rw, nil, err)
		return
	}
	w.controls().ServeHTTP(rw, r)
}

// mayControl says why a request may not control the wallet. Pages never may: a browser
// would let any page on the internet move what stands on this machine.
func (w *Wallet) mayControl(rw http.ResponseWriter, r *http.Request) error {
	site := r.Header.Get("Sec-Fetch-Site")
	forwarded := r.Header.Get("Forwarded") + r.Header.Get("X-Forwarded-For") + r.Header.Get("X-Forwarded-Host")
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	sum := sha256.Sum256([]byte(token))
	switch {
	case r.Header.Get("Origin") != "" || site != "" && site != "none":
		return &problem{http.StatusForbidden, "no web page may call the control API"}
	case !w.network && (!loopback.HostPort(r.Host) || forwarded != ""):
		return &problem{http.StatusForbidden, "only programs on this machine may call the control API"}
	case !w.network || r.URL.Path == controlPath+"health":
		return nil
	case !isBearer || subtle.ConstantTimeCompare(sum[:], w.control[:]) != 1:
		rw.Header().Set("WWW-Authenticate", "Bearer")
		return &problem{http.StatusUnauthorized, "send the control token: Authorization: Bearer …"}
	}
	return nil
}

// writeControl writes an answer, or the error in its place.
func writeControl(rw http.ResponseWriter, answer any, err error) {
	var p *problem
	switch {
	case err == nil:
		writeJSON(rw, answer)
	case errors.As(err, &p):
		writeProblem(rw, p.status, p.text)
	case errors.Is(err, ErrNoPayment), errors.Is(err, ErrNoAgreement):
		writeProblem(rw, http.StatusNotFound, said(err))
	case errors.Is(err, ErrNotOpen), errors.Is(err, ErrNotRefundable), errors.Is(err, ErrNotNotified):
		writeProblem(rw, http.StatusConflict, said(err))
	default:
		writeProblem(rw, http.StatusInternalServerError, said(err))
	}
}

// readControl reads the JSON object of a request.
func readControl(rw http.ResponseWriter, r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return &problem{http.StatusUnsupportedMediaType, "Content-Type must be application/json"}
	}
	body := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 64<<10))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		return badRequest("the body is not the JSON object that is wanted: %s",
			strings.TrimPrefix(said(err), "json: "))
	}
	if _, err := body.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the body holds more than one JSON object")
	}
	return nil
}

// readNumber reads a number of the query, 0 if it is not there.
func readNumber(r *http.Request, name string) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, badRequest("%s must be a whole number, such as 12", name)
	}
	return n, nil
}

// readDuration reads how long, such as 10s; "" is 0.
func readDuration(name, text string, most time.Duration) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > most {
		return 0, badRequest("%s must be a duration such as 10s, at most %s", name, most)
	}
	return d, nil
}

// longestWait is how long a request to the control API can wait.
const longestWait = 5 * time.Minute

// awaiting calls look until it reports true, whenever news, which look returns, closes,
// for as long as the query's wait says.
func (w *Wallet) awaiting(rw http.ResponseWriter, r *http.Request, look func() (bool, <-chan struct{})) error {
	wait, err := readDuration("wait", r.URL.Query().Get("wait"), longestWait)
	if err != nil {
		return err
	}
	found, news := look()
	if wait == 0 || found {
		return nil
	}
	patient(rw, wait+time.Minute)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for !found {
		select {
		case <-news:
			found, news = look()
		case <-timer.C:
			return nil
		case <-r.Context().Done():
			return nil
		case <-w.stopped.Done():
			return nil
		}
	}
	return nil
}

// patient lets an answer take its time; or else the request would end with the server's.
func patient(rw http.ResponseWriter, most time.Duration) {
	control := http.NewResponseController(rw)
	_ = control.SetReadDeadline(time.Now().Add(most))
	_ = control.SetWriteDeadline(time.Now().Add(most))
}

func controlGetDocument(_ *Wallet, rw http.ResponseWriter, _ *http.Request) (any, error) {
	noStore(rw)
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = rw.Write(controlDocument)
	return nil, nil
}
