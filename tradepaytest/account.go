package tradepaytest

// accountNumber is the number of a user's one account.
func (w *Wallet) accountNumber(user string) string { return w.id("account", user)[:16] }

func (w *Wallet) inquiryUserCards(x *exchange) *answer {
	g, a := w.consented(x)
	if a != nil {
		return a
	}
	masked := "418274******" + w.id("card", g.user)[:4]
	return success(map[string]any{"cardList": []any{
		map[string]any{"maskedCardNo": masked, "accountNumber": w.accountNumber(g.user)},
	}})
}

func (w *Wallet) inquiryUserAccounts(x *exchange) *answer {
	g, a := w.consented(x)
	if a != nil {
		return a
	}
	return success(map[string]any{"accountList": []any{
		map[string]any{"accountNumber": w.accountNumber(g.user)},
	}})
}
