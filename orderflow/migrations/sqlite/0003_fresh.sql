-- Until when a paid order is fulfilled without asking the wallet whether the money is still there.
ALTER TABLE orderflow_orders ADD COLUMN fresh_until INTEGER;
