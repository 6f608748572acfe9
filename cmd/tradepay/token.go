package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/tradepay/tradepay-go"
)

// storedToken is how token apply writes a token, to a file or with -json.
type storedToken struct {
	AccessToken           string     `json:"accessToken"`
	AccessTokenExpiresAt  *time.Time `json:"accessTokenExpiresAt,omitempty"`
	RefreshToken          string     `json:"refreshToken,omitempty"`
	RefreshTokenExpiresAt *time.Time `json:"refreshTokenExpiresAt,omitempty"`
	UserID                string     `json:"userId,omitempty"`
}

// readToken reads a secret from a file: alone, or as this member of what token apply wrote.
func (c *cli) readToken(flagName, file, member string) (string, error) {
	if file == "" {
		return "", usage("give -%s, the file that holds the secret; - is standard input", flagName)
	}
	data, err := c.readInput(flagName, file)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(data))
	if strings.HasPrefix(token, "{") {
		var stored map[string]any
		if err := json.Unmarshal(data, &stored); err != nil {
			return "", usage("-%s %s: is no whole JSON object", flagName, file) // err may repeat the secret
		}
		token, _ = stored[member].(string)
		if token == "" {
			return "", usage("-%s %s: has no %s", flagName, file, member)
		}
	}
	if token == "" {
		return "", usage("-%s %s: is empty", flagName, file)
	}
	return token, nil
}

func runTokenApply(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("token apply")
	code := f.text("auth-code-file")
	return f.applyToken(ctx, args, func(req *tradepay.ApplyTokenRequest) (err error) {
		req.AuthCode, err = c.readToken("auth-code-file", *code, "authCode")
		return err
	})
}

func runTokenRefresh(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("token refresh")
	token := f.text("token-file")
	return f.applyToken(ctx, args, func(req *tradepay.ApplyTokenRequest) (err error) {
		req.RefreshToken, err = c.readToken("token-file", *token, "refreshToken")
		return err
	})
}

// applyToken gets a token. grant reads what the request gives for it.
func (f *orderFlags) applyToken(ctx context.Context, args []string,
	grant func(*tradepay.ApplyTokenRequest) error) error {
	c := f.cli
	referenceClientID, out, extra := f.text("reference-client-id"), f.text("out"), f.text("extra")
	if err := f.parse(args); err != nil {
		return err
	}
	if *out == "" && !*f.asJSON {
		return usage("give -out, a new file for the tokens, or -json to print them")
	}
	req := &tradepay.ApplyTokenRequest{ReferenceClientID: *referenceClientID}
	if err := grant(req); err != nil {
		return err
	}
	var err error
	if req.Extra, err = f.extra(*extra); err != nil {
		return err
	}
	if err := f.start(); err != nil {
		return err
	}
	keep := func([]byte) error { return nil }
	if *out != "" { // before the code is spent
		if keep, err = reserve(*out); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	token, err := f.client.ApplyToken(ctx, req)
	if err != nil {
		_ = keep(nil)
		return f.fail(err, "", c.lang.say("If the code is spent, the mini program must ask for a new one."))
	}
	stored := storedToken{AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, UserID: token.UserID}
	if at := token.AccessTokenExpiresAt; !at.IsZero() {
		stored.AccessTokenExpiresAt = &at
	}
	if at := token.RefreshTokenExpiresAt; !at.IsZero() {
		stored.RefreshTokenExpiresAt = &at
	}
	data, err := json.MarshalIndent(stored, "", "  ") //nolint:gosec // storing the token is what it is for
	if err != nil {
		return failed("cannot write: %w", err)
	}
	if err := keep(append(data, '\n')); err != nil {
		return err
	}
	if *f.asJSON {
		return printJSON(c.stdout, stored)
	}
	word := c.lang.say
	fields(c.stdout, c.out,
		[2]string{word("tokens in"), *out},
		[2]string{word("valid until"), timeText(token.AccessTokenExpiresAt)},
		[2]string{word("refresh until"), timeText(token.RefreshTokenExpiresAt)},
		[2]string{"userId", token.UserID},
	)
	return nil
}

// reserve makes a new file, which only its owner can read. The function that it returns
// writes the content, or removes the file if there is none.
func reserve(file string) (keep func([]byte) error, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the file that the user names
	switch {
	case errors.Is(err, os.ErrExist):
		return nil, usage("-out %s exists, and may hold a token that is still good: name a new file", file)
	case err != nil:
		return nil, failed("cannot write: %w", err)
	}
	return func(data []byte) error {
		if data == nil {
			_ = f.Close()
			return os.Remove(file)
		}
		_, err := f.Write(data)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return failed("cannot write: %w", err)
		}
		return nil
	}, nil
}

// startWithToken reads the flags and the token that -token-file names, and starts the client.
func (f *orderFlags) startWithToken(args []string) (token string, err error) {
	file := f.text("token-file")
	if err := f.parse(args); err != nil {
		return "", err
	}
	if token, err = f.cli.readToken("token-file", *file, "accessToken"); err != nil {
		return "", err
	}
	return token, f.start()
}

func runTokenCancel(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("token cancel").moving()
	token, err := f.startWithToken(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	if err := f.client.CancelToken(ctx, token); err != nil {
		return f.fail(err, "", c.lang.say("Run the command again: it does no harm to cancel a token twice."))
	}
	if *f.asJSON {
		return printJSON(c.stdout, map[string]any{"cancelled": true})
	}
	c.print(c.stdout, "The token is cancelled.")
	return nil
}
