"""Settings and Billing of a workspace, on a database, guarded by nothing but scopeguard's default pack."""
