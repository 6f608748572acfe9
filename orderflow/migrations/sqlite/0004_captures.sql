-- Orders whose amount is reserved: what was charged of it, and until when the wallet keeps it.
ALTER TABLE orderflow_orders ADD COLUMN captured INTEGER NOT NULL DEFAULT 0 CHECK (captured >= 0 AND captured <= value);
ALTER TABLE orderflow_orders ADD COLUMN authorized_until INTEGER;

-- Captures, of a part or the last one, and voids of what is left: one of them at a time.
CREATE TABLE orderflow_captures (
    client     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    order_id   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    value      INTEGER NOT NULL CHECK (value > 0),
    payment_id TEXT   NOT NULL,
    wallet_id  TEXT   NOT NULL DEFAULT '',
    fail_reason TEXT  NOT NULL DEFAULT '',
    sends      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (client, id)
);
CREATE INDEX orderflow_captures_order ON orderflow_captures (client, order_id, created_at);
CREATE UNIQUE INDEX orderflow_captures_open ON orderflow_captures (client, order_id) WHERE state = 'open';
