package main

import (
	"context"

	"github.com/tradepay/tradepay-go/doctor"
)

// runVerify says whether a message verifies.
func runVerify(_ context.Context, c *cli, args []string) error {
	f := c.newFlags("verify").withMessage()
	asJSON := f.toggle("json")
	if err := f.parse(args); err != nil {
		return err
	}
	e, err := f.evidence()
	if err != nil {
		return err
	}
	d := doctor.Diagnose(e)
	first := doctor.Finding{}
	if !d.Valid && len(d.Findings) > 0 {
		first = d.Findings[0]
	}
	if *asJSON {
		result := map[string]any{"verified": d.Valid, "kind": e.Kind}
		if d.Valid {
			result["key"] = d.Key
		} else {
			result["cause"] = first.Cause
		}
		if err := printJSON(c.stdout, result); err != nil {
			return err
		}
	} else if d.Valid {
		c.print(c.stdout, "%s: the key %s signed the %s", c.out.good(c.lang.say("verified")), d.Key,
			c.lang.said(string(e.Kind)))
		if e.Now.IsZero() {
			c.print(c.stdout, "The command did not check its time; -at now does.")
		}
	} else {
		c.print(c.stdout, "%s: %s\nAsk tradepay doctor with the same flags for more.",
			c.out.bad(c.lang.say("not verified")), c.lang.said(first.Summary))
	}
	if !d.Valid {
		return told(exitNotVerified)
	}
	return nil
}
