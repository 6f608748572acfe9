-- The shop's own tables, beside orderflow's in the same database: what Fulfil
-- writes here is committed together with the order's state. The statements are
-- those that SQLite and PostgreSQL have in common. Times are Unix milliseconds.

-- Whose database this is: payments of one wallet must not ship another's goods.
CREATE TABLE IF NOT EXISTS shop_client (
	only_one  INTEGER PRIMARY KEY CHECK (only_one = 1),
	client_id TEXT NOT NULL
);

-- A session holds the hash of its token: who reads the database cannot use it.
CREATE TABLE IF NOT EXISTS shop_sessions (
	token_hash TEXT PRIMARY KEY,
	role       TEXT NOT NULL, -- customer or shopkeeper
	customer   TEXT NOT NULL, -- the wallet's id of the payer
	expires_at BIGINT NOT NULL
);
-- Each login deletes those that have ended.
CREATE INDEX IF NOT EXISTS shop_sessions_ended ON shop_sessions (expires_at);

-- What was ordered, by whom, at which prices. request_key is the phone's name
-- for its tap: a second tap finds the first one's order.
CREATE TABLE IF NOT EXISTS shop_orders (
	id          TEXT PRIMARY KEY, -- orderflow's id, the wallet's paymentRequestId
	customer    TEXT NOT NULL,
	request_key TEXT NOT NULL,
	site_name   TEXT NOT NULL,
	lines       TEXT NOT NULL, -- JSON, with the prices of that moment
	view_key    TEXT NOT NULL, -- opens the result page without a session
	created_at  BIGINT NOT NULL,
	UNIQUE (customer, request_key)
);
CREATE INDEX IF NOT EXISTS shop_orders_of_customer ON shop_orders (customer, created_at, id);

-- A customer's consent to be charged without the cashier. Guard it as card numbers
-- are guarded: whoever has an access token and the merchant's key can charge.
CREATE TABLE IF NOT EXISTS shop_agreements (
	customer     TEXT PRIMARY KEY,
	state        TEXT NOT NULL, -- of the wallet's page that is open; '' if none is
	access_token TEXT NOT NULL, -- '' until the customer has agreed
	expires_at   BIGINT NOT NULL, -- of the token; 0 if the wallet does not say
	ended        INTEGER NOT NULL -- 1 once the customer has ended it
);

-- The orders that are charged by an agreement.
CREATE TABLE IF NOT EXISTS shop_agreement_orders (
	order_id TEXT PRIMARY KEY
);

-- When the shop last began to charge such an order: it may be on its way to the wallet.
CREATE TABLE IF NOT EXISTS shop_agreement_charges (
	order_id TEXT PRIMARY KEY,
	begun_at BIGINT NOT NULL
);

-- The orders whose amount is reserved first, and charged or released by the shopkeeper.
CREATE TABLE IF NOT EXISTS shop_reserved_orders (
	order_id TEXT PRIMARY KEY
);

CREATE TABLE IF NOT EXISTS shop_stock (
	item_id  TEXT PRIMARY KEY,
	quantity BIGINT NOT NULL CHECK (quantity >= 0)
);

-- The primary key is a second lock on shipping twice; the first is orderflow's.
CREATE TABLE IF NOT EXISTS shop_shipments (
	order_id   TEXT NOT NULL,
	item_id    TEXT NOT NULL,
	quantity   BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (order_id, item_id)
);
