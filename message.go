package tradepay

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/tradepay/tradepay-go/internal/operation"
	"github.com/tradepay/tradepay-go/internal/strictjson"
	"github.com/tradepay/tradepay-go/wire"
)

// MessageRequest asks the wallet to tell a payer something, such as that an order
// was shipped. Most wallets fill in a template of their console: they need
// AccessToken, TemplateCode and Parameters. The others write Title and Body as they
// are: SuperQi to the payer of AccessToken, Rebell to the payer of UserID. The
// client sends what the wallet takes of the fields, so one request can serve all.
// It holds a token and what is said to a payer: fmt and slog do not print them.
type MessageRequest struct {
	// RequestID is the merchant's id of this message and its idempotency key, by
	// the rules of PaymentRequestID. Required. The wallet sends a message once.
	RequestID string `json:"requestId,omitzero"`
	// Channel is "inbox", the default, or "push". Where the wallet has templates,
	// the template decides, and the client does not send the channel.
	Channel     string `json:"channel,omitzero"`
	AccessToken string `json:"accessToken,omitzero"` // of ApplyToken, with the payer's consent to messages
	UserID      string `json:"userId,omitzero"`      // of ApplyToken or UserInfo

	TemplateCode string `json:"templateCode,omitzero"` // at most 64 characters, from the wallet's console
	// Parameters are the values of the template's variables by language: 1 to 5
	// languages, such as {"en-US": {"name": "Ana"}}. "" is the template's own.
	Parameters map[string]map[string]string `json:"parameters,omitzero"`

	Title string `json:"title,omitzero"` // at most 128 characters
	Body  string `json:"body,omitzero"`  // at most 4,096 characters
	// URL opens when the payer taps the message: a URL, or a page of the mini
	// program. At most 2,048 characters. Touch 'n Go has no place for it but the
	// template.
	URL        string      `json:"url,omitzero"`
	ExtendInfo string      `json:"extendInfo,omitzero"` // at most 4,096 characters
	Extra      extraFields `json:"extra,omitzero"`
}

// SentMessage says that the wallet took a message. That it was read, no wallet says.
type SentMessage struct {
	RequestID string `json:"requestId,omitzero"`
	MessageID string `json:"messageId,omitzero"` // the wallet's id; some have none
	// Result is S, or A for a message that waits to be sent.
	Result Result `json:"result,omitzero"`
	Raw    []byte `json:"raw,omitempty"`
}

// SendMessage sends a message to a payer. If an answer is lost, the client sends the
// same request again, with the same id. If the outcome is still not known, the error
// matches [ErrOutcomeUnknown]: make the same call again with the same RequestID, or
// leave it; with another id, the payer may read the message twice. With
// [ErrRejected], Result.Code of the [APIError] says why: TEMPLATE_NOT_EXIST,
// USER_NOT_SUBSCRIBED, MESSAGE_SEND_EXCEED_LIMIT. A wallet without messages is
// [ErrNotSupported]; a field that the wallet needs is [ErrInvalidRequest].
func (c *Client) SendMessage(ctx context.Context, req *MessageRequest) (*SentMessage, error) {
	op := wire.OpSendMessage
	if req != nil && req.Channel == "push" && c.wallet.Path(operation.SendPush) != "" {
		op = operation.SendPush
	}
	if err := cmp.Or(validateContext(ctx), c.supports(op)); err != nil {
		return nil, err
	}
	body, err := c.messageBody(req)
	if err != nil {
		return nil, err
	}
	bind := func(_ Result, body strictjson.Object) error {
		return contradicts(body, boundID{"requestId", req.RequestID})
	}
	ans, err := c.exchange(ctx, &outgoing{op: op, body: body, extra: req.Extra, repeatable: true, bind: bind})
	switch {
	case err != nil:
		return nil, err
	case ans.result.Status == ResultFailed:
		return nil, ans.rejectedMessage()
	}
	r := reader{from: ans.body}
	sent := &SentMessage{RequestID: req.RequestID, MessageID: r.text("messageId"), Result: ans.result, Raw: ans.raw}
	if r.err != nil {
		return nil, ans.malformed(r.err)
	}
	return sent, nil
}

// rejectedMessage is the error about a message that the wallet rejects. If an attempt
// before was lost, that one may have been sent: nothing can be asked about it.
func (a *answer) rejectedMessage() *APIError {
	rejection := a.reject()
	certain := errors.Is(rejection, ErrUnauthorized) || errors.Is(rejection, ErrIdempotencyMismatch)
	if a.doubtful && !certain {
		return rejection.inDoubt("an attempt before the rejected one may have been sent")
	}
	return rejection
}

// messageBody checks the request and writes it.
func (c *Client) messageBody(req *MessageRequest) (map[string]any, error) {
	if err := c.validateMessage(req); err != nil {
		return nil, err
	}
	body := map[string]any{"requestId": req.RequestID}
	put(body, "accessToken", req.AccessToken)
	put(body, "redirectUrl", req.URL)
	info, err := extendInfo(c.siteName, req.ExtendInfo)
	if err != nil {
		return nil, err
	}
	put(body, "extendInfo", info)
	if c.wallet.Quirks.TextMessages {
		put(body, "targetUserId", req.UserID)
		body["title"], body["body"] = req.Title, req.Body
	} else {
		body["appId"], body["templateCode"] = c.appID, req.TemplateCode
		body["templates"] = templates(req.Parameters)
	}
	if c.wallet.Quirks.ClientIDWithMessages && !hasMember(req.Extra, "authClientId") {
		body["authClientId"] = c.clientID
	}
	return body, putExtra(body, req.Extra)
}

// templates writes the parameters as the platform has them, in the order of the
// languages: a retry must have the same bytes.
func templates(parameters map[string]map[string]string) []any {
	list := make([]any, 0, len(parameters))
	for _, language := range slices.Sorted(maps.Keys(parameters)) {
		values := make(map[string]any)
		for name, value := range parameters[language] {
			values[name] = value
		}
		template := map[string]any{"templateParameters": values}
		put(template, "language", language)
		list = append(list, template)
	}
	return list
}

func (c *Client) validateMessage(req *MessageRequest) error {
	if req == nil {
		return invalidRequest("MessageRequest", "is nil", "")
	}
	if err := validateID("RequestID", req.RequestID); err != nil {
		return err
	}
	if req.Channel != "" && req.Channel != "inbox" && req.Channel != "push" {
		return invalidRequest("Channel", `must be "inbox" or "push"`, "leave it empty for the inbox")
	}
	if c.wallet.Requirements.SiteName && c.siteName == "" && !namesSite(req.ExtendInfo) {
		return invalidRequest("SiteName", "is required by "+c.wallet.Name,
			"set Config.SiteName, or call through ForSite with siteName from my.getSiteInfo")
	}
	if err := c.validateNeeded(req); err != nil {
		return err
	}
	if err := validateToken("AccessToken", req.AccessToken); err != nil {
		return err
	}
	for _, f := range []struct {
		field, value string
		most         int
	}{
		{"UserID", req.UserID, 64}, {"TemplateCode", req.TemplateCode, 64}, {"Title", req.Title, 128},
		{"Body", req.Body, 4096}, {"URL", req.URL, 2048}, {"ExtendInfo", req.ExtendInfo, 4096},
	} {
		if err := validateText(f.field, f.value, f.most); err != nil {
			return err
		}
	}
	return validateParameters(req.Parameters)
}

// validateNeeded checks that the request has what the wallet makes a message of. The
// profile's Shaper may need more.
func (c *Client) validateNeeded(req *MessageRequest) error {
	type need struct {
		field string
		given bool
		how   string
	}
	needs := []need{
		{"AccessToken", req.AccessToken != "", "get it with ApplyToken; the payer must have agreed to messages"},
		{"TemplateCode", req.TemplateCode != "", "take it from the wallet's console"},
		{"Parameters", len(req.Parameters) > 0, `give the template's variables like {"en-US": {"name": "Ana"}}`},
		{"Config.AppID", c.appID != "", "set it: a template belongs to a mini program"},
	}
	if c.wallet.Quirks.TextMessages {
		needs = []need{
			{"Title", req.Title != "", "give it with Body; this wallet has no templates of yours"},
			{"Body", req.Body != "", "give it with Title; this wallet has no templates of yours"},
		}
	}
	for _, n := range needs {
		if !n.given {
			return invalidRequest(n.field, "is required by "+c.wallet.Name+" for a message", n.how)
		}
	}
	return nil
}

func validateParameters(parameters map[string]map[string]string) error {
	if len(parameters) > 5 {
		return invalidRequest("Parameters", "must have at most 5 languages", "send the payer's own")
	}
	for language, values := range parameters {
		if err := validateText("Parameters", language, 64); err != nil {
			return err
		}
		for name, value := range values {
			if name == "" || value == "" {
				return invalidRequest("Parameters", "must have no empty name or value", "leave the variable out")
			}
			if err := validateText("Parameters", name+value, 4096); err != nil {
				return err
			}
		}
	}
	return nil
}
