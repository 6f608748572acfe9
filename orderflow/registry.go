package orderflow

import (
	"context"
	"fmt"
	"strings"
)

// Each database of several remembers which shard it is and which others there are. A
// configuration that contradicts it would look for orders in the wrong database, find
// none, and charge for them once more: it is rejected.

// register compares the shards of this process with those that the database knows, and
// has it remember the new ones.
func (f *Flow) register(ctx context.Context, own *shard, all []*shard) error {
	return f.db.inTx(ctx, func(tx *transaction) error {
		if err := f.lockID(ctx, tx, ""); err != nil { // no order's: processes register one after the other
			return err
		}
		if err := f.agreesIn(ctx, tx, own, all); err != nil {
			return err
		}
		for _, s := range all {
			isOwn := 0
			if s == own {
				isOwn = 1
			}
			if _, err := tx.exec(ctx, `INSERT INTO orderflow_shards (client, name, generation, own)
				VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, f.name, s.Name, s.Generation, isOwn); err != nil {
				return err
			}
		}
		return nil
	})
}

// agrees compares the shards of this process with those that the database knows, and
// changes nothing.
func (f *Flow) agrees(ctx context.Context, own *shard, all []*shard) error {
	return f.db.inTx(ctx, func(tx *transaction) error { return f.agreesIn(ctx, tx, own, all) })
}

func (f *Flow) agreesIn(ctx context.Context, tx *transaction, own *shard, all []*shard) error {
	known, err := f.knownShards(ctx, tx)
	switch {
	case err != nil:
		return err
	case len(known) == 0:
		return f.canBegin(ctx, tx, own, all)
	}
	return contradicts(known, own, all)
}

// knownShard is a shard as a database remembers it.
type knownShard struct {
	name       string
	generation int
	isOwn      bool
}

func (f *Flow) knownShards(ctx context.Context, tx *transaction) (known []knownShard, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT name, generation, own FROM orderflow_shards WHERE client = $1
		ORDER BY name`, f.name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	defer func() { _ = rows.Close() }() // what was read is in rows.Err
	for rows.Next() {
		var s knownShard
		var own int
		if err := rows.Scan(&s.name, &s.generation, &own); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
		}
		s.isOwn = own == 1
		known = append(known, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDatabase, err)
	}
	return known, nil
}

// canBegin rejects shards among which the orders that the database has already would not
// be looked for where they are.
func (f *Flow) canBegin(ctx context.Context, tx *transaction, own *shard, all []*shard) error {
	alone := own.Generation == 0
	for _, s := range all {
		alone = alone && (s == own || s.Generation > 0)
	}
	if alone {
		return nil
	}
	old, err := found(tx.QueryRowContext(ctx, `SELECT 1 FROM orderflow_orders WHERE client = $1 LIMIT 1`, f.name))
	if err == nil && old {
		return invalidConfig("Shards", fmt.Sprintf("has shard %q, whose database has orders from before it was one of "+
			"several", own.Name), "give it generation 0, alone, and the other shards generation 1")
	}
	return err
}

// contradicts returns what is wrong with the shards of this process.
func contradicts(known []knownShard, own *shard, all []*shard) error {
	newest, here := 0, map[string]*shard{}
	for _, s := range all {
		newest, here[s.Name] = max(newest, s.Generation), s
	}
	complete, there := 0, map[string]bool{}
	for _, k := range known {
		complete, there[k.name] = max(complete, k.generation), true
		s := here[k.name]
		switch {
		case k.isOwn && k.name != own.Name:
			return invalidConfig("Shards", fmt.Sprintf("has a database for shard %q that is that of shard %q", own.Name,
				k.name), "give each shard its own database, always the same")
		case s == nil && k.generation <= newest:
			return invalidConfig("Shards", fmt.Sprintf("lacks shard %q, which may have orders", k.name),
				"name all shards that there ever were")
		case s != nil && s.Generation != k.generation:
			return invalidConfig("Shards", fmt.Sprintf("has shard %q in generation %d, and it is of generation %d",
				s.Name, s.Generation, k.generation), "leave a shard in its generation")
		case s == own && !k.isOwn:
			return invalidConfig("Shards", fmt.Sprintf("has a database for shard %q that is that of another", own.Name),
				"give each shard its own database, always the same")
		}
	}
	var late []string
	for _, s := range all {
		if !there[s.Name] && s.Generation <= complete {
			late = append(late, fmt.Sprintf("%q", s.Name))
		}
	}
	if len(late) > 0 {
		return invalidConfig("Shards", fmt.Sprintf("adds shard %s to a generation that is complete",
			strings.Join(late, ", ")), fmt.Sprintf("give it generation %d", complete+1))
	}
	return nil
}
