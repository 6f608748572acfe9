CREATE TABLE orderflow_transitions (
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
);

CREATE TABLE orderflow_orders (
    client              TEXT   NOT NULL,
    id                  TEXT   NOT NULL,
    state               TEXT   NOT NULL,
    resume_state        TEXT   NOT NULL DEFAULT '',
    currency            TEXT   NOT NULL,
    value               BIGINT NOT NULL CHECK (value > 0),
    refunded            BIGINT NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= value),
    title               TEXT   NOT NULL,
    request             TEXT   NOT NULL,
    digest              TEXT   NOT NULL,
    payment_id          TEXT   NOT NULL DEFAULT '',
    payment_url         TEXT   NOT NULL DEFAULT '',
    trade_no            TEXT   NOT NULL DEFAULT '',
    order_code          TEXT   NOT NULL DEFAULT '',
    wallet_status       TEXT   NOT NULL DEFAULT '',
    fail_reason         TEXT   NOT NULL DEFAULT '',
    last_error          TEXT   NOT NULL DEFAULT '',
    sends               BIGINT NOT NULL DEFAULT 0,
    tries               BIGINT NOT NULL DEFAULT 0,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    expires_at          BIGINT NOT NULL,
    next_at             BIGINT,
    paid_at             BIGINT,
    fulfilled_at        BIGINT,
    parked_at           BIGINT,
    late_at             BIGINT,
    cancel_requested_at BIGINT,
    asked_at            BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (client, id)
);
CREATE INDEX orderflow_orders_due_wallet ON orderflow_orders (client, next_at) WHERE next_at IS NOT NULL AND state <> 'paid';
CREATE INDEX orderflow_orders_due_fulfil ON orderflow_orders (client, next_at) WHERE next_at IS NOT NULL AND state = 'paid';
CREATE INDEX orderflow_orders_created ON orderflow_orders (client, created_at, id);
CREATE INDEX orderflow_orders_state ON orderflow_orders (client, state, created_at, id);
CREATE INDEX orderflow_orders_payment ON orderflow_orders (client, payment_id) WHERE payment_id <> '';
CREATE INDEX orderflow_orders_late ON orderflow_orders (client, late_at) WHERE late_at IS NOT NULL;
CREATE INDEX orderflow_orders_parked ON orderflow_orders (client, parked_at) WHERE parked_at IS NOT NULL;

CREATE FUNCTION orderflow_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.client <> OLD.client OR NEW.id <> OLD.id OR NEW.currency <> OLD.currency OR NEW.value <> OLD.value THEN
        RAISE EXCEPTION 'orderflow: id and amount of an order never change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM orderflow_transitions WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'orderflow: illegal transition from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orderflow_guard BEFORE UPDATE ON orderflow_orders FOR EACH ROW EXECUTE FUNCTION orderflow_guard();

CREATE TABLE orderflow_history (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client     TEXT   NOT NULL,
    order_id   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    raw        TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX orderflow_history_order ON orderflow_history (client, order_id, seq);

CREATE TABLE orderflow_refunds (
    client     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    order_id   TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    value      BIGINT NOT NULL CHECK (value > 0),
    reason     TEXT   NOT NULL,
    payment_id TEXT   NOT NULL,
    refund_id  TEXT   NOT NULL DEFAULT '',
    fail_reason TEXT  NOT NULL DEFAULT '',
    sends      BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (client, id)
);
CREATE INDEX orderflow_refunds_order ON orderflow_refunds (client, order_id, created_at);
CREATE UNIQUE INDEX orderflow_refunds_open ON orderflow_refunds (client, order_id) WHERE state = 'open';

CREATE TABLE orderflow_inbox (
    client      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    raw         TEXT   NOT NULL,
    PRIMARY KEY (client, kind, request_id, status)
);

CREATE TABLE orderflow_alarms (
    client     TEXT   NOT NULL,
    digest     TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    order_id   TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    raw        TEXT   NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    times      BIGINT NOT NULL,
    PRIMARY KEY (client, digest)
);
CREATE INDEX orderflow_alarms_last ON orderflow_alarms (client, last_at);

CREATE TABLE orderflow_reports (
    client  TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (client, day)
);
