package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/tradepay/tradepay-go"
)

// runUser shows what a payer agreed to share.
func runUser(ctx context.Context, c *cli, args []string) error {
	f := c.orderFlags("user")
	token, err := f.startWithToken(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *f.timeout)
	defer cancel()
	user, err := f.client.UserInfo(ctx, token)
	if err != nil {
		return f.fail(err, "")
	}
	if *f.asJSON {
		shown := *user
		shown.Result, shown.Raw = tradepay.Result{}, nil
		return printJSON(c.stdout, shown)
	}
	word := c.lang.say
	rows := [][2]string{
		{"userId", user.UserID},
		{word("name"), cmp.Or(user.Name.Full, strings.Join(strings.Fields(strings.Join([]string{
			user.Name.First, user.Name.Middle, user.Name.Last,
		}, " ")), " "))},
		{word("nickname"), user.Nickname}, {word("gender"), user.Gender}, {word("birthday"), user.Birthday},
		{word("nationality"), user.Nationality}, {word("status"), user.Status}, {word("avatar"), user.Avatar},
	}
	for _, contacts := range [][]tradepay.Contact{user.LoginIDs, user.Contacts} {
		for _, contact := range contacts {
			value := contact.No
			if value == "" {
				value = contact.Mask
			}
			row := [2]string{strings.ToLower(contact.Type), value}
			if !slices.Contains(rows, row) { // people log in with their address
				rows = append(rows, row)
			}
		}
	}
	for _, a := range user.Addresses {
		parts := strings.Fields(strings.Join([]string{a.Address1, a.Address2, a.ZipCode, a.City, a.State,
			a.Region}, " "))
		rows = append(rows, [2]string{word("address"), strings.Join(parts, " ")})
	}
	fields(c.stdout, c.out, rows...)
	return nil
}
