package tradepaytest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
)

func tokenOf(t *testing.T, w *tradepaytest.Wallet, c *tradepay.Client, user string) string {
	t.Helper()
	token, err := c.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: w.AuthCode(user)})
	require.NoError(t, err)
	return token.AccessToken
}

func greeting(id, token string) *tradepay.MessageRequest {
	return &tradepay.MessageRequest{
		RequestID: id, AccessToken: token, TemplateCode: tradepaytest.DefaultTemplate,
		Parameters: map[string]map[string]string{"en-US": {"name": "Ana"}}, URL: "/orders/1001",
	}
}

func TestInbox(t *testing.T) {
	t.Parallel()
	now := newClock()
	w := newWallet(t, tradepaytest.WithClock(now.Now), tradepaytest.WithTemplates("TP_1", tradepaytest.DefaultTemplate))
	c := newClient(t, w, func(conf *tradepay.Config) { conf.Now = now.Now })
	token := tokenOf(t, w, c, tradepaytest.DefaultUser)
	sent, err := c.SendMessage(t.Context(), greeting("m-1", token))
	require.NoError(t, err)
	require.Equal(t, []tradepaytest.UserMessage{{
		RequestID: "m-1", MessageID: sent.MessageID, UserID: tradepaytest.DefaultUser,
		TemplateCode: tradepaytest.DefaultTemplate, Parameters: map[string]map[string]string{"en-US": {"name": "Ana"}},
		URL: "/orders/1001", At: now.Now(),
	}}, w.Messages())

	other := greeting("m-2", token)
	other.TemplateCode = "TP_2"
	_, err = c.SendMessage(t.Context(), other)
	requireCode(t, err, "TEMPLATE_NOT_EXIST")
	other.TemplateCode = "TP_1"
	_, err = c.SendMessage(t.Context(), other)
	require.NoError(t, err, "the refused id is free")
	require.NoError(t, c.CancelToken(t.Context(), token))
	_, err = c.SendMessage(t.Context(), greeting("m-3", token))
	requireCode(t, err, "INVALID_ACCESS_TOKEN")
	require.Len(t, w.Messages(), 2)
	require.Panics(t, func() { w.Inject(tradepaytest.Fault{Kind: tradepaytest.MessageRefused, Code: "RISK_REJECT"}) })
}

// TestMessageForm: what the documents require is required.
func TestMessageForm(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	token := tokenOf(t, w, c, "user-1")
	send := func(change func(map[string]any)) (tradepay.Result, error) {
		body := map[string]any{
			"appId": w.Config().AppID, "accessToken": token, "requestId": "m-1",
			"templateCode": tradepaytest.DefaultTemplate, "templates": []any{
				map[string]any{"language": "en-US", "templateParameters": map[string]any{"name": "Ana"}},
			},
		}
		change(body)
		return c.Call(t.Context(), "miniprogram/message/send", body, nil)
	}
	for name, change := range map[string]func(map[string]any){
		"no app":        func(b map[string]any) { delete(b, "appId") },
		"no token":      func(b map[string]any) { delete(b, "accessToken") },
		"no id":         func(b map[string]any) { delete(b, "requestId") },
		"no code":       func(b map[string]any) { delete(b, "templateCode") },
		"no templates":  func(b map[string]any) { delete(b, "templates") },
		"one template":  func(b map[string]any) { b["templates"] = b["templates"].([]any)[0] },
		"text":          func(b map[string]any) { b["templates"] = []any{"text"} },
		"no parameters": func(b map[string]any) { b["templates"] = []any{map[string]any{"language": "en-US"}} },
		"six": func(b map[string]any) {
			var six []any
			for i := range 6 {
				six = append(six, map[string]any{"language": strconv.Itoa(i),
					"templateParameters": map[string]any{"a": "b"}})
			}
			b["templates"] = six
		},
		"a language twice": func(b map[string]any) {
			list := b["templates"].([]any)
			b["templates"] = append(list, list[0])
		},
		"a number": func(b map[string]any) {
			b["templates"] = []any{map[string]any{"templateParameters": map[string]any{"name": 1}}}
		},
	} {
		result, err := send(change)
		require.ErrorIs(t, err, tradepay.ErrRejected, name)
		require.Equal(t, "PARAM_ILLEGAL", result.Code, name)
	}
	_, err := send(func(map[string]any) {})
	require.NoError(t, err)
	require.Len(t, w.Messages(), 1)
}

// TestMessageNamesTheMerchant: where the wallet wants authClientId, it is the merchant's.
func TestMessageNamesTheMerchant(t *testing.T) {
	t.Parallel()
	vodaPay := wallets.VodaPay()
	w := newWallet(t, tradepaytest.As(vodaPay))
	c := newClient(t, w)
	token := tokenOf(t, w, c, tradepaytest.DefaultUser)
	other := greeting("m-1", token)
	other.Extra = map[string]any{"authClientId": "TEST_OTHER"}
	_, err := c.SendMessage(t.Context(), other)
	require.ErrorIs(t, err, tradepay.ErrUnauthorized)
	vodaPay.Quirks.ClientIDWithMessages = false
	cfg := w.Config()
	cfg.Wallet = vodaPay
	without, err := tradepay.NewClient(cfg)
	require.NoError(t, err)
	_, err = without.SendMessage(t.Context(), greeting("m-1", token))
	requireCode(t, err, "PARAM_ILLEGAL")
	require.Empty(t, w.Messages())
	_, err = c.SendMessage(t.Context(), greeting("m-1", token))
	require.NoError(t, err)
	require.Len(t, w.Messages(), 1)
}

// TestSuperQiTemplates: only the templates that every mini program has.
func TestSuperQiTemplates(t *testing.T) {
	t.Parallel()
	w := newWallet(t, tradepaytest.As(wallets.SuperQi()))
	c := newClient(t, w)
	token := tokenOf(t, w, c, "user-1")
	for code, want := range map[string]string{"MINI_APP_COMMON_INBOX": "",
		"MINI_APP_COMMON_PUSH": "TEMPLATE_NOT_EXIST"} {
		_, err := c.Call(t.Context(), "messages/sendInbox", map[string]any{
			"accessToken": token, "requestId": code, "templateCode": code, "templates": []any{map[string]any{
				"templateParameters": map[string]any{"Title": "Shipped", "Content": "Today", "Url": "mini://x"},
			}},
		}, nil)
		if want != "" {
			requireCode(t, err, want)
			continue
		}
		require.NoError(t, err)
	}
	require.Len(t, w.Messages(), 1)
}

// TestMessagesAreNotShown: an observer sees that a message was sent, not what it says.
func TestMessagesAreNotShown(t *testing.T) {
	t.Parallel()
	var seen events
	w := newWallet(t, tradepaytest.As(wallets.RebellV2()), tradepaytest.WithObserver(seen.observe))
	c := newClient(t, w)
	_, err := c.SendMessage(t.Context(), &tradepay.MessageRequest{
		RequestID: "m-1", UserID: tradepaytest.DefaultUser, Title: "Your secret", Body: "is shipped",
	})
	require.NoError(t, err)
	shown := seen.step(t, 0, "Request answered").Message.Body
	require.Contains(t, shown, "m-1")
	for _, secret := range []string{"secret", "shipped", tradepaytest.DefaultUser} {
		require.NotContains(t, shown, secret)
	}
	require.NotContains(t, fmt.Sprintf("%+v", w.Messages()), "secret")
}

// TestAppInbox: the phone shows what its user has been told, the latest first.
func TestAppInbox(t *testing.T) {
	t.Parallel()
	w := newWallet(t)
	c := newClient(t, w)
	mine, others := tokenOf(t, w, c, tradepaytest.DefaultUser), tokenOf(t, w, c, "user-2")
	for i, token := range []string{mine, others, mine} {
		_, err := c.SendMessage(t.Context(), greeting("m-"+strconv.Itoa(i), token))
		require.NoError(t, err)
	}
	status, page, _ := visit(t, http.MethodGet, w.URL()+"/app/inbox", "", "")
	require.Equal(t, http.StatusOK, status)
	var inbox struct {
		Messages []struct {
			MessageID  string
			Parameters map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(page), &inbox))
	require.Len(t, inbox.Messages, 2)
	require.Equal(t, w.Messages()[2].MessageID, inbox.Messages[0].MessageID)
	require.Equal(t, "Ana", inbox.Messages[0].Parameters["en-US"]["name"])
	status, _, _ = ask(t, http.MethodPost, w.URL()+"/app/inbox", "{}")
	require.Equal(t, http.StatusMethodNotAllowed, status)
}
