package tradepaytest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/doctor"
	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// maxBody is the size of the largest body that the wallet reads.
const maxBody = 1 << 20

// operations are those that the wallet has, if its profile does.
var operations = []wire.Operation{
	wire.OpPay, wire.OpInquiryPayment, wire.OpCancel, wire.OpRefund, wire.OpInquiryRefund,
	wire.OpCapture,
	wire.OpVoid, wire.OpApplyToken, wire.OpCancelToken, wire.OpPrepare, wire.OpUserInfo,
	operation.MerchantAccept, operation.Confirm, operation.UserCards, operation.UserAccounts,
	operation.CreateQRCode, operation.Reconciliation,
	wire.OpSendMessage, operation.SendPush,
}

// operationPaths maps the paths of the profile to its operations.
func operationPaths(profile *wire.Profile) map[string]wire.Operation {
	paths := make(map[string]wire.Operation, len(operations))
	for _, op := range operations {
		if path := profile.Path(op); path != "" {
			paths[profile.Routes.Prefix+path] = op
		}
	}
	return paths
}

// exchange is one request to the API and what is known about it.
type exchange struct {
	op        wire.Operation // "" for an unknown path
	request   *http.Request
	body      []byte
	tooLarge  bool
	clientID  string // as claimed
	fields    map[string]any
	start     time.Time
	verified  time.Duration
	authentic bool    // its signature, headers and time are right
	processed *answer // nil if it was not
	steps     []Event // to be emitted once the state is unlocked
	fault     Fault
	replayed  *sent
	later     func() *answer // the answer after the wait of Slow, where that makes a difference
	caused    []*notice
}

// answer is a response before it is signed.
type answer struct {
	status tradepay.ResultStatus
	code   string
	text   string
	body   map[string]any

	finding *doctor.Finding // why a signature does not verify; it does not travel
}

func success(body map[string]any) *answer {
	return &answer{status: tradepay.ResultSuccess, code: "SUCCESS", text: "success", body: body}
}

func accepted(body map[string]any) *answer {
	return &answer{status: tradepay.ResultAccepted, code: "ACCEPT", text: "accepted", body: body}
}

func unknown(code string) *answer {
	return &answer{status: tradepay.ResultUnknown, code: code, text: "ask again"}
}

// reject returns the answer F.
func reject(code, why string) *answer {
	return &answer{status: tradepay.ResultFailed, code: code, text: why}
}

func illegal(why string) *answer { return reject("PARAM_ILLEGAL", why) }

// said is what an answer says, for observers: of an inquiry the status of what was
// asked about, for its SUCCESS is that of the call; else the code.
func (a *answer) said(op wire.Operation) string {
	members := map[wire.Operation]string{
		wire.OpInquiryPayment: "paymentStatus", wire.OpInquiryRefund: "refundStatus",
	}
	if status, ok := a.body[members[op]].(string); ok && a.status == tradepay.ResultSuccess {
		return status
	}
	return a.code
}

// sent is a signed response. The wallet keeps it for the fault ReplayedResponse.
type sent struct {
	request [sha256.Size]byte
	header  http.Header
	body    []byte
}

// serve is the one handler of the server.
func (w *Wallet) serve(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPath) {
		w.serveControl(rw, r)
		return
	}
	if w.Suspended() {
		w.emit(Event{Name: "Connection cut", Op: w.paths[r.URL.Path], Detail: "the wallet is suspended"})
		panic(http.ErrAbortHandler)
	}
	switch {
	case strings.HasPrefix(r.URL.Path, appPath):
		w.app(rw, r)
	case strings.HasPrefix(r.URL.Path, cashierPath):
		w.cashier(rw, r)
	case strings.HasPrefix(r.URL.Path, agreementPath):
		w.agreement(rw, r)
	case strings.HasPrefix(r.URL.Path, reconciliationPath):
		w.reconciliationFile(rw, r)
	default:
		w.api(rw, r)
	}
}

// api answers one request of the merchant's server.
func (w *Wallet) api(rw http.ResponseWriter, r *http.Request) {
	x := &exchange{op: w.paths[r.URL.Path], request: r, start: time.Now()}
	if !x.read() {
		panic(http.ErrAbortHandler) // a part of the request is missing
	}
	w.chooseFault(x)
	w.emitFault(x.fault, x.op)
	switch x.fault.Kind {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Status500:
		failHTTP(rw, http.StatusInternalServerError)
		return
	case Status429:
		rw.Header().Set("Retry-After", strconv.Itoa(max(1, int((x.fault.Delay+time.Second-1)/time.Second))))
		failHTTP(rw, http.StatusTooManyRequests)
		return
	case Redirect:
		rw.Header().Set("Location", w.url+"/elsewhere")
		rw.WriteHeader(http.StatusFound)
		return
	}
	var a *answer
	switch x.fault.Kind {
	case UnknownThenSuccess:
		a = unknown(cmp.Or(x.fault.Code, "UNKNOWN_EXCEPTION"))
	case Refused:
		a = reject(cmp.Or(x.fault.Code, "ORDER_STATUS_INVALID"), "the wallet rejects this for now")
	default:
		a = w.process(x)
	}
	defer func() { w.post(x.caused) }()
	if x.fault.Kind == UnknownAfter {
		a = unknown(cmp.Or(x.fault.Code, "UNKNOWN_EXCEPTION"))
	}
	w.reply(rw, x, a)
}

// read reads the body. It reports false if the connection ended within it.
func (x *exchange) read() bool {
	body, err := io.ReadAll(io.LimitReader(x.request.Body, maxBody+1))
	x.body, x.tooLarge = body, len(body) > maxBody
	return err == nil
}

func (w *Wallet) chooseFault(x *exchange) {
	if x.op == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	x.fault = w.meet(x.op, requestFaults, func(f Fault) bool {
		if f.Kind != ReplayedResponse {
			return true
		}
		x.replayed = w.earlier(x.op, sha256.Sum256(x.body))
		return x.replayed != nil
	})
	if x.fault.Kind != ReplayedResponse {
		x.replayed = nil
	}
}

// process verifies the request and does its work.
func (w *Wallet) process(x *exchange) *answer {
	a := w.admit(x)
	x.verified = time.Since(x.start)
	if a == nil {
		x.caused = w.locked(func() { a = w.dispatch(x) })
	}
	x.processed = a
	if a.status == tradepay.ResultFailed {
		w.rejected(x, a)
	}
	w.emitReceived(x, a)
	return a
}

// admit checks who sent the request and reads it. It returns nil if all is well.
func (w *Wallet) admit(x *exchange) *answer {
	switch {
	case x.request.Method != http.MethodPost:
		return reject("METHOD_NOT_SUPPORTED", "only POST is supported")
	case x.op == "":
		return reject("INVALID_API", "no such operation: look at the base URL, its prefix and the version")
	case x.tooLarge:
		return illegal("the body is over 1 MiB")
	}
	if a := w.verify(x); a != nil {
		return a
	}
	x.authentic = true
	fields, err := strictjson.Parse(x.body)
	if err != nil {
		return illegal("the body is " + err.Error())
	}
	if w.manners.emptyIsUnset {
		dropEmpty(map[string]any(fields))
	}
	if name := emptyString(fields, ""); name != "" {
		return illegal(name + " is an empty string: leave it out")
	}
	if shaper := w.unshaper(); shaper != nil {
		if err := shaper.UnshapeRequest(x.op, fields); err != nil {
			return illegal(err.Error())
		}
	}
	x.fields = map[string]any(fields)
	return w.identify(x)
}

// dispatch does the work of the operation. It runs with mu held.
func (w *Wallet) dispatch(x *exchange) *answer {
	handlers := map[wire.Operation]func(*exchange) *answer{
		wire.OpPay:               w.pay,
		wire.OpInquiryPayment:    w.inquiryPayment,
		wire.OpCancel:            w.cancelPayment,
		wire.OpRefund:            w.refund,
		wire.OpInquiryRefund:     w.inquiryRefund,
		wire.OpCapture:           w.capture,
		wire.OpVoid:              w.void,
		wire.OpApplyToken:        w.applyToken,
		wire.OpCancelToken:       w.cancelToken,
		wire.OpPrepare:           w.prepare,
		wire.OpUserInfo:          w.inquiryUserInfo,
		operation.MerchantAccept: w.merchantAccept,
		operation.Confirm:        w.confirm,
		operation.UserCards:      w.inquiryUserCards,
		operation.UserAccounts:   w.inquiryUserAccounts,
		operation.CreateQRCode:   w.createQRCode,
		operation.Reconciliation: w.reconciliation,
		wire.OpSendMessage:       w.sendMessage,
		operation.SendPush:       w.sendMessage,
	}
	return handlers[x.op](x)
}

// emitReceived emits a request that the wallet processed.
func (w *Wallet) emitReceived(x *exchange, a *answer) {
	if !w.watched() {
		return
	}
	if x.op == wire.OpPay && a.status != tradepay.ResultFailed {
		id, _ := x.fields["paymentRequestId"].(string)
		w.emit(Event{Step: 4, Took: x.verified, Op: x.op, PaymentRequestID: id, Message: w.requestMessage(x)})
	}
	for _, e := range x.steps {
		e.Op = x.op
		w.emit(e)
	}
}

// emitAnswered emits the answer to a processed request: res, or nil if the answer was lost.
// For an accepted pay request it is step 7.
func (w *Wallet) emitAnswered(x *exchange, a *answer, start time.Time, status int, res *sent) {
	if !w.watched() {
		return
	}
	took, since := time.Since(start), time.Since(x.start) // without what follows
	id, _ := x.fields["paymentRequestId"].(string)
	var response *Message
	if res != nil {
		response = w.responseMessage(x, status, res.header, res.body)
	}
	p := x.processed
	switch {
	case p != nil && p.status == tradepay.ResultFailed:
		w.emit(Event{
			Took: x.verified, Name: "Request rejected", Op: x.op, PaymentRequestID: id, Err: fmt.Errorf("%s: %s",
				p.code,
				p.text),
			Message: w.requestMessage(x), Answer: response,
		})
	case x.op == wire.OpPay && a.status != tradepay.ResultFailed && res != nil:
		paymentID, _ := a.body["paymentId"].(string)
		w.emit(Event{Step: 7, Took: took, Op: x.op, PaymentRequestID: id, PaymentID: paymentID, Detail: a.code,
			Message: response})
	case x.op != wire.OpPay && p != nil:
		w.emit(Event{
			Took: since, Name: "Request answered", Op: x.op, PaymentRequestID: id, Detail: a.said(x.op),
			Message: w.requestMessage(x), Answer: response,
		})
	}
}

// reply signs the answer and writes it, as the fault demands.
func (w *Wallet) reply(rw http.ResponseWriter, x *exchange, a *answer) {
	start := time.Now()
	body, err := w.encode(x.op, a)
	if err != nil {
		failHTTP(rw, http.StatusInternalServerError)
		return
	}
	switch x.fault.Kind {
	case DropAfter:
		w.emitAnswered(x, a, start, 0, nil)
		panic(http.ErrAbortHandler)
	case Status500After:
		w.emitAnswered(x, a, start, 0, nil)
		failHTTP(rw, http.StatusInternalServerError)
		return
	case NotJSON:
		w.emitAnswered(x, a, start, 0, nil)
		failHTTP(rw, http.StatusOK)
		return
	case Slow:
		if !w.wait(rw, x) {
			w.emitAnswered(x, a, start, 0, nil)
			panic(http.ErrAbortHandler)
		}
		if x.later != nil {
			w.post(w.locked(func() { a = x.later() }))
			if body, err = w.encode(x.op, a); err != nil {
				failHTTP(rw, http.StatusInternalServerError)
				return
			}
		}
	case GzipBomb:
		body = gzipBomb()
		rw.Header().Set("Content-Encoding", "gzip")
	}
	res := &sent{request: sha256.Sum256(x.body), body: body}
	client := x.clientID
	if client == "" {
		client = w.clientID
	}
	m := wire.Message{Method: x.request.Method, URI: w.signedURI(x.request.RequestURI), ClientID: client,
		Body: body, Answer: true}
	res.header, err = w.seal(m, "Response-Time", x.fault)
	if err != nil {
		failHTTP(rw, http.StatusInternalServerError)
		return
	}
	if x.fault.Kind == "" && x.op != "" {
		w.remember(x.op, res)
	}
	if x.replayed != nil {
		res = x.replayed
	}
	for name, values := range res.header {
		rw.Header()[w.headerName(name)] = values
	}
	rw.Header().Set("Content-Length", strconv.Itoa(len(res.body)))
	status := http.StatusOK
	if a.code == "METHOD_NOT_SUPPORTED" {
		rw.Header().Set("Allow", http.MethodPost)
		status = http.StatusMethodNotAllowed
	}
	if x.fault.Kind == HalfBody {
		w.emitAnswered(x, a, start, 0, nil)
		rw.WriteHeader(status)
		_, _ = rw.Write(res.body[:len(res.body)/2])
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	}
	w.emitAnswered(x, a, start, status, &sent{header: canonical(rw.Header()), body: res.body})
	rw.WriteHeader(status)
	_, _ = rw.Write(res.body)
}

// headerName is how the name of a signed header travels. net/http sends a name as it
// stands in the map, and knows its own headers by their usual spelling alone.
func (w *Wallet) headerName(name string) string {
	if w.manners.lowerCaseHeaders && name != "Content-Type" {
		return strings.ToLower(name)
	}
	return name
}

// canonical returns headers under their usual names, as a client reads them.
func canonical(header http.Header) http.Header {
	usual := make(http.Header, len(header))
	for name, values := range header {
		usual[http.CanonicalHeaderKey(name)] = values
	}
	return usual
}

// encode writes the bytes that are signed and sent.
func (w *Wallet) encode(op wire.Operation, a *answer) ([]byte, error) {
	body := map[string]any{"result": map[string]any{
		"resultStatus": string(a.status), "resultCode": a.code, "resultMessage": a.text,
	}}
	for name, value := range a.body {
		body[name] = value
	}
	return w.encodeFields(op, body)
}

func (w *Wallet) encodeFields(op wire.Operation, body map[string]any) ([]byte, error) {
	data, err := marshal(body)
	shaper := w.unshaper()
	if err != nil || shaper == nil {
		return data, err
	}
	own, err := strictjson.Parse(data) // a copy: what body holds is shared
	if err != nil {
		return nil, err
	}
	if err := shaper.UnshapeResponse(op, own); err != nil {
		return nil, err
	}
	return marshal(map[string]any(own))
}

func marshal(body map[string]any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false) // URLs stay readable
	err := enc.Encode(body)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// wait holds a slow answer back. It reports false when the caller has gone.
func (w *Wallet) wait(rw http.ResponseWriter, x *exchange) bool {
	delay := x.fault.Delay
	if delay <= 0 {
		delay = time.Second
	}
	control := http.NewResponseController(rw)
	_ = control.SetReadDeadline(time.Now().Add(delay + time.Minute)) // or the request would end with it
	_ = control.SetWriteDeadline(time.Now().Add(delay + time.Minute))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.request.Context().Done():
		return false
	case <-w.stopped.Done():
		return false
	}
}

// remember keeps the latest two answers of an operation to different requests.
func (w *Wallet) remember(op wire.Operation, res *sent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := slices.DeleteFunc(w.answered[op], func(s *sent) bool { return s.request == res.request })
	if len(kept) == 2 {
		kept = kept[1:]
	}
	w.answered[op] = append(kept, res)
}

// earlier returns the latest answer to another request. It runs with mu held.
func (w *Wallet) earlier(op wire.Operation, request [sha256.Size]byte) *sent {
	for _, s := range slices.Backward(w.answered[op]) {
		if s.request != request {
			return s
		}
	}
	return nil
}

// failHTTP writes what proxies write: a page without a signature.
func failHTTP(rw http.ResponseWriter, status int) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, "<!doctype html><title>Gateway</title><h1>Please try again later</h1>\n")
}

// gzipBomb is a small body that inflates to 65 MiB: one member of gzip, again
// and again, which takes no time to make.
var gzipBomb = sync.OnceValue(func() []byte {
	var member bytes.Buffer
	zip := gzip.NewWriter(&member)
	_, _ = zip.Write(make([]byte, 1<<20))
	_ = zip.Close()
	return bytes.Repeat(member.Bytes(), 65)
})
