package tradepaytest

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/wire"
)

// identify checks that the request names this merchant and its site, as the
// profile demands it. It returns nil if all is well.
func (w *Wallet) identify(x *exchange) *answer {
	f := w.form(x)
	partner, app := f.text("partnerId", 32), f.text("appId", 32)
	info := f.text("extendInfo", 4096)
	needsSite := w.profile.Requirements.SiteName && x.op != operation.CreateQRCode // whose page lists no site
	switch {
	case f.mistake != "":
		return illegal(f.mistake)
	case partner == "" && w.profile.Requirements.PartnerID && w.profile.Dialect == "v1" && ofPayment(x.op):
		return illegal("partnerId is missing")
	case partner != "" && partner != w.partnerID:
		return reject("ACCESS_DENIED", "no partner has this partnerId")
	case app == "" && w.profile.Requirements.AppID && x.op == wire.OpPay:
		return illegal("appId is missing")
	case app != "" && app != w.appID:
		return reject("ACCESS_DENIED", "no mini program has this appId")
	case needsSite && info == "":
		return illegal("extendInfo is missing: it must hold customerBelongsTo")
	case needsSite:
		inner := f.json("extendInfo", 4096)
		inner.required("customerBelongsTo", 256)
		f.merge(inner)
		if f.mistake != "" {
			return illegal(f.mistake)
		}
	}
	return nil
}

// ofPayment reports whether the operation is below payments/.
func ofPayment(op wire.Operation) bool {
	switch op {
	case wire.OpApplyToken, wire.OpCancelToken, wire.OpPrepare, wire.OpUserInfo, wire.OpSendMessage, operation.SendPush:
		return false
	}
	return true
}

// content is what a repeated request must have in common with the first: all
// its members but the payer's device.
func (x *exchange) content() [32]byte {
	fields := maps.Clone(x.fields)
	delete(fields, "envInfo")
	if order, ok := fields["order"].(map[string]any); ok {
		order = maps.Clone(order)
		delete(order, "env")
		fields["order"] = order
	}
	data, _ := json.Marshal(fields) // was parsed from JSON
	return sha256.Sum256(data)
}

// once answers a request whose id was seen before. It returns nil for a new one.
func (w *Wallet) once(x *exchange, id string) *answer {
	seen := w.replies[replyKey{x.op, id}]
	switch {
	case seen == nil:
		return nil
	case x.op == wire.OpPay && w.profile.Quirks.RefusesRepeats:
		return reject("REPEAT_REQ_INCONSISTENT", "this wallet accepts each id once; inquire instead")
	case seen.content != x.content():
		return reject("REPEAT_REQ_INCONSISTENT", "an earlier request has the same id and other content")
	}
	return seen.answer()
}

// settle keeps the answer to an id, for retries with the same id.
func (w *Wallet) settle(x *exchange, id string, a func() *answer) *answer {
	w.replies[replyKey{x.op, id}] = &reply{content: x.content(), answer: a}
	return a()
}

// bill is a pay request that was read.
type bill struct {
	payment
	agreement bool
	authCode  string
	expires   time.Time
	// cashierURL is where the wallet sends the payment URL, instead of answering with it.
	cashierURL string
}

func (w *Wallet) pay(x *exchange) *answer {
	start := time.Now()
	b, why := w.readPay(x)
	if why != "" {
		return illegal(why)
	}
	if a := w.once(x, b.requestID); a != nil {
		return a
	}
	if b.agreement {
		if _, a := w.consent(b.authCode); a != nil {
			return a
		}
	}
	now := w.now()
	if !b.expires.IsZero() && !b.expires.After(now) {
		return illegal("paymentExpiryTime is in the past")
	}
	p := &b.payment
	p.createdAt, p.expiresAt = now, now.Add(w.expiry)
	if !b.expires.IsZero() {
		p.expiresAt = b.expires
	}
	w.open(p)
	x.steps = append(x.steps, p.step(5, start))
	if b.agreement {
		if !w.charge(p) {
			return w.settle(x, p.requestID,
				func() *answer { return reject(p.failReason, "the payer has not enough balance") })
		}
		return w.settle(x, p.requestID, func() *answer { return success(w.paidFields(p)) })
	}
	start = time.Now()
	p.token = w.secret("cashier", p.requestID, 300) // as long as a real one
	p.url = w.url + cashierPath + p.id + "?token=" + p.token
	w.byURL[p.url] = p
	x.steps = append(x.steps, p.step(6, start))
	if b.cashierURL != "" {
		w.outbox = append(w.outbox, w.cashierURLNotice(p, b.cashierURL))
		return w.settle(x, p.requestID, func() *answer { return accepted(w.acceptedFields(p)) })
	}
	return w.settle(x, p.requestID, func() *answer { return accepted(w.redirectFields(p)) })
}

// open enters a new payment into the ledger.
func (w *Wallet) open(p *payment) {
	p.id = w.id("payment", p.requestID)
	p.status = tradepay.StatusProcessing
	p.notified = make(chan struct{})
	w.payments = append(w.payments, p)
	w.byID[p.id], w.byRequest[p.requestID] = p, p
}

// acceptedFields is the answer to an accepted payment, without its payment URL.
func (w *Wallet) acceptedFields(p *payment) map[string]any {
	body := map[string]any{"paymentId": p.id}
	if w.profile.Signing.Content == wire.ContentDotted {
		body["paymentRequestId"] = p.requestID // nothing else ties the answer to its request
	}
	return w.repeatOrder(p, body)
}

// repeatOrder adds what an answer to pay repeats of its request.
func (w *Wallet) repeatOrder(p *payment, body map[string]any) map[string]any {
	if w.manners.repeatsRequests {
		body["paymentRequestId"], body["paymentCreateTime"] = p.requestID, p.createdAt.Format(bodyTime)
		body["paymentAmount"] = w.amountFields(p.amount.Currency, p.amount.Value)
	}
	return body
}

// redirectFields is acceptedFields with the payment URL.
func (w *Wallet) redirectFields(p *payment) map[string]any {
	body := w.acceptedFields(p)
	if w.profile.Dialect == "v1" {
		body["actionForm"] = map[string]any{"actionFormType": "REDIRECTION", "redirectionUrl": p.url}
		return body
	}
	body["redirectActionForm"] = map[string]any{"method": "GET", "redirectUrl": p.url}
	return body
}

// paidFields is the answer to a payment that needed no payer.
func (w *Wallet) paidFields(p *payment) map[string]any {
	body := map[string]any{"paymentId": p.id, "paymentTime": p.paidAt.Format(bodyTime)}
	if p.authorize {
		body["authExpiryTime"] = p.authExpiresAt.Format(bodyTime)
	}
	return w.repeatOrder(p, body)
}

// readPay reads a pay request in the dialect of the profile. why says what is
// wrong with it.
func (w *Wallet) readPay(x *exchange) (b *bill, why string) {
	f := w.form(x)
	b = &bill{}
	b.requestID = f.requiredID("paymentRequestId")
	b.amount = f.requiredAmount("paymentAmount")
	b.notifyURL = f.notifyURL("paymentNotifyUrl")
	b.voidURL = f.notifyURL("voidNotifyUrl")
	if w.profile.Quirks.LateURL {
		b.cashierURL = f.notifyURL("cashierNotifyUrl")
	}
	b.extendInfo = f.text("extendInfo", 4096)
	b.authCode = f.text("paymentAuthCode", 128)
	b.expires = f.time("paymentExpiryTime")
	product := f.text("productCode", 64)
	factor := f.object("paymentFactor")
	known := w.profile.Products
	b.escrow = product != "" && product == known.Escrow
	b.authorize = factor.flag("isAuthorizationPayment", false) || b.escrow ||
		product != "" && product == known.Authorize
	agreement, cashier := factor.flag("isAgreementPay", false), factor.flag("isCashierPayment", false)
	f.merge(factor)
	b.agreement = b.authCode != ""
	if w.profile.Dialect == "v1" {
		if agreement != b.agreement {
			f.wrong("paymentAuthCode", "and paymentFactor.isAgreementPay go together")
		}
		if agreement && cashier {
			f.wrong("paymentFactor", "is of an agreement payment or of the cashier's, not both")
		}
		w.readPayV1(f, b)
	} else {
		switch product {
		case "":
		case known.Agreement:
			if !b.agreement {
				f.wrong("paymentAuthCode", "is missing, which this productCode demands")
			}
		case known.Cashier, known.Authorize, known.Escrow:
			b.agreement = false // the payer pays in the cashier, whatever code is there
		default:
			if w.manners.closedProducts {
				f.wrong("productCode", "is none that this wallet has")
			}
		}
		w.readPayV2(f, b)
	}
	if b.payee == "" {
		b.payee = "Test merchant"
	}
	return b, f.mistake
}

// readPayV1 reads what v1 has elsewhere: the order is JSON in a string, in which
// the amount is JSON in a string. Merchants of some v1 wallets send objects: both pass.
func (w *Wallet) readPayV1(f *form, b *bill) {
	b.title = f.required("paymentOrderTitle", 256)
	b.returnURL = f.url("paymentReturnUrl")
	extra := f.object("extraParams")
	if _, there := extra.fields["ORDER"]; there {
		order := extra.jsonOrObject("ORDER", 64<<10)
		if _, there := order.fields["orderAmount"]; there {
			text := order.jsonOrObject("orderAmount", 256)
			if _, why := text.readAmount(text.fields); why != "" {
				order.wrong("orderAmount", "holds JSON that "+why)
			}
			order.merge(text)
		}
		w.readOrder(order, b)
		extra.merge(order)
	}
	f.merge(extra)
	env := f.object("envInfo")
	f.merge(env)
}

func (w *Wallet) readPayV2(f *form, b *bill) {
	b.returnURL = f.url("paymentRedirectUrl")
	order := f.object("order")
	order.amount("orderAmount")
	b.title = order.text("orderDescription", 256)
	w.readOrder(order, b)
	env := order.object("env")
	order.merge(env)
	f.merge(order)
}

// readOrder reads what the order has in both dialects.
func (w *Wallet) readOrder(order *form, b *bill) {
	order.text("orderDescription", 256)
	order.id("referenceOrderId")
	order.time("orderCreateTime")
	for _, name := range []string{"merchant", "referenceMerchant"} {
		merchant := order.object(name)
		if shown := merchant.text("merchantDisplayName", 256); shown != "" {
			b.payee = shown
		} else if name := merchant.text("merchantName", 256); name != "" {
			b.payee = name
		}
		order.merge(merchant)
	}
	goods, list := order.fields["goods"].([]any)
	switch {
	case order.fields["goods"] == nil:
	case list && w.profile.Quirks.OneGoods:
		order.wrong("goods", "must be one object")
	case !list && !w.profile.Quirks.OneGoods:
		order.wrong("goods", "must be a list")
	case !list:
		goods = []any{order.fields["goods"]}
	}
	w.readGoods(order, goods, b)
}

// readGoods reads the lines of the order, for the cashier to show.
func (w *Wallet) readGoods(order *form, goods []any, b *bill) {
	for i, value := range goods {
		item := order.element("goods", i, value)
		n := line{name: item.text("goodsName", 256), unit: item.amount("goodsUnitAmount"),
			quantity: item.count("goodsQuantity")}
		order.merge(item)
		switch {
		case n.name == "" && n.unit.Value == 0:
		case len(b.lines) == maxLines:
			b.moreLines++
		default:
			b.lines = append(b.lines, n)
		}
	}
}

// named returns the payment that the request names; paymentId wins. a says
// why not.
func (w *Wallet) named(f *form) (p *payment, a *answer) {
	id, requestID := f.id("paymentId"), f.id("paymentRequestId")
	switch {
	case f.mistake != "":
		return nil, illegal(f.mistake)
	case id != "":
		p = w.byID[id]
	case requestID != "":
		p = w.byRequest[requestID]
	default:
		return nil, illegal("paymentId or paymentRequestId is missing")
	}
	if p == nil {
		return nil, reject("ORDER_NOT_EXIST", "the wallet has no such payment")
	}
	return w.upToDate(p), nil
}

func (w *Wallet) inquiryPayment(x *exchange) *answer {
	p, a := w.named(w.form(x))
	if a != nil {
		return a
	}
	if p.inProcess > 0 {
		if p.inProcess--; p.inProcess == 0 {
			w.charge(p)
		}
	}
	return success(w.paymentFields(p))
}

// statusWord is the status of a payment in this wallet's own words.
func (w *Wallet) statusWord(p *payment) string {
	if p.inProcess > 0 && w.manners.awaited != "" {
		return w.manners.awaited
	}
	return string(p.status)
}

// paymentFields is a payment as an inquiry tells it.
func (w *Wallet) paymentFields(p *payment) map[string]any {
	body := map[string]any{
		"paymentId": p.id, "paymentRequestId": p.requestID, "paymentStatus": w.statusWord(p),
		"paymentAmount": w.amountFields(p.amount.Currency, p.amount.Value),
	}
	if !p.paidAt.IsZero() {
		body["paymentTime"] = p.paidAt.Format(bodyTime)
	}
	if p.failReason != "" {
		body["paymentFailReason"] = p.failReason
	}
	if !p.authExpiresAt.IsZero() {
		body["authExpiryTime"] = p.authExpiresAt.Format(bodyTime)
	}
	if p.extendInfo != "" {
		body["extendInfo"] = p.extendInfo
	}
	if movements := p.visible(); len(movements) > 0 {
		list := make([]any, len(movements))
		for i, m := range movements {
			list[i] = w.movementFields(m)
		}
		body["transactions"] = list
	}
	return body
}

// movementFields is one of a payment's transactions, with what v2 adds.
func (w *Wallet) movementFields(m *movement) map[string]any {
	fields := map[string]any{
		"transactionId": m.id, "transactionType": m.kind, "transactionStatus": string(m.status),
		"transactionAmount": w.amountFields(m.amount.Currency, m.amount.Value),
		"transactionTime":   m.at.Format(bodyTime),
	}
	if w.profile.Dialect == "v1" {
		return fields
	}
	result := map[string]any{"resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success"}
	if m.status == tradepay.TransactionProcessing {
		result = map[string]any{
			"resultStatus": "U", "resultCode": m.kind + "_IN_PROCESS", "resultMessage": "in process",
		}
	}
	fields["transactionResult"] = result
	if m.requestID != "" {
		fields["transactionRequestId"] = m.requestID
	}
	if m.kind == "CAPTURE" {
		fields["isLastCapture"] = strconv.FormatBool(m.last)
	}
	return fields
}
