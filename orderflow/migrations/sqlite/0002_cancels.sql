-- How many cancels were begun, and when the last was. Of orders whose cancellation was wanted before
-- this, several may be under way.
ALTER TABLE orderflow_orders ADD COLUMN cancels INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orderflow_orders ADD COLUMN cancel_sent_at INTEGER;
UPDATE orderflow_orders SET cancels = 2, cancel_sent_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
    WHERE cancel_requested_at IS NOT NULL AND state IN ('created', 'pending');
