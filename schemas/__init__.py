"""Wire and state types, subjects, settings and errors: what every other part agrees on."""
