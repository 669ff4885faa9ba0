"""Rules of premises: names of units and their order, parties and their shares, tables that come in."""
