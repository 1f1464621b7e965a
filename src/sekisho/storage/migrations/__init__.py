"""Alembic's scripts: `env` runs them, `versions` holds one file a step."""
