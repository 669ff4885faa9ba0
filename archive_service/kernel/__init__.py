"""What every capability stands on: database, ids, time, actor, errors. No tables of its own."""
