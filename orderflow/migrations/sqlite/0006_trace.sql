-- The trace in which the order was created, such as a W3C traceparent. Orders from before this have none, nor has
-- an order of a program that traces nothing.
ALTER TABLE orderflow_orders ADD COLUMN trace TEXT;
