"""A service of twelve routes: agents of workspaces, messages, and the API keys that ask for them."""
