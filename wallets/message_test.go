package wallets_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tradepay/tradepay-go"
	"github.com/tradepay/tradepay-go/tradepaytest"
	"github.com/tradepay/tradepay-go/wallets"
	"github.com/tradepay/tradepay-go/wire"
)

func init() {
	hold("SuperQi", "messages", func(t *testing.T, profile wire.Profile) {
		for channel, template := range map[string]string{"inbox": "INBOX", "push": "PUSH"} {
			got := sentMessage(t, profile, channel)
			require.Equal(t, "/v1/messages/send"+strings.ToUpper(channel[:1])+channel[1:], got.path)
			require.Equal(t, map[string]any{
				"accessToken": "token", "requestId": "message-1", "templateCode": "MINI_APP_COMMON_" + template,
				"templates": []any{map[string]any{"templateParameters": map[string]any{
					"Title": "Shipped", "Content": "Your order is on its way", "Url": "mini://platformapi/startapp?x=1",
				}}},
			}, got.body)
		}
	})
	for _, version := range []string{"Rebell v1", "Rebell v2"} {
		hold(version, "messages", func(t *testing.T, profile wire.Profile) {
			for channel, path := range map[string]string{"inbox": "sendInbox", "push": "sendPush"} {
				got := sentMessage(t, profile, channel)
				require.Equal(t, profile.Routes.Prefix+"/v2/messages/"+path, got.path)
				require.Equal(t, map[string]any{"requestId": "message-1", "targetUserId": "2188000000000001",
					"title": "Shipped", "body": "Your order is on its way"}, got.body)
			}
		})
	}
	for wallet, path := range map[string]string{"VodaPay": "", "Alipay Connect": "/api/open"} {
		hold(wallet, "messages", func(t *testing.T, profile wire.Profile) {
			got := sentMessage(t, profile, "push")
			require.Equal(t, path+"/v2/miniprogram/message/send", got.path)
			want := map[string]any{
				"appId": "3500020208396321", "authClientId": vectorClient, "accessToken": "token",
				"requestId": "message-1", "templateCode": tradepaytest.DefaultTemplate,
				"redirectUrl": "mini://platformapi/startapp?x=1", "templates": []any{map[string]any{
					"language": "en-US", "templateParameters": map[string]any{"name": "Ana"},
				}},
			}
			if profile.Requirements.SiteName {
				want["customerBelongsTo"] = "KAKAOPAY"
			}
			require.Equal(t, want, got.body)
			p := newProbe(t, profile)
			req := news("token")
			req.Extra = map[string]any{"authClientId": "other"}
			other := p.first(func() error { _, err := p.ForSite("KAKAOPAY").SendMessage(t.Context(), req); return err })
			require.Equal(t, "other", other.body["authClientId"], "Extra names another one")
		})
	}
	hold("Touch 'n Go", "messages", func(t *testing.T, profile wire.Profile) {
		got := sentMessage(t, profile, "push")
		require.Equal(t, "/acl/api/v2/customers/message/sendByAccessToken", got.path)
		require.Equal(t, map[string]any{
			"appId": "3500020208396321", "accessToken": "token", "requestId": "message-1",
			"templateCode": tradepaytest.DefaultTemplate, "templates": []any{map[string]any{
				"language": "en-US", "templateParameters": map[string]any{"name": "Ana"},
			}},
		}, got.body)
	})
}

// news is a message that has what every wallet needs.
func news(accessToken string) *tradepay.MessageRequest {
	return &tradepay.MessageRequest{
		RequestID: "message-1", AccessToken: accessToken, UserID: tradepaytest.DefaultUser,
		TemplateCode: tradepaytest.DefaultTemplate,
		Parameters:   map[string]map[string]string{"en-US": {"name": "Ana"}},
		Title:        "Shipped", Body: "Your order is on its way", URL: "mini://platformapi/startapp?x=1",
	}
}

// sentMessage is a message as it leaves the merchant's server.
func sentMessage(t *testing.T, profile wire.Profile, channel string) sent {
	t.Helper()
	p := newProbe(t, profile)
	req := news("token")
	req.Channel = channel
	client := p.Client
	if profile.Requirements.SiteName {
		client = p.ForSite("KAKAOPAY")
	}
	return p.first(func() error {
		_, err := client.SendMessage(t.Context(), req)
		return err
	})
}

// consent is the token of a user who has agreed to messages.
func (s *shop) consent(t *testing.T) string {
	t.Helper()
	token, err := s.client.ApplyToken(t.Context(),
		&tradepay.ApplyTokenRequest{AuthCode: s.wallet.AuthCode(tradepaytest.DefaultUser)})
	require.NoError(t, err)
	require.Equal(t, tradepaytest.DefaultUser, token.UserID)
	return token.AccessToken
}

// TestMessages is one merchant's code against every wallet: each sends it once,
// whatever happens to the answers, or has no messages.
func TestMessages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		s := newShop(t, profile)
		if profile.Path(wire.OpSendMessage) == "" {
			_, err := s.client.SendMessage(t.Context(), news("token"))
			require.ErrorIs(t, err, tradepay.ErrNotSupported)
			require.ErrorContains(t, err, profile.Name)
			return
		}
		token := s.consent(t)
		for _, channel := range []string{"inbox", "push"} {
			req := news(token)
			req.Channel, req.RequestID = channel, "message-"+channel
			s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.DropAfter})
			message, err := s.client.SendMessage(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, tradepay.ResultSuccess, message.Result.Status)
			again, err := s.client.SendMessage(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, message.MessageID, again.MessageID)

			all := s.wallet.Messages()
			got := all[len(all)-1]
			require.Equal(t, req.RequestID, got.RequestID)
			require.Equal(t, tradepaytest.DefaultUser, got.UserID)
			if profile.Quirks.TextMessages {
				require.Equal(t, []string{channel, req.Title, req.Body}, []string{got.Channel, got.Title, got.Body})
			} else {
				require.Equal(t, req.TemplateCode, got.TemplateCode)
				require.Equal(t, req.Parameters, got.Parameters)
			}
			req.Title, req.Parameters = "Lost", map[string]map[string]string{"": {"name": "Bea"}}
			_, err = s.client.SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrIdempotencyMismatch)
		}
		require.Len(t, s.wallet.Messages(), 2, "each once")
		require.Empty(t, s.wallet.Rejections())
	})
}

// TestMessagesThatAreNotSent: the wallet's word is the error's.
func TestMessagesThatAreNotSent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, profile wire.Profile) {
		if profile.Path(wire.OpSendMessage) == "" {
			return
		}
		s := newShop(t, profile)
		token := s.consent(t)
		refused := func(code string, change func(*tradepay.MessageRequest)) {
			req := news(token)
			change(req)
			_, err := s.client.SendMessage(t.Context(), req)
			require.ErrorIs(t, err, tradepay.ErrRejected)
			var failed *tradepay.APIError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, code, failed.Result.Code)
		}
		for _, fault := range []tradepaytest.Fault{
			{Kind: tradepaytest.MessageRefused, Code: "MESSAGE_SEND_EXCEED_LIMIT"},
			{Kind: tradepaytest.MessageRefused, Code: "USER_NOT_SUBSCRIBED"},
		} {
			s.wallet.Inject(fault)
			refused(fault.Code, func(*tradepay.MessageRequest) {})
		}
		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.MessageRefused})
		refused("USER_NOT_SUBSCRIBED", func(*tradepay.MessageRequest) {})
		switch {
		case strings.HasPrefix(profile.Name, "Rebell"):
			refused("USER_NOT_EXIST", func(r *tradepay.MessageRequest) { r.UserID = "nobody" })
		default:
			refused("INVALID_ACCESS_TOKEN", func(r *tradepay.MessageRequest) { r.AccessToken = "guess" })
		}
		if !profile.Quirks.TextMessages {
			refused("TEMPLATE_NOT_EXIST", func(r *tradepay.MessageRequest) { r.TemplateCode = "TP_OTHER" })
		}
		require.Empty(t, s.wallet.Messages())

		s.wallet.Inject(tradepaytest.Fault{Kind: tradepaytest.MessageQueued})
		queued, err := s.client.SendMessage(t.Context(), news(token))
		require.NoError(t, err, "a refused id is free")
		require.Equal(t, tradepay.ResultAccepted, queued.Result.Status)
		require.Len(t, s.wallet.Messages(), 1)
	})
}

// TestPlatformMessages: v2 wallets have the platform's path for messages, and those whose
// paths are their own have none until a document shows it.
func TestPlatformMessages(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"Antom": "", "Be SuperApp": "", "EMAS": "", "Toka": "",
		"Alipay Connect": "/v2/miniprogram/message/send", "M-Pesa": "/v2/miniprogram/message/send",
		"VodaPay": "/v2/miniprogram/message/send",
	} {
		profile, ok := wallets.ByName(name)
		require.True(t, ok)
		require.Equal(t, path, profile.Path(wire.OpSendMessage), name)
	}
}
