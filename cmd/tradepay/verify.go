package main

import (
	"context"
	"fmt"

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
		fmt.Fprintf(c.stdout, "%s: the key %s signed the %s\n", c.out.good("verified"), d.Key, e.Kind)
		if e.Now.IsZero() {
			fmt.Fprintln(c.stdout, "The command did not check its time; -at now does.")
		}
	} else {
		fmt.Fprintf(c.stdout, "%s: %s\nAsk tradepay doctor with the same flags for more.\n", c.out.bad("not verified"),
			first.Summary)
	}
	if !d.Valid {
		return told(exitNotVerified)
	}
	return nil
}
