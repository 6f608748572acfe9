package tradepay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/internal/configtest"
	"github.com/tradepay/tradepay-go/internal/shaper"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

const messagePath = "/api/v2/miniprogram/message/send"

// shipped is a message that has what every wallet needs.
func shipped() *tradepay.MessageRequest {
	return &tradepay.MessageRequest{
		RequestID: "message-1", AccessToken: "A1", UserID: "U1", TemplateCode: "TP_1",
		Parameters: map[string]map[string]string{"es-MX": {"name": "Ana"}, "en-US": {"name": "Ana", "order": "1001"}},
		Title:      "Shipped", Body: "Your order is on its way", URL: "mini://platformapi/startapp?order=1001",
	}
}

func TestSendMessageRequest(t *testing.T) {
	t.Parallel()
	w := newScripted(t, wallets.PlatformV2()).on(messagePath, signed(200, ok+`,"messageId":"M1"}`))
	sent, err := w.client().SendMessage(t.Context(), shipped())
	require.NoError(t, err)
	require.Equal(t, "message-1", sent.RequestID)
	require.Equal(t, "M1", sent.MessageID)
	require.Equal(t, tradepay.ResultSuccess, sent.Result.Status)
	require.JSONEq(t, `{"appId":"APP","accessToken":"A1","requestId":"message-1","templateCode":"TP_1","templates":[
		{"language":"en-US","templateParameters":{"name":"Ana","order":"1001"}},
		{"language":"es-MX","templateParameters":{"name":"Ana"}}],
		"redirectUrl":"mini://platformapi/startapp?order=1001","extendInfo":"{\"customerBelongsTo\":\"SITE\"}"}`,
		w.seenOn(messagePath)[0].body)
}

func TestSendMessageAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answers  []answerFunc
		attempts int
		want     error
	}{
		{"sent", []answerFunc{signed(200, ok+`,"messageId":"M1"}`)}, 1, nil},
		{"sent, and no id", []answerFunc{signed(200, success)}, 1, nil},
		{"queued", []answerFunc{signed(200, result("A", "ACCEPT"))}, 1, nil},
		{"lost, then sent", []answerFunc{broken(errReset), signed(200, success)}, 2, nil},
		{"unknown, then sent", []answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION")), signed(200, success)}, 2,
			nil},
		{"lost for ever", []answerFunc{broken(errReset)}, 3, tradepay.ErrOutcomeUnknown},
		{"unknown for ever", []answerFunc{signed(200, result("U", "UNKNOWN_EXCEPTION"))}, 3,
			tradepay.ErrOutcomeUnknown},
		{"unsigned", []answerFunc{unsigned(200, success)}, 3, tradepay.ErrSignature},
		{"no such template", []answerFunc{signed(200, result("F", "TEMPLATE_NOT_EXIST"))}, 1, tradepay.ErrRejected},
		{"not subscribed", []answerFunc{signed(200, result("F", "USER_NOT_SUBSCRIBED"))}, 1, tradepay.ErrRejected},
		{"too many", []answerFunc{signed(200, result("F", "MESSAGE_SEND_EXCEED_LIMIT"))}, 1, tradepay.ErrRejected},
		{"other content", []answerFunc{signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))}, 1,
			tradepay.ErrIdempotencyMismatch},
		{"wrong key", []answerFunc{signed(200, result("F", "INVALID_SIGNATURE"))}, 1, tradepay.ErrUnauthorized},
		{"lost, and a rejected retry proves nothing", []answerFunc{broken(errReset),
			signed(200, result("F", "MESSAGE_SEND_EXCEED_LIMIT"))}, 2, tradepay.ErrOutcomeUnknown},
		{"lost, and the id is another message's", []answerFunc{broken(errReset),
			signed(200, result("F", "REPEAT_REQ_INCONSISTENT"))}, 2, tradepay.ErrIdempotencyMismatch},
		{"about another message", []answerFunc{signed(200, ok+`,"requestId":"message-2"}`)}, 3,
			tradepay.ErrReferenceMismatch},
		{"an id that is no text", []answerFunc{signed(200, ok+`,"messageId":{}}`)}, 1, tradepay.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newScripted(t, wallets.PlatformV2()).on(messagePath, tt.answers...)
			sent, err := w.client().SendMessage(t.Context(), shipped())
			seen := w.seenOn(messagePath)
			require.Len(t, seen, tt.attempts)
			for _, s := range seen {
				require.Equal(t, seen[0].body, s.body, "the same bytes")
			}
			if tt.want == nil {
				require.NoError(t, err)
				require.Equal(t, "message-1", sent.RequestID)
				return
			}
			require.ErrorIs(t, err, tt.want)
			if tt.want != tradepay.ErrRejected { //nolint:errorlint // of the table
				require.NotErrorIs(t, err, tradepay.ErrRejected)
			}
			for _, secret := range []string{"A1", "Ana", "Shipped", "TP_1"} {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

// TestSendMessageIsNotReplayed: the answer about one message says nothing of another.
func TestSendMessageIsNotReplayed(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.PlatformV2(), wallets.SuperQi(), wallets.RebellV2()} {
		wallet := tradepaytest.NewWallet(tradepaytest.As(profile))
		t.Cleanup(wallet.Close)
		client, err := tradepay.NewClient(configtest.With(wallet.Config(), func(conf *tradepay.Config) {
			conf.Retry = tradepay.RetryPolicy{MaxAttempts: 1}
		}))
		require.NoError(t, err)
		for _, channel := range []string{"inbox", "push"} {
			req := fitted(t, client, wallet)
			req.Channel, req.RequestID = channel, channel+"-1"
			_, err = client.SendMessage(t.Context(), req)
			require.NoError(t, err)
			wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.ReplayedResponse})
			req.RequestID = channel + "-2"
			_, err = client.SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrOutcomeUnknown)
			require.ErrorIs(t, err, tradepay.ErrSignature)
		}
		require.Len(t, wallet.Messages(), 4)
	}
}

// fitted is shipped to a user of the wallet who has agreed.
func fitted(t *testing.T, client *tradepay.Client, wallet *tradepaytest.Wallet) *tradepay.MessageRequest {
	t.Helper()
	token, err := client.ApplyToken(t.Context(), &tradepay.ApplyTokenRequest{AuthCode: wallet.AuthCode("U1")})
	require.NoError(t, err)
	req := shipped()
	req.AccessToken, req.UserID, req.TemplateCode = token.AccessToken, token.UserID, tradepaytest.DefaultTemplate
	return req
}

// TestSendMessageNeeds: what is missing or wrong is named, and nothing is sent.
func TestSendMessageNeeds(t *testing.T) {
	t.Parallel()
	six := make(map[string]map[string]string)
	for i := range 6 {
		six[fmt.Sprint("l", i)] = map[string]string{"name": "Ana"}
	}
	tests := []struct {
		wallet wire.Profile
		field  string
		change func(*tradepay.MessageRequest)
	}{
		{wallets.PlatformV2(), "RequestID", func(r *tradepay.MessageRequest) { r.RequestID = "" }},
		{wallets.PlatformV2(), "RequestID", func(r *tradepay.MessageRequest) { r.RequestID = "a#b" }},
		{wallets.PlatformV2(), "Channel", func(r *tradepay.MessageRequest) { r.Channel = "sms" }},
		{wallets.PlatformV2(), "AccessToken", func(r *tradepay.MessageRequest) { r.AccessToken = "" }},
		{wallets.PlatformV2(), "AccessToken", func(r *tradepay.MessageRequest) { r.AccessToken = "a\n" }},
		{wallets.PlatformV2(), "TemplateCode", func(r *tradepay.MessageRequest) { r.TemplateCode = "" }},
		{wallets.PlatformV2(), "Parameters", func(r *tradepay.MessageRequest) { r.Parameters = nil }},
		{wallets.PlatformV2(), "Parameters", func(r *tradepay.MessageRequest) { r.Parameters = six }},
		{wallets.PlatformV2(), "Parameters", func(r *tradepay.MessageRequest) { r.Parameters["en-US"]["name"] = "" }},
		{wallets.PlatformV2(), "Parameters",
			func(r *tradepay.MessageRequest) { r.Parameters["en-US"]["name"] = "\xff" }},
		{wallets.PlatformV2(), "URL", func(r *tradepay.MessageRequest) { r.URL = strings.Repeat("x", 2049) }},
		{wallets.PlatformV2(), "ExtendInfo", func(r *tradepay.MessageRequest) { r.ExtendInfo = "no JSON" }},
		{wallets.PlatformV2(), "Extra",
			func(r *tradepay.MessageRequest) { r.Extra = map[string]any{"RequestId": "2"} }},
		{wallets.SuperQi(), "Title", func(r *tradepay.MessageRequest) { r.Title = "" }},
		{wallets.SuperQi(), "Body", func(r *tradepay.MessageRequest) { r.Body = "" }},
		{wallets.SuperQi(), "AccessToken", func(r *tradepay.MessageRequest) { r.AccessToken = "" }},
		{wallets.RebellV2(), "UserID", func(r *tradepay.MessageRequest) { r.UserID = "" }},
		{wallets.RebellV1(), "Title", func(r *tradepay.MessageRequest) { r.Title = strings.Repeat("x", 129) }},
		{wallets.RebellV1(), "Title", func(r *tradepay.MessageRequest) {
			r.Channel, r.Title = "push", strings.Repeat("x", 65)
		}},
		{wallets.RebellV2(), "Body", func(r *tradepay.MessageRequest) {
			r.Channel, r.Body = "push", strings.Repeat("x", 257)
		}},
		{wallets.TouchNGo(), "TemplateCode", func(r *tradepay.MessageRequest) { r.TemplateCode = "" }},
	}
	for _, tt := range tests {
		t.Run(tt.wallet.Name+"/"+tt.field, func(t *testing.T) {
			t.Parallel()
			req := shipped()
			tt.change(req)
			_, err := newScripted(t, tt.wallet).client().SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrInvalidRequest)
			var field *tradepay.FieldError
			require.ErrorAs(t, err, &field)
			require.Equal(t, tt.field, field.Field)
		})
	}
	client := newScripted(t, wallets.PlatformV2()).client()
	_, err := client.SendMessage(t.Context(), nil)
	require.ErrorIs(t, err, tradepay.ErrInvalidRequest)

	w := newScripted(t, wallets.TouchNGo())
	w.config.AppID = ""
	_, err = w.client().SendMessage(t.Context(), shipped())
	require.ErrorContains(t, err, "Config.AppID")

	w = newScripted(t, wallets.AlipayConnect())
	w.config.SiteName = ""
	_, err = w.client().SendMessage(t.Context(), shipped())
	require.ErrorContains(t, err, "SiteName")
}

// TestSendMessageNotSupported: a wallet without messages gets none, whatever the
// request lacks.
func TestSendMessageNotSupported(t *testing.T) {
	t.Parallel()
	for _, profile := range []wire.Profile{wallets.PlatformV1(), wallets.Antom(), wallets.Toka()} {
		for _, req := range []*tradepay.MessageRequest{shipped(), {}, nil} {
			_, err := newScripted(t, profile).client().SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrNotSupported)
			require.ErrorContains(t, err, profile.Name)
		}
	}
}

// TestSignContract: what goes to the mini program is a JSON object with the page.
func TestSignContract(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal((&tradepay.Authorization{AuthURL: "https://wallet.example/agree"}).SignContract())
	require.NoError(t, err)
	require.JSONEq(t, `{"signStr":"https://wallet.example/agree","authUrl":"https://wallet.example/agree"}`,
		string(data))
}

// TestSendMessageKeepsItsID: a profile's mistake cannot send a message under another id,
// by which it would be sent twice.
func TestSendMessageKeepsItsID(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"inbox", "push"} {
		for name, hook := range map[string]shaper.Hook{
			"dropped": func(_ wire.Operation, body map[string]any) error {
				delete(body, "requestId")
				return nil
			},
			"changed": func(_ wire.Operation, body map[string]any) error {
				body["requestId"] = body["targetUserId"]
				return nil
			},
		} {
			profile := wallets.RebellV2()
			profile.Shaper = shaper.Hooks{Request: hook}
			req := shipped()
			req.Channel = channel
			_, err := newScripted(t, profile).client().SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrInvalidConfig, name)
			require.ErrorContains(t, err, "requestId", name)
		}
	}
}
