//! The store: calls, turns, decisions, orders, callbacks. SQLite with migrations.
