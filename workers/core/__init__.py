"""Pure decisions: state and events in, events out. No input or output here."""
