-- How many cancels were begun, and when the last was. Of orders whose cancellation was wanted before
-- this, several may be under way.
ALTER TABLE orderflow_orders ADD COLUMN cancels BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orderflow_orders ADD COLUMN cancel_sent_at BIGINT;
UPDATE orderflow_orders SET cancels = 2, cancel_sent_at = CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
    WHERE cancel_requested_at IS NOT NULL AND state IN ('created', 'pending');
