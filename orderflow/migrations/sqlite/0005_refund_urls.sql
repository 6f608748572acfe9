-- Where the wallet reports how a refund ended. Refunds from before this were asked for without one, and are
-- asked for in the same words again.
ALTER TABLE orderflow_refunds ADD COLUMN notify_url TEXT NOT NULL DEFAULT '';
