"""How pages are told apart and put together, what a separator sheet says, when two papers look alike. Pure."""
