-- Of a database that is one of several: the shards that there are, own of which is 1 for this one, and the orders
-- that a shard of a later generation keeps instead of this one.
CREATE TABLE orderflow_shards (
    client     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    own        INTEGER NOT NULL,
    PRIMARY KEY (client, name)
);
CREATE TABLE orderflow_ceded (
    client TEXT    NOT NULL,
    id     TEXT    NOT NULL,
    shard  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (client, id)
);
