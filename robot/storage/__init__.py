"""The one database: the ledger, leases, paused sites."""
