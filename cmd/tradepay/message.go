package main

import (
	"context"
	"encoding/json"

	"github.com/tradepay/tradepay-go"
)

// runMessageSend sends a payer a message.
func runMessageSend(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("message send").moving()
	id, token, userID, channel := f.text("id"), f.text("token-file"), f.text("user-id"), f.text("channel")
	template, parameters := f.text("template"), f.text("parameters")
	title, body, url, extra := f.text("title"), f.text("text"), f.text("url"), f.text("extra")
	if err := f.parse(args); err != nil {
		return err
	}
	if *id == "" {
		return usage("give -id, your id of the message: with the same id, the wallet sends it once")
	}
	req := &tradepay.MessageRequest{
		RequestID: *id, Channel: *channel, UserID: *userID, TemplateCode: *template, Title: *title, Body: *body,
		URL: *url,
	}
	var err error
	if *token != "" {
		if req.AccessToken, err = c.readToken("token-file", *token, "accessToken"); err != nil {
			return err
		}
	}
	if *parameters != "" {
		data, err := c.readInput("parameters", *parameters)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &req.Parameters); err != nil {
			return usage(`-parameters %s: must be like {"en-US": {"name": "Ana"}}`, *parameters)
		}
	}
	if req.Extra, err = f.extra(*extra); err != nil {
		return err
	}
	if err := f.start(); err != nil {
		return err
	}
	if err := f.announce("requestId", *id); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	sent, err := f.client.SendMessage(ctx, req)
	if err != nil {
		return f.fail(err, "",
			c.lang.say("Run the very same command again, or leave it: with another -id, the payer may read it twice."))
	}
	if *f.asJSON {
		out := map[string]any{"requestId": sent.RequestID, "result": sent.Result}
		if sent.MessageID != "" {
			out["messageId"] = sent.MessageID
		}
		return printJSON(c.stdout, out)
	}
	word := c.lang.say
	status := word("sent")
	if sent.Result.Status == tradepay.ResultAccepted {
		status = word("waits to be sent")
	}
	fields(c.stdout, c.out, [2]string{word("status"), status}, f.unseen("requestId", sent.RequestID),
		[2]string{"messageId", sent.MessageID})
	return nil
}
