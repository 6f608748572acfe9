package tradepaytest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tradepay/tradepay-go/internal/operation"
)

// DefaultTemplate is the code of the one message template that the wallet's console
// has, unless [WithTemplates] says otherwise.
const DefaultTemplate = "TP_TEST_0001"

// WithTemplates sets the codes of the message templates in the wallet's console. The
// wallet rejects a message with another one: TEMPLATE_NOT_EXIST.
func WithTemplates(codes ...string) Option { return func(w *Wallet) { w.templates = codes } }

// UserMessage is a message that a merchant sent to a user.
type UserMessage struct {
	RequestID string // the merchant's
	MessageID string // the wallet's
	UserID    string
	Channel   string // "inbox" or "push"; "" where the template decides
	// TemplateCode and Parameters, by language and variable, are those of a wallet with
	// templates. Title and Body are those of a wallet without.
	TemplateCode string
	Parameters   map[string]map[string]string
	Title, Body  string
	URL          string
	Queued       bool // accepted, by the fault MessageQueued, and not said to be sent
	At           time.Time
}

// Format implements [fmt.Formatter] with the ids of the message, not with what it says.
func (m UserMessage) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.redacted()) }

// LogValue implements [slog.LogValuer] with what Format prints.
func (m UserMessage) LogValue() slog.Value { return slog.StringValue(m.redacted()) }

func (m UserMessage) redacted() string {
	return fmt.Sprintf("tradepaytest.UserMessage{RequestID:%q MessageID:%q}", m.RequestID, m.MessageID)
}

// Messages returns what merchants have sent to users, oldest first.
func (w *Wallet) Messages() []UserMessage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.inbox)
}

// sendMessage takes a message, once for each requestId.
func (w *Wallet) sendMessage(x *exchange) *answer {
	m, token, why := w.readMessage(x)
	client, _ := x.fields["authClientId"].(string)
	switch {
	case why != "":
		return illegal(why)
	case client == "" && w.profile.Quirks.ClientIDWithMessages:
		return illegal("authClientId is missing")
	case client != "" && client != w.clientID:
		return otherClient()
	}
	if a := w.once(x, m.RequestID); a != nil {
		return a
	}
	if token != "" {
		g, a := w.consent(token)
		if a != nil {
			return a
		}
		m.UserID = g.user
	}
	fault := w.meet(x.op, messageFaults, nil)
	if fault.Kind != "" {
		x.steps = append(x.steps, Event{Name: "Fault injected", Detail: string(fault.Kind)})
	}
	switch {
	case !w.users[m.UserID]:
		return reject("USER_NOT_EXIST", "nobody has this id")
	case m.TemplateCode != "" && !slices.Contains(w.templates, m.TemplateCode):
		return reject("TEMPLATE_NOT_EXIST", "the console has no such template")
	case fault.Kind == MessageRefused && fault.Code == tooManyMessages:
		return reject(tooManyMessages, "too many messages for now")
	case fault.Kind == MessageRefused:
		return reject(notSubscribed, "the user has not subscribed to messages")
	}
	m.At, m.MessageID, m.Queued = w.now(), w.id("message", m.RequestID+string(x.op)), fault.Kind == MessageQueued
	w.inbox = append(bounded(w.inbox), *m)
	return w.settle(x, m.RequestID, func() *answer {
		body := map[string]any{"messageId": m.MessageID}
		if m.Queued {
			return accepted(body)
		}
		return success(body)
	})
}

// readMessage reads a message, and the token that says to whom. why says what is wrong.
func (w *Wallet) readMessage(x *exchange) (m *UserMessage, token, why string) {
	f := w.form(x)
	m = &UserMessage{RequestID: f.requiredID("requestId"), URL: f.text("redirectUrl", 2048)}
	f.text("extendInfo", 4096)
	if w.profile.Quirks.TextMessages && f.fields["templateCode"] == nil {
		m.Channel = "inbox"
		if x.op == operation.SendPush {
			m.Channel = "push"
		}
		m.Title, m.Body = f.required("title", 128), f.required("body", 4096)
		m.UserID = f.text("targetUserId", 64)
		if m.UserID == "" {
			token = f.required("accessToken", 128)
		}
		return m, token, f.mistake
	}
	if !w.profile.Quirks.TextMessages {
		f.required("appId", 32)
	}
	token = f.required("accessToken", 128)
	m.TemplateCode = f.required("templateCode", 64)
	w.readTemplates(f, m)
	return m, token, f.mistake
}

func (w *Wallet) readTemplates(f *form, m *UserMessage) {
	list, isList := f.fields["templates"].([]any)
	if !isList || len(list) == 0 || len(list) > 5 {
		f.wrong("templates", "must be a list of 1 to 5")
		return
	}
	m.Parameters = make(map[string]map[string]string)
	for i, item := range list {
		template := f.element("templates", i, item)
		language := template.text("language", 64)
		if _, twice := m.Parameters[language]; twice {
			template.wrong("language", "is there twice: "+strconv.Quote(language))
		}
		parameters := template.object("templateParameters")
		if parameters.fields == nil {
			template.wrong("templateParameters", "is missing")
		}
		values := make(map[string]string)
		for name := range parameters.fields {
			values[name] = parameters.text(name, 4096)
		}
		template.merge(parameters)
		f.merge(template)
		m.Parameters[language] = values
	}
}

// appInbox answers what the user has been told, the latest first, at most 50 messages.
func (w *Wallet) appInbox(rw http.ResponseWriter, _ *http.Request) {
	type shown struct {
		MessageID  string                       `json:"messageId"`
		Channel    string                       `json:"channel,omitempty"`
		Template   string                       `json:"templateCode,omitempty"`
		Parameters map[string]map[string]string `json:"parameters,omitempty"`
		Title      string                       `json:"title,omitempty"`
		Body       string                       `json:"body,omitempty"`
		URL        string                       `json:"url,omitempty"`
	}
	all, user := w.Messages(), w.currentUser()
	list := make([]shown, 0, min(len(all), maxLines))
	for i := len(all) - 1; i >= 0 && len(list) < maxLines; i-- {
		m := all[i]
		if m.UserID == user {
			list = append(list, shown{m.MessageID, m.Channel, m.TemplateCode, m.Parameters, m.Title, m.Body, m.URL})
		}
	}
	writeJSON(rw, map[string]any{"messages": list})
}
