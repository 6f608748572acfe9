-- Lists are in the order of the ids' bytes, whatever the language of the database: so the pages of several
-- databases are one list. Dropping comes first: it waits for others, and nobody waits for what it holds meanwhile.
DROP INDEX orderflow_orders_created;
DROP INDEX orderflow_orders_state;
CREATE INDEX orderflow_orders_created ON orderflow_orders (client, created_at, id COLLATE "C");
CREATE INDEX orderflow_orders_state ON orderflow_orders (client, state, created_at, id COLLATE "C");
