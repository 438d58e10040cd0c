"""Pages for people: their own account, and what leads and admins set. Server-rendered, and complete without any script."""
